import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.callbacks import samples
from nnzoo.callbacks.samples import Samples, append
from nnzoo.errors import UserError
from nnzoo.training.result import Result
from tensorboard.util.tensor_util import make_ndarray

from .conftest import Fit
from .pictures.small_examples import PRECISION
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


def test_no_text_before_the_end_of_an_epoch_and_in_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    sampled: list[int] = []
    callback = Samples()
    assert callback.length == 300
    monkeypatch.setattr(callback, "_sample", lambda *_: sampled.append(callback.epoch))
    task: Any = SimpleNamespace(cursor=None)
    trainer: Any = SimpleNamespace(current_epoch=0)
    callback.on_train_epoch_end(trainer, task)
    task.cursor = SimpleNamespace(finished=False)
    callback.on_train_epoch_end(trainer, task)
    callback.on_train_end(trainer, task)
    assert sampled == []
    task.cursor.finished = True
    for trainer.current_epoch in range(51):
        callback.on_train_epoch_end(trainer, task)
    callback.on_train_end(trainer, task)
    assert sampled == [1, 2, 5, 10, 20, 50, 51]


def test_text_of_a_language_model_without_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    tokenizer = SimpleNamespace(start=7, never_sampled=(1, 2), decode=lambda ids: f"a\n{ids}")
    preprocessing = SimpleNamespace(of=lambda spec: SimpleNamespace(tokenizer=tokenizer))
    monkeypatch.setattr(samples, "TokenPreprocessing", preprocessing)
    monkeypatch.setattr(samples, "sample", lambda net, loss, begin, **more: given.append((begin, more)) or "ids")
    shown: list[Any] = []
    monkeypatch.setattr(samples, "writers", lambda trainer: [SimpleNamespace(add_text=lambda *a: shown.append(a))])
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    task.spec = SimpleNamespace(target="next_token")  # type: ignore[assignment]
    trainer: Any = SimpleNamespace(is_global_zero=False, precision_plugin=PRECISION, default_root_dir=tmp_path)
    callback = Samples(length=9)
    callback.epoch = 4
    callback.on_train_end(trainer, task)
    assert (given, shown, callback.sampled_epoch) == ([], [], 0)
    trainer.is_global_zero = True
    callback.on_train_end(trainer, task)
    callback.on_train_end(trainer, task)
    ((begin, more),) = given
    assert begin.tolist() == [7]
    assert (more["steps"], more["exclude"], more["generator"].initial_seed()) == (9, (1, 2), 0)
    assert shown == [("sample", "    a\n    ids", 4)]
    assert (tmp_path / "samples.txt").read_text() == "After epoch 4\n-------------\n\na\nids\n\n"
