"""Embeddings initialized with the vectors of a file."""

from pathlib import Path

import numpy as np
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
    frozen = build_task(api.plain(compose([*given, f"vectors={file}", "freeze_vectors=true"])), data)
    assert not frozen.net.model.embedding.weight.requires_grad
    plain = api.plain(compose(given))
    assert build_task(plain, data).net.model.embedding.weight[cat].tolist() != [1, 2, 3]


def test_frozen_vectors_do_not_change(tmp_path: Path) -> None:
    """Neither gradients nor weight decay and momentum change them, and a resumed run does not either."""
    (tmp_path / "text.txt").write_text("the cat chased the mouse .\n" * 40)
    file = tmp_path / "vectors.npy"
    np.save(file, [[1.0, 2, 3], [4, 5, 6]])
    file.with_suffix(".txt").write_text("cat\nmouse\n")
    text = ("data=word_text", f"data.path={tmp_path / 'text.txt'}", "loader.batch_size=4")
    network = ("model=rnn", "model.hidden=4", "model.embedding=3", f"vectors={file}", "freeze_vectors=true")
    decay = ("optimizer=sgd", "optimizer.lr=0.1", "optimizer.momentum=0.9", "optimizer.weight_decay=0.1")
    small = ("trainer.threads=1", "trainer.accelerator=cpu", "callbacks=none", "+callbacks.last={0}", "logger=none")
    last = "{_target_: nnzoo.callbacks.last.LastCheckpoint}"
    settings = [line.format(last) for line in (*text, *network, *decay, *small)]
    run = api.train(*settings, "trainer.max_epochs=1", output_dir=tmp_path).directory
    first = api.load(run).model
    api.resume(run, "trainer.max_epochs=2")
    second = api.load(run).model
    assert second.embedding.weight.equal(first.embedding.weight)
    assert not second.readout.weight.equal(first.readout.weight)
    vocabulary = api.load(run).spec.vocabulary
    assert second.embedding.weight[[vocabulary.index(word) for word in ("cat", "mouse")]].tolist() == [
        [1, 2, 3],
        [4, 5, 6],
    ]


def test_freezing_without_vectors_is_refused() -> None:
    config = api.plain(compose(["data=word_text", "model=rnn", "freeze_vectors=true"]))
    with pytest.raises(UserError, match="freeze_vectors=true has no effect without vectors=FILE"):
        build_task(config, build_data(config))


def test_a_damaged_file_names_the_setting(file: Path) -> None:
    file.write_text("cat 1 2\nmouse 1\n")
    net = Network(RNN(vocab_size=5, out_features=2, embedding=2), identity, masked=True)
    with pytest.raises(UserError, match=r"^vectors: .*vectors\.txt, line 2: 1 numbers after 'mouse'"):
        fill_embedding(net, str(file), WORDS)
