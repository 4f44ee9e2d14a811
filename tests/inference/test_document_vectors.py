"""Vectors of new documents: descent against a loop, and documents found again. Le and Mikolov 2014."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo import api
from nnzoo.data.contexts.random import generator
from nnzoo.errors import UserError
from nnzoo.inference import document_vectors as module
from nnzoo.inference.document_vectors import DocumentInference, document_vectors
from nnzoo.inference.load import load
from torch.nn.functional import logsigmoid

from tests.support.commands import command, exit_code

TOPICS = 6
LINES = 12


def documents() -> list[str]:
    """Return documents, each with words of one of some topics and with a word of its own."""
    drawn = random.Random(0)
    lines = []
    for number in range(LINES):
        words = [f"t{number % TOPICS}w{drawn.randrange(5)}" for _ in range(30)]
        lines.append(" ".join(f"{word} own{number}" if place % 5 == 0 else word for place, word in enumerate(words)))
    return lines


@pytest.fixture(scope="module", params=["pv_dbow", "pv_dm"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    text = folder / "documents.txt"
    text.write_text("\n".join(documents()) + "\n")
    settings = ("data.cut=blanks", "data.min_count=1", "data.subsample=null", "model.dimension=16")
    settings += ("data.window=2", "trainer.max_epochs=25", "trainer.threads=1", "evaluate=[]", "~callbacks.figures")
    settings += ("optimizer.lr=0.1" if request.param == "pv_dbow" else "optimizer.lr=0.3",)
    return api.train(f"model={request.param}", f"data.path={text}", *settings, output_dir=folder).directory


def test_a_training_document_is_nearest_to_its_trained_vector(run: Path) -> None:
    trained = load(run)
    names = [f"line {number}" for number in range(1, LINES + 1)]
    named = trained.vectors("input")
    table = named.unit[[named.index(name) for name in names]]
    found = torch.nn.functional.normalize(torch.from_numpy(document_vectors(run, documents())), dim=1)
    nearest = (found @ table.T).argmax(1).tolist()
    assert nearest == list(range(LINES))


def test_descent_on_the_loss_of_each_word(run: Path) -> None:
    """A pass over a document of five words by a loop in double precision, with the same windows and negatives."""
    one = DocumentInference(load(run), epochs=1, lr=0.1, seed=3)
    ids = [0, *(one.words[word] for word in ("own0", "t0w1", "t0w2", "own0"))]
    found = one.learn([[np.array(ids)]])[0]
    table, outputs = one.model.table.detach().double(), one.model.head.weight.detach().double()
    start = (torch.rand(16, generator=torch.Generator().manual_seed(3)) - 0.5) / 16
    vector = start.double().requires_grad_()
    sizes = generator(3, 0).integers(1, 3, 5)
    draws = torch.Generator().manual_seed(hash((3, 0)) % (1 << 63))
    negatives = one.loss.needed_outputs(torch.tensor(ids)[:, None], len(outputs), one.step, draws).ids[:, 1:]
    for first in range(0, 5, one.step):
        total = torch.zeros((), dtype=torch.float64)
        for place in range(first, min(first + one.step, 5)):
            others = [ids[i] for i in range(5) if i != place and abs(i - place) <= sizes[place]]
            hidden = vector if one.alone else (vector + table[others].sum(0)) / (1 + len(others))
            total = (
                total - logsigmoid(outputs[ids[place]] @ hidden) - logsigmoid(-outputs[negatives[place]] @ hidden).sum()
            )
        (gradient,) = torch.autograd.grad(total, vector)
        vector = (vector - 0.1 * gradient).detach().requires_grad_()
    torch.testing.assert_close(found.double(), vector.detach(), rtol=1e-5, atol=1e-6)


def test_a_vector_depends_on_its_document_and_the_seed_alone(run: Path) -> None:
    trained = load(run)
    before = trained.model.table.detach().clone()
    several = document_vectors(run, documents()[:3], epochs=2)
    np.testing.assert_allclose(document_vectors(run, documents()[1:2], epochs=2), several[1:2], rtol=1e-4, atol=1e-7)
    assert np.abs(document_vectors(run, documents()[:3], epochs=2, seed=1) - several).max() > 1e-3
    assert torch.equal(load(run).model.table, before)


def test_documents_of_a_file_and_of_a_folder(run: Path, tmp_path: Path) -> None:
    expected = document_vectors(run, documents()[:2], epochs=2)
    text, output = tmp_path / "new.txt", tmp_path / "vectors.csv"
    text.write_text("\n".join(documents()[:2]))
    assert command("document_vectors", f"run={run}", f"input={text}", f"output={output}", "epochs=2")
    table = pd.read_csv(output)
    assert table["document"].tolist() == ["line 1", "line 2"]
    np.testing.assert_allclose(table.iloc[:, 1:], expected, rtol=1e-6)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, line in zip("ba", documents(), strict=False):
        (folder / f"{name}.txt").write_text(line)
    np.testing.assert_allclose(document_vectors(run, folder, epochs=2), expected[::-1], rtol=1e-6)


def test_many_documents_learn_in_chunks(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = documents()[:5]
    expected = document_vectors(run, texts, epochs=1)
    monkeypatch.setattr(module, "TOGETHER", 2)
    one = DocumentInference(load(run), epochs=1)
    chunks = list(one.chunks(one.cut(texts)))
    assert [chunk["document"].tolist() for chunk in chunks] == [
        ["document 1", "document 2"],
        ["document 3", "document 4"],
        ["document 5"],
    ]
    np.testing.assert_allclose(np.concatenate([chunk["code"] for chunk in chunks]), expected, rtol=1e-4, atol=1e-7)


def test_one_sequence_of_a_document_needs_two_words(run: Path) -> None:
    one = DocumentInference(load(run), epochs=1)
    pair = ["t0w0", "t0w1"]
    found = [
        next(one.chunks(iter([("a", sequences)])))["code"]
        for sequences in ([pair], [pair, ["unknown"], []], [["unknown"], [*pair, "unknown"]])
    ]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])
    too_few: list[list[Sequence[str]]] = [[], [[]], [["t0w0"], ["t0w1"]], [["t0w0", "unknown"]]]
    for sequences in too_few:
        with pytest.raises(UserError, match=r"^a has no two words of the vocabulary in a sequence"):
            next(one.chunks(iter([("a", sequences)])))


def test_mistakes_are_one_line(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="document 2 has no two words of the vocabulary in a sequence"):
        document_vectors(run, ["t0w0 t0w1", "unknown t0w1"])
    with pytest.raises(UserError, match="epochs is 0; it must be at least 1"):
        document_vectors(run, ["t0w0 t0w1"], epochs=0)
    with pytest.raises(UserError, match="lr is -1; it must be above 0"):
        document_vectors(run, ["t0w0 t0w1"], lr=-1.0)
    assert exit_code("document_vectors", f"run={run}", f"input={tmp_path / 'none.txt'}") == 2
    assert "there is no file or folder" in capsys.readouterr().err
    assert exit_code("document_vectors", f"run={run}", "input=none.txt", "epoch=2") == 2
    assert "unknown argument 'epoch'; did you mean 'epochs'" in capsys.readouterr().err
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    with pytest.raises(UserError, match=r"empty\.txt has no documents"):
        document_vectors(run, empty)


def test_other_networks_are_refused(tmp_path: Path) -> None:
    settings = ("trainer.max_epochs=1", "model.dimension=4", "trainer.threads=1", "~callbacks.figures", "evaluate=[]")
    run = api.train("model=cbow", "data=corpus", *settings, output_dir=tmp_path).directory
    with pytest.raises(UserError, match="CBOW of this run has no vectors of documents; model=pv_dm and model=pv_dbow"):
        document_vectors(run, ["the fox"])


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "documents is empty; it takes a list of texts"),
        ([["t0w0", "t0w1"]], r"document 1 is \['t0w0', 't0w1'\]; each document is one text"),
        (["t0w0 t0w1", None], "document 2 is None; each document is one text"),
    ],
)
def test_documents_are_texts(run: Path, texts: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        document_vectors(run, texts)
