"""The status of a run in its directory, and how runs end."""

import signal
from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.signals import Interrupted
from nnzoo.tasks.loop import Diverged
from nnzoo.training import fit as module
from nnzoo.training import trainers
from nnzoo.training.comparison import Comparison
from nnzoo.training.fit import (
    DIRECT,
    UNITS,
    conclude,
    conclude_diverged,
    conclude_interrupted,
    describe,
    finish,
    fit,
    fit_and_evaluate,
    prepare,
)
from nnzoo.training.plan import Plan
from nnzoo.training.result import Result

from tests.support.members import member


def made(folder: Path, *overrides: str) -> tuple[RunDirectory, Plan]:
    found = member(folder, 0, *overrides)
    return found.directory, found.plan


def train(directory: RunDirectory, plan: Plan, **further: Any) -> Result:
    with trainers.quiet_lightning():
        return fit_and_evaluate(directory, plan, ["seed=0"], resumed=False, **further)


def test_the_status_while_a_run_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, plan = made(tmp_path, "trainer.max_epochs=1")
    seen: list[str] = []
    original = module.fit
    monkeypatch.setattr(module, "fit", lambda *given: (seen.append(directory.status()), original(*given)))
    result = train(directory, plan)
    assert seen == ["running"]
    assert (result.status, result.message, result.directory) == ("done", "", directory.path)
    assert (directory.status(), directory.message()) == ("done", "")
    assert directory.overrides() == ["seed=0"]
    assert result.metrics == directory.results()
    assert [*result.metrics] == ["test/last", "test/best"]
    assert result.engine == DIRECT


def test_a_run_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, raised, message in (
        (RuntimeError("no luck"), RuntimeError, "RuntimeError: no luck"),
        (UserError("wrong"), UserError, "wrong"),
    ):
        directory, plan = made(tmp_path)

        def fail(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(module, "fit", fail)
        with pytest.raises(raised):
            train(directory, plan)
        assert (directory.status(), directory.message()) == ("failed", message)
    monkeypatch.setattr(module, "evaluate_all", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    monkeypatch.setattr(module, "fit", lambda *_: None)
    directory, plan = made(tmp_path)
    with pytest.raises(UserError, match=rf"^cannot write to {directory.path}: No space left$"):
        train(directory, plan)
    assert directory.status() == "failed"


def test_ends_that_are_no_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, plan = made(tmp_path)
    monkeypatch.setattr(module, "fit", lambda *_: (_ for _ in ()).throw(Diverged("train/loss is nan")))
    assert train(directory, plan).status == "diverged"
    monkeypatch.setattr(module, "fit", lambda *_: (_ for _ in ()).throw(Interrupted(signal.SIGTERM)))
    with pytest.raises(Interrupted) as error:
        train(directory, plan)
    assert error.value.result.status == "interrupted"
    assert directory.status() == "interrupted"


def test_a_run_that_is_pruned(tmp_path: Path) -> None:
    directory, plan = made(tmp_path)
    reports: list[Any] = []
    comparison = Comparison("val/acc", lambda epoch, value: (reports.append(epoch), epoch == 2)[1])
    result = train(directory, plan, comparison=comparison)
    assert result.status == directory.status() == "pruned"
    assert reports == [1, 2]
    assert result.message == directory.message() != ""
    assert train(*made(tmp_path, "trainer.max_epochs=1"), comparison=Comparison("val/acc")).status == "done"


@pytest.mark.parametrize("scale", [(), (2.0,)])
def test_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: tuple[float, ...]) -> None:
    directory, plan = made(tmp_path)
    object.__setattr__(plan.data.spec, "target_scale", scale)
    monkeypatch.setattr(type(plan.data), "summary", "some rows")
    plan.task.net.origin = "weights of another run"  # type: ignore[assignment]
    metrics = {"test/last": {"loss": 0.5}}
    found = conclude(directory, plan, metrics, "stopped early", direct=False)
    assert found == Result(
        directory.path,
        "done",
        metrics,
        "stopped early",
        units=UNITS if scale else "",
        data="some rows",
        weights="weights of another run",
    )
    assert conclude(directory, plan, metrics, "", direct=True).engine == DIRECT
    assert directory.results() == metrics


def test_messages_at_the_end(tmp_path: Path) -> None:
    directory, plan = made(tmp_path, "optimizer.lr=0.25")
    directory.write_setup(plan.config, [])
    found = conclude_diverged(directory, plan, Diverged("train/loss is nan in epoch 2"))
    expected = "train/loss is nan in epoch 2; try a smaller optimizer.lr (now 0.25) or gradient clipping"
    assert (found.status, found.message, directory.message()) == ("diverged", expected, expected)
    found = conclude_interrupted(directory, Interrupted(signal.SIGTERM))
    assert (found.message, found.signal) == (f"stopped by SIGTERM in {directory.path}", signal.SIGTERM)
    directory.checkpoint("last").parent.mkdir(exist_ok=True)
    directory.checkpoint("last").touch()
    found = conclude_interrupted(directory, Interrupted(signal.SIGINT))
    assert found.message == f"stopped by SIGINT; continue with: nnzoo train resume={directory.path}"
    assert directory.status() == "interrupted"


def test_a_status_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = RunDirectory(tmp_path)
    metrics = {"test/last": {"loss": 1.0}}
    assert finish(directory, "done", "text", metrics=metrics, signal=3) == Result(tmp_path, "done", metrics, "text", 3)
    assert finish(directory, "failed") == Result(tmp_path, "failed")
    monkeypatch.setattr(RunDirectory, "set_status", lambda *_: (_ for _ in ()).throw(OSError("full")))
    assert finish(directory, "failed", "text").message == "text (status.json could not be written)"


def test_a_run_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory, plan = made(tmp_path)
    prepare(directory, plan)
    assert plan.task.cursor is not None
    assert plan.task.cursor.steps_in_epoch == 3
    assert plan.task.length == {"step": 9, "epoch": 3}
    sizes = {"train": 108, "val": 12, "test": 30}
    assert directory.data() == {"spec": str(plan.data.spec), "unit": "examples", "sizes": sizes, "summary": None}
    assert not directory.ratings_file.exists()
    monkeypatch.setattr(plan.data, "batch_kind", "contiguous")
    assert describe(plan.data)["unit"] == "tokens"


def test_checkpoints_that_cannot_be_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, plan = made(tmp_path)
    plan.task.cursor = plan.cursor()

    class Trainer:
        def fit(self, *given: Any, ckpt_path: Any) -> None:
            self.given = (*given, ckpt_path)
            raise KeyError("first\nsecond")

    trainer: Any = Trainer()
    with pytest.raises(UserError, match=r"^a\.ckpt cannot be resumed: KeyError: 'first\\nsecond'$"):
        fit(trainer, plan, Path("a.ckpt"))
    assert trainer.given[:2] == (plan.task, plan.task.cursor)
    assert trainer.given[3] == Path("a.ckpt")
    with pytest.raises(KeyError):
        fit(trainer, plan, None)
    plan.task.started = True
    with pytest.raises(KeyError):
        fit(trainer, plan, Path("a.ckpt"))
