"""Runs that learn word vectors: exact resuming, evaluation, and use of the vectors."""

from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.errors import UserError
from nnzoo.inference import files
from nnzoo.tasks.learners.word2vec import Word2Vec
from nnzoo.training.result import Result

from tests.support.runs import assert_same_outcome, checkpoint, only, rows, weights


def train(folder: Path, *overrides: str) -> Result:
    settings = ("data=corpus", "model.dimension=8", "trainer.threads=1", "~callbacks.figures", "trainer.max_epochs=3")
    return api.train(*settings, *overrides, output_dir=folder)


class StopError(Exception):
    """Ends a run."""


@pytest.mark.parametrize("network", ["skip_gram", "cbow"])
def test_a_run_stopped_within_an_epoch_continues_exactly(
    network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The windows, the negatives and the learning rate, which falls over the whole run, are the same."""
    settings = (f"model={network}", "trainer.steps_per_slice=1", "callbacks.last.every_seconds=0")
    settings += ("loader.batch_size=1024",)
    whole = train(tmp_path / "whole", *settings)
    steps = checkpoint(whole.directory)["global_step"]
    taken: list[int] = []
    step = Word2Vec.direct_steps

    def stopping(self: Word2Vec, *arguments: object) -> object:
        taken.append(1)
        if len(taken) == steps // 2:
            raise StopError
        return step(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Word2Vec, "direct_steps", stopping)
        with pytest.raises(StopError):
            train(tmp_path / "half", *settings)
    api.resume(only(tmp_path / "half"))
    assert_same_outcome(only(tmp_path / "half"), whole.directory)
    rates = [float(row["lr"]) for row in rows(whole.directory)]
    first = 0.025 if network == "skip_gram" else 0.1
    assert rates == pytest.approx([first * (1 - 0.996 * (steps * epoch / 3 - 1) / steps) for epoch in (1, 2, 3)])


@pytest.mark.parametrize("loss", ["negative_sampling", "shared_negative_sampling", "huffman_softmax"])
@pytest.mark.parametrize("network", ["skip_gram", "cbow"])
def test_an_epoch_of_direct_steps_is_one_of_autograd(
    network: str, loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same windows and negatives, for both kernels, if numba is installed."""
    settings = (f"model={network}", f"loss={loss}", "trainer.max_epochs=1", "loader.batch_size=64", "evaluate=[]")
    settings += ("task.examples_per_step=64", "optimizer.lr=0.01")
    direct = train(tmp_path / "torch", *settings, "task.kernel=torch")
    compiled = train(tmp_path / "auto", *settings)
    monkeypatch.setattr(Word2Vec, "is_direct", lambda self, optimizer: False)
    plain = train(tmp_path / "autograd", *settings)
    for one in (direct, compiled):
        torch.testing.assert_close(weights(one.directory), weights(plain.directory), rtol=1e-3, atol=1e-5)
        assert float(rows(one.directory)[0]["train/loss"]) == pytest.approx(
            float(rows(plain.directory)[0]["train/loss"]), rel=1e-5
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return train(tmp_path_factory.mktemp("run"), "model=skip_gram", "data.min_count=3")


def test_the_reported_losses_are_those_of_the_trained_network(run: Result) -> None:
    assert api.evaluate(run.directory) == run.metrics
    assert run.metrics["test/last"].keys() == {"loss"}
    losses = [float(row["train/loss"]) for row in rows(run.directory)]
    assert losses[2] < losses[0]


def test_the_code_of_a_word_is_its_vector(run: Result) -> None:
    trained = api.load(run.directory, which="last")
    table = weights(run.directory)["net.model.embedding.weight"]
    names = list(checkpoint(run.directory)["nnzoo"]["spec"]["vocabulary"])
    words = np.array(["the", "owl", "the"], dtype=object)
    found = trained.encode(words)["code"]
    np.testing.assert_allclose(found, table[[names.index(word) for word in words]].numpy(), rtol=1e-6)


def test_the_most_likely_neighbour(run: Result) -> None:
    """By the scores of all words."""
    trained = api.load(run.directory, which="last")
    state = weights(run.directory)
    names = checkpoint(run.directory)["nnzoo"]["spec"]["vocabulary"]
    word = state["net.model.embedding.weight"][names.index("owl")]
    expected = names[int((state["net.model.head.weight"] @ word).argmax())]
    found = trained.predict(np.array(["owl"], dtype=object))
    assert found["prediction"].tolist() == [expected]


def test_the_word_between_others(tmp_path: Path) -> None:
    """From lines of a file and from Python: the largest of the scores of all words for the mean of the vectors."""
    run = train(tmp_path, "model=cbow", "data.min_count=3").directory
    trained, state = api.load(run, which="last"), weights(run)
    names = list(trained.spec.vocabulary)
    lines = ["the fox and", "Owl"]
    found = trained.predict(lines)["prediction"].tolist()
    table, outputs = state["net.model.embedding.weight"], state["net.model.head.weight"]
    for line, word in zip(lines, found, strict=True):
        mean = table[[names.index(each) for each in line.lower().split()]].mean(0)
        assert word == names[int((outputs @ mean).argmax())]
    source, output = tmp_path / "lines.txt", tmp_path / "answers.csv"
    source.write_text("\n".join(lines) + "\n")
    files.predict_file(trained, source, output)
    assert output.read_text() == f"index,prediction\n0,{found[0]}\n1,{found[1]}\n"
    with pytest.raises(UserError, match=r"^sentence 1: 'foxx' is not in the vocabulary; did you mean 'fox'\?$"):
        trained.predict(["the foxx"])
