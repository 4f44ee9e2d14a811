"""A run that is stopped and resumed equals an uninterrupted run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.signals import Interrupted
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.tasks.step import Step
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.optim import Optimizer

from tests.support.commands import exit_code
from tests.support.processes import python
from tests.support.runs import STEPS, TINY, assert_same_outcome, checkpoint, only, rows, same, train, weights

EVERY_STEP = ("trainer.steps_per_slice=1", "callbacks.last.every_seconds=0")
NOISY = ("model.dropout=0.3", "optimizer=momentum", "optimizer.lr=0.05")
F1 = "+metrics.f1={_target_: torchmetrics.classification.MulticlassF1Score, num_classes: 10}"


def equal(one: Path, other: Path) -> None:
    """Assert that two runs are equal to the last bit."""
    assert_same_outcome(one, other)
    for part in ("optimizer_states", "lr_schedulers", "global_step", "epoch"):
        assert same(checkpoint(one)[part], checkpoint(other)[part]), part
    for part in ("stream", "train"):
        assert same(checkpoint(one)["nnzoo"][part], checkpoint(other)["nnzoo"][part]), part
    assert same(*(checkpoint(run)["nnzoo"]["random"]["torch"] for run in (one, other)))


class Stop(Exception):
    pass


def raises(error: BaseException) -> Callable[[], None]:
    def now() -> None:
        raise error

    return now


def stop_at(patch: pytest.MonkeyPatch, step: int, act: Callable[[], None]) -> None:
    """Call a function at a step of the run."""
    whole, taken = Task.update, []

    def update(self: Task, batch: Batch, optimizer: Optimizer) -> Step:
        taken.append(1)
        if len(taken) == step:
            act()
        return whole(self, batch, optimizer)

    patch.setattr(Task, "update", update)


@pytest.mark.parametrize(
    "further",
    [
        ("scheduler=step", "scheduler.step_size=1"),
        ("scheduler=warmup", "scheduler.total_iters=70"),
        ("scheduler=plateau", "scheduler.patience=0", "scheduler.threshold=0.5", "optimizer=adam", F1),
        ("trainer.precision=64-true", "model.norm=batch"),
    ],
    ids=["schedule by epoch", "schedule by step", "plateau", "float64, batch norm"],
)
def test_two_and_two_epochs_equal_four(tmp_path: Path, further: tuple[str, ...]) -> None:
    whole = train(tmp_path / "whole", *NOISY, *further, "trainer.max_epochs=4")
    half = train(tmp_path / "half", *NOISY, *further, "trainer.max_epochs=2")
    assert not same(weights(whole.directory), weights(half.directory))
    resumed = api.resume(half.directory, "trainer.max_epochs=4")
    assert resumed.directory == half.directory
    assert resumed.metrics == whole.metrics
    equal(half.directory, whole.directory)


@pytest.mark.parametrize("step", [2, STEPS + 11, 2 * STEPS + 1])
def test_stopped_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    settings = (*NOISY, *EVERY_STEP, F1, "scheduler=warmup", "trainer.max_epochs=3")
    whole = train(tmp_path / "whole", *settings)
    with monkeypatch.context() as patch:
        stop_at(patch, step, raises(Stop("here")))
        with pytest.raises(Stop):
            train(tmp_path / "half", *settings)
    half = only(tmp_path / "half")
    assert RunDirectory(half).status() == "failed"
    assert "Stop: here" in (half / "run.log").read_text()
    assert checkpoint(half)["global_step"] == step - 1
    api.resume(half)
    equal(half, whole.directory)


@pytest.mark.parametrize(
    "network", [["model=denoising_autoencoder"], ["model=winner_take_all_autoencoder", "model.winner_share=0.2"]]
)
def test_noise_and_thresholds_continue_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: list[str]
) -> None:
    settings = [line for line in TINY if not line.startswith("model")]
    settings += [*network, "model.code=3", *EVERY_STEP]
    whole = api.train(*settings, output_dir=tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 11, raises(Stop("here")))
        with pytest.raises(Stop):
            api.train(*settings, output_dir=tmp_path / "half")
    half = only(tmp_path / "half")
    api.resume(half)
    equal(half, whole.directory)


@pytest.mark.parametrize(
    ("model", "transforms"),
    [
        ("mlp", "[shift,standardize,flip]"),
        ("autoencoder", "[shift,standardize,flip]"),
        ("mlp", "[crop,rotate,rescale,pca_noise,global_contrast]"),
    ],
)
def test_augmentation_continues_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, transforms: str
) -> None:
    settings = [line for line in TINY if not line.startswith("model")]
    settings += [f"model={model}", *EVERY_STEP, f"transforms={transforms}"]
    settings += ["transforms.shift.pixels=1"] if "shift" in transforms else []
    whole = api.train(*settings, output_dir=tmp_path / "whole")
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 11, raises(Stop("here")))
        with pytest.raises(Stop):
            api.train(*settings, output_dir=tmp_path / "half")
    half = only(tmp_path / "half")
    api.resume(half)
    equal(half, whole.directory)


def test_stopped_before_the_first_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        stop_at(patch, 1, raises(Interrupted(signal.SIGINT)))
        with pytest.raises(KeyboardInterrupt) as stopped:
            train(tmp_path)
    directory = only(tmp_path)
    assert RunDirectory(directory).status() == "interrupted"
    assert str(stopped.value) == f"the run was stopped by SIGINT in {directory}"
    with pytest.raises(UserError, match="there is no checkpoint"):
        api.resume(directory)


def test_resume_after_max_steps_within_an_epoch(tmp_path: Path) -> None:
    settings = (*NOISY, "scheduler=step", "scheduler.step_size=1", "trainer.max_epochs=3")
    whole = train(tmp_path / "whole", *settings)
    half = train(tmp_path / "half", *settings, f"trainer.max_steps={STEPS + 5}")
    assert checkpoint(half.directory)["global_step"] == STEPS + 5
    api.resume(half.directory, "trainer.max_steps=-1")
    equal(half.directory, whole.directory)


def test_early_stopping_and_best_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (
        "callbacks=early_stopping",
        "callbacks.early_stopping.patience=2",
        "callbacks.early_stopping.min_delta=0.05",
        "callbacks.last.every_seconds=0",
        "optimizer.lr=0.02",
        "trainer.max_epochs=30",
    )
    whole = train(tmp_path / "whole", *settings)
    epochs = len(rows(whole.directory))
    assert 3 < epochs < 30
    with monkeypatch.context() as patch:
        stop_at(patch, (epochs - 1) * STEPS, raises(Stop()))  # after one epoch without improvement
        with pytest.raises(Stop):
            train(tmp_path / "half", *settings)
    moved = shutil.move(only(tmp_path / "half"), tmp_path / "elsewhere")  # also after a move
    api.resume(moved)
    equal(moved, whole.directory)

    again = api.resume(moved)  # nothing left to train
    assert again.status == "done"
    equal(moved, whole.directory)


def test_best_is_kept_if_later_epochs_are_worse(tmp_path: Path) -> None:
    first = train(tmp_path, "optimizer.lr=0.02")
    best = weights(first.directory, "best")
    moved = shutil.move(first.directory, tmp_path / "moved")
    state = torch.load(moved / "checkpoints" / "last.ckpt")
    state["optimizer_states"][0]["param_groups"][0]["lr"] = 3.0  # destroys the weights
    torch.save(state, moved / "checkpoints" / "last.ckpt")
    api.resume(moved, "trainer.max_epochs=3")
    assert float(rows(moved)[2]["val/acc"]) < float(rows(moved)[1]["val/acc"])
    assert same(weights(moved, "best"), best)


@pytest.mark.parametrize("override", ["model.hidden=[7]", "optimizer.lr=1", "seed=3", "loader.batch_size=7"])
def test_resume_keeps_the_other_settings(tmp_path: Path, override: str) -> None:
    directory = train(tmp_path, "trainer.max_epochs=0").directory
    before = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}
    with pytest.raises(UserError, match=r"a resumed run can only change"):
        api.resume(directory, override)
    assert {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()} == before


def test_earlier_names_of_settings(tmp_path: Path) -> None:
    run = train(tmp_path, "trainer.max_epochs=0").directory
    with pytest.warns(DataWarning, match=r"^data\.batch_size is now loader\.batch_size$"):
        again = api.rerun(run, "data.batch_size=7")
    assert RunDirectory(again.directory).config()["loader"]["batch_size"] == 7


def test_fewer_epochs_than_done(tmp_path: Path) -> None:
    directory = train(tmp_path).directory
    with pytest.raises(UserError, match="the run has done 2 epochs"):
        api.resume(directory, "trainer.max_epochs=1")
    with pytest.raises(UserError, match="max_epochs is null; give the number of a resumed run"):
        api.resume(directory, "trainer.max_epochs=null")
    assert RunDirectory(directory).status() == "done"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    settings = (*NOISY, "trainer.steps_per_slice=5", "trainer.max_epochs=3")
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 7, lambda: os.kill(os.getpid(), number))
        assert exit_code("train", *TINY, *settings, f"output_dir={tmp_path / 'half'}") == 128 + number
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers
    half = only(tmp_path / "half")
    out, err = capfd.readouterr()
    assert err == ""
    assert out.startswith(f"interrupted: stopped by {number.name}; continue with: nnzoo train resume={half}\n")
    assert RunDirectory(half).status() == "interrupted"
    assert checkpoint(half)["global_step"] == STEPS + 10  # the current slice is finished
    api.resume(half)
    equal(half, train(tmp_path / "whole", *settings).directory)


NNZOO = ("-c", "from nnzoo.cli.commands import main; main()")


def stopped_by(number: signal.Signals, settings: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Train in a separate process, and send it a signal after three epochs."""
    command = [sys.executable, *NNZOO, "train", *settings, "trainer.max_epochs=1000000", f"output_dir={folder}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not any(len(rows(path.parent)) >= 3 for path in folder.glob("*/*/metrics.csv")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        process.send_signal(number)
        return subprocess.CompletedProcess(command, process.wait(), *process.communicate())


REAL = (*NOISY, "scheduler=warmup", "callbacks.last.every_seconds=0")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed(tmp_path: Path) -> None:
    assert stopped_by(signal.SIGKILL, (*TINY, *REAL), tmp_path / "half").returncode == -signal.SIGKILL
    half = only(tmp_path / "half")
    assert RunDirectory(half).status() == "running"
    epochs = f"trainer.max_epochs={checkpoint(half)['nnzoo']['stream']['epoch'] + 2}"
    resumed = python(*NNZOO, "train", f"resume={half}", epochs, check=True)
    assert resumed.stderr == ""
    assert RunDirectory(half).status() == "done"
    equal(half, train(tmp_path / "whole", *REAL, epochs).directory)
    events = EventAccumulator(str(half)).Reload()
    for tag in ("curves/train/loss", "curves/val/loss", "curves/lr", "best/val/acc"):
        assert [event.step for event in events.Scalars(tag)] == list(range(1, 1 + len(rows(half)))), tag


def test_contiguous_text_continues_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hidden state is in the checkpoint: a segment continues from the previous one."""
    text = ("model=lstm", "model.hidden=8", "model.layers=2", "model.dropout=0.2", "data=char_text", *EVERY_STEP)
    text = (*text, "loader.batch_size=100", "trainer.threads=1", "trainer.max_epochs=2", "~callbacks.figures")
    text = (*text, "callbacks.samples.length=20")
    whole = api.train(*text, output_dir=tmp_path / "whole").directory
    with monkeypatch.context() as patch:
        stop_at(patch, 14, raises(Stop()))
        with pytest.raises(Stop):
            api.train(*text, output_dir=tmp_path / "stopped")
    stopped = only(tmp_path / "stopped")
    assert checkpoint(stopped)["nnzoo"]["stream"]["done"] % 9 != 0
    api.resume(stopped)
    equal(whole, stopped)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_asked_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    stopped = stopped_by(number, (*TINY, *REAL), tmp_path / "half")
    half = only(tmp_path / "half")
    assert (stopped.returncode, stopped.stderr) == (128 + number, "")
    assert stopped.stdout.startswith(
        f"interrupted: stopped by {number.name}; continue with: nnzoo train resume={half}\n"
    )
    assert RunDirectory(half).status() == "interrupted"
    epochs = f"trainer.max_epochs={checkpoint(half)['nnzoo']['stream']['epoch'] + 1}"
    api.resume(half, epochs)
    equal(half, train(tmp_path / "whole", *REAL, epochs).directory)
