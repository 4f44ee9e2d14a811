"""A network trained on the user's documents: the words of its code units, titles, and predictions for the same file."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.callbacks.pictures import words
from nnzoo.data.text.word_counts import WordCounts
from nnzoo.errors import DataWarning
from nnzoo.training.result import Result

TOPICS = (("ship", "sea", "sailor", "storm"), ("oven", "flour", "cake", "sugar"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of documents, each with words of one of two topics."""
    path = tmp_path_factory.mktemp("documents") / "documents.txt"
    draw = np.random.default_rng(0)
    path.write_text("".join(" ".join(draw.choice(TOPICS[n % 2], 9)) + f" only{n}\n" for n in range(60)))
    return path


@pytest.fixture(scope="module")
def drawn() -> list[Any]:
    """The arguments with which the picture was drawn."""
    return []


@pytest.fixture(scope="module")
def result(file: Path, drawn: list[Any]) -> Result:
    plot = words.plot_top_words

    def record(*given: Any) -> Any:
        drawn.append(given)
        return plot(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "plot_top_words", record)
        return nnzoo.train(
            "data=word_counts",
            f"data.path={file}",
            "model=autoencoder",
            "model.hidden=[]",
            "model.code=2",
            "trainer.max_epochs=3",
            "trainer.accelerator=cpu",
            "evaluate=[test]",
            output_dir=file.parent,
        )


def test_predictions_for_the_training_file_have_the_reported_error(file: Path, result: Result) -> None:
    data = WordCounts(path=str(file))
    with pytest.warns(DataWarning, match="60 of 600 words are left out"):
        found = nnzoo.predict(result.directory, file, which="last")
    where = [found["title"].tolist().index(title) for title in data.titles("test")]
    error = ((found["prediction"][where] - data.splits["test"].x.numpy()) ** 2).mean()
    assert result.metrics["test/last"]["mse"] == pytest.approx(float(error), rel=1e-5)


def test_sentences_and_files_have_the_same_codes(file: Path, result: Result) -> None:
    lines = file.read_text().splitlines()
    with pytest.warns(DataWarning, match="words are left out"):
        of_file, of_lines = (nnzoo.encode(result.directory, raw)["code"] for raw in (file, lines))
    assert of_file == pytest.approx(of_lines)
    assert of_file.shape == (60, 2)


def test_titles_are_labels_in_the_projector(file: Path, result: Result) -> None:
    labels = (result.directory / "projector" / "codes_labels.tsv").read_text().splitlines()
    assert labels[0].split("\t")[0] == "title"
    assert [line.split("\t")[0] for line in labels[1:]] == WordCounts(path=str(file)).titles("val")


def test_words_are_those_of_the_columns_of_the_decoder(result: Result, drawn: list[Any]) -> None:
    weights, vocabulary, total = drawn[-1]
    net = nnzoo.load(result.directory, which="last")
    torch.testing.assert_close(weights, net.model.head.weight.T, rtol=1e-4, atol=1e-6)
    assert vocabulary == net.spec.vocabulary
    assert sorted(vocabulary) == sorted((*TOPICS[0], *TOPICS[1]))
    assert total == 2
    assert (result.directory / "figures" / "top_words.png").exists()


def test_at_most_twenty_components_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(words, "plot_top_words", lambda *given: found.append(given))
    changes = torch.arange(42.0).view(21, 2)
    monkeypatch.setattr(words, "decoded_units", lambda examples: (changes, True))
    examples: Any = SimpleNamespace(spec=SimpleNamespace(vocabulary=("a", "b")))
    words.TOP_WORDS.draw(examples)
    ((weights, vocabulary, total),) = found
    assert torch.equal(weights, changes[:20])
    assert (vocabulary, total) == (("a", "b"), 21)
