"""Embeddings initialized with the vectors of a file."""

from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.builders.adapters import Network, identity
from nnzoo.builders.data import build_data
from nnzoo.builders.pretrained import fill_embedding
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.models.linear import Linear
from nnzoo.models.recurrent.rnn import RNN
from nnzoo.models.window_mlp import WindowMLP
from nnzoo.spec import DataSpec

WORDS = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=("<pad>", "<unk>", "cat", "mouse", "chased"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.txt"
    path.write_text("3 2\nmouse 0.5 -1.5\ndog 7 7\ncat 1 2\n")
    return path


@pytest.mark.parametrize("kind", [RNN, WindowMLP])
def test_tokens_in_the_file_get_its_vectors(file: Path, kind: type) -> None:
    net = Network(kind(vocab_size=5, out_features=2, embedding=2), identity, masked=True)
    before = net.model.embedding.weight.clone()
    fill_embedding(net, str(file), WORDS)
    after = net.model.embedding.weight
    assert after[[2, 3]].tolist() == [[1, 2], [0.5, -1.5]]
    assert torch.equal(after[[0, 1, 4]], before[[0, 1, 4]])
    assert after.requires_grad


def test_incompatible_vectors(file: Path) -> None:
    net = Network(RNN(vocab_size=5, out_features=2, embedding=3), identity, masked=True)
    with pytest.raises(UserError, match=r"vectors\.txt have 2 dimensions, model\.embedding is 3$"):
        fill_embedding(net, str(file), WORDS)
    for without in (RNN(in_features=5, out_features=2), Linear(in_features=5, out_features=2)):
        with pytest.raises(UserError, match="this one has none"):
            fill_embedding(Network(without, identity, masked=False), str(file), WORDS)
    file.write_text("dog 7 7 7\n")
    with pytest.raises(UserError, match="a vector for none of the 5 tokens"):
        fill_embedding(net, str(file), WORDS)
    with pytest.raises(UserError, match=r"no file .*vectors\.tx; did you mean 'vectors\.txt'"):
        fill_embedding(net, str(file)[:-1], WORDS)


def test_vectors_by_config(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("the cat chased the mouse . " * 40)
    file = tmp_path / "vectors.txt"
    file.write_text("cat 1 2 3\n")
    given = ("data=word_text", f"data.path={tmp_path / 'text.txt'}", "model=rnn", "model.hidden=4", "model.embedding=3")
    config = api.plain(compose([*given, f"vectors={file}"]))
    data = build_data(config)
    cat = data.spec.vocabulary.index("cat")
    assert build_task(config, data).net.model.embedding.weight[cat].tolist() == [1, 2, 3]
    plain = api.plain(compose(given))
    assert build_task(plain, data).net.model.embedding.weight[cat].tolist() != [1, 2, 3]
