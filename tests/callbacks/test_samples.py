import logging
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.callbacks import samples
from nnzoo.callbacks.samples import Samples, append
from nnzoo.errors import UserError
from nnzoo.training.result import Result
from tensorboard.util.tensor_util import make_ndarray

from .conftest import Fit
from .small_tasks import PLANE, events, make_task

TEXT = "the cat ran.\nthe dog sat.\n" * 10
QUICK = ("model=rnn", "model.hidden=4", "trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures")


def train(folder: Path, *overrides: str) -> Result:
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(TEXT)
    return api.train(
        "data=char_text", f"data.path={folder / 'a.txt'}", "loader.batch_size=4", *QUICK, *overrides, output_dir=folder
    )


def written(directory: Path) -> list[tuple[int, str]]:
    """Return the epochs and texts in samples.txt."""
    parts = (directory / "samples.txt").read_text().split("After epoch ")
    assert parts[0] == ""
    return [(int(part.split("\n")[0]), part.partition("-\n\n")[2].removesuffix("\n\n")) for part in parts[1:]]


def test_epochs_with_a_text(tmp_path: Path) -> None:
    directory = train(tmp_path, "trainer.max_epochs=12", "callbacks.samples.length=40").directory
    found = written(directory)
    assert [epoch for epoch, _ in found] == [1, 2, 5, 10, 12]
    assert all(len(text) == 40 and set(text) <= set(TEXT) for _, text in found)
    texts = events(directory).Tensors("sample/text_summary")
    assert [event.step for event in texts] == [1, 2, 5, 10, 12]
    shown = make_ndarray(texts[-1].tensor_proto).item().decode()
    assert [line.removeprefix("    ") for line in shown.split("\n")] == found[-1][1].split("\n")


def test_words(tmp_path: Path) -> None:
    directory = train(tmp_path, "data=word_text", "trainer.max_epochs=1").directory
    ((epoch, text),) = written(directory)
    assert epoch == 1
    assert "cat" in text
    assert "<START>" not in text


def test_unknown_words_are_not_sampled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.TEXT", "".join(f"the w{i}.\n" for i in range(50)))
    directory = train(tmp_path, "data=word_text", "trainer.max_epochs=2").directory
    assert all("the" in text and "<unk>" not in text for _, text in written(directory))


def test_training_is_unchanged_and_a_resumed_run_continues(tmp_path: Path) -> None:
    dropout = ("model.layers=2", "model.dropout=0.5", "callbacks.samples.length=20")
    whole = train(tmp_path / "whole", "trainer.max_epochs=5", *dropout)
    without = train(tmp_path / "without", "trainer.max_epochs=5", *dropout, "~callbacks.samples")
    assert whole.metrics == without.metrics
    assert not (without.directory / "samples.txt").exists()
    parts = train(tmp_path / "parts", "trainer.max_epochs=2", *dropout)
    again = api.resume(parts.directory, "trainer.max_epochs=5")
    assert again.metrics == whole.metrics
    assert written(again.directory) == written(whole.directory)


def test_no_text_for_other_networks(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Samples()])
    assert not (tmp_path / "samples.txt").exists()
    assert not [tag for tag in events(tmp_path).Tags()["tensors"] if tag.startswith("sample")]


def test_each_heading_is_written_once(tmp_path: Path) -> None:
    for epoch in (1, 10, 1, 10):
        append(tmp_path / "a.txt", f"After epoch {epoch}", "ü")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == (
        "After epoch 1\n-------------\n\nü\n\nAfter epoch 10\n--------------\n\nü\n\n"
    )


def test_failure_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise UserError("diverged")

    monkeypatch.setattr(samples, "sample", failing)
    with caplog.at_level(logging.WARNING):
        assert train(tmp_path, "trainer.max_epochs=1").status == "done"
    assert [r.getMessage() for r in caplog.records if r.name == samples.__name__] == ["no text was sampled: diverged"]


def test_a_length_below_1_is_refused() -> None:
    with pytest.raises(UserError, match=r"^length is 0; it must be at least 1$"):
        Samples(length=0)
