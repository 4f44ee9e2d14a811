"""Files and results of runs, how runs end, and steps in slices of any size."""

import gc
import json
import logging
import os
import random
import resource
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from nnzoo import api
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.signals import Signals
from nnzoo.tasks.base import Task
from nnzoo.training import fit as training
from nnzoo.training import trainers
from nnzoo.training.run import absolute
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.support.commands import exit_code, without_progress
from tests.support.paths import ROOT
from tests.support.processes import python
from tests.support.recorder import RECORDED, Recorder
from tests.support.runs import STEPS, TINY, checkpoint, only, rows, same, train, weights

# Results


def test_directory_events_and_results(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code("train", *TINY, "scheduler=exponential", "trainer.max_epochs=3", f"output_dir={tmp_path}") == 0
    directory = only(tmp_path)
    assert directory.parent.name == "digits"
    names = {path.name for path in directory.iterdir() if not path.name.startswith("events")}
    assert names == {
        *("config.yaml", "overrides.yaml", "env.json", "data.json", "metrics.csv", "results.json", "status.json"),
        *("run.log", "run.lock", "checkpoints", "projector", "projector_config.pbtxt"),
    }
    assert sorted(os.listdir(directory / "checkpoints")) == ["best.ckpt", "last.ckpt"]
    assert RunDirectory(directory).config()["choices"]["scheduler"] == "exponential"
    data = json.loads((directory / "data.json").read_text())
    assert data["sizes"] == {"train": 1294, "val": 144, "test": 359}
    assert (data["spec"], data["unit"], data["summary"]) == ("real image of 1x8x8 -> classes(10)", "examples", None)
    started, ended = (json.loads((directory / name).read_text()) for name in ("env.json", "status.json"))
    assert 0 < ended["time"] - started["started"] < 600
    assert RunDirectory(directory).status() == "done"

    events = EventAccumulator(str(directory)).Reload()
    table = rows(directory)
    assert [row["epoch"] for row in table] == ["1", "2", "3"]
    figures = {f"{split}/{name}" for split in ("train", "val") for name in ("loss", "acc", "errors")}
    assert set(table[0]) == {"epoch", "lr", *figures}
    curves = {f"curves/{name}" for name in ("lr", *figures)}
    assert set(events.Tags()["scalars"]) == {*curves, "best/val/acc", "best/val/loss"}
    for tag in curves:
        assert [event.step for event in events.Scalars(tag)] == [1, 2, 3]  # the epoch
        logged = [np.float32(row[tag.removeprefix("curves/")]) for row in table]
        assert [event.value for event in events.Scalars(tag)] == logged
    assert float(table[2]["lr"]) == pytest.approx(0.001 * 0.95**2)
    assert "config/text_summary" in events.Tags()["tensors"]
    assert b"digits" in events.Tensors("config/text_summary")[0].tensor_proto.string_val[0]
    assert any("hparams" in tag for tag in events.summary_metadata)

    found = RunDirectory(directory).results()
    assert found.keys() == {"test/last", "test/best"}
    assert found["test/last"]["acc"] == 1 - found["test/last"]["errors"] / 359
    out, err = capfd.readouterr()
    assert err == ""
    first, second, engine, *rest = without_progress(out).splitlines()
    assert first.startswith("test/best ")
    assert second.startswith("test/last ")
    assert engine == "engine       direct: gradients by stated derivatives, without autograd (trainer.engine)"
    assert rest == [f"run          {directory}", f"dashboard    nnzoo board {directory.parent}"]


def test_evaluate_gives_the_same_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for further in ((), ("trainer.precision=64-true",), ("evaluate=[val,test,train]", "optimizer.lr=0.1")):
        result = train(tmp_path, *further)
        assert api.evaluate(result.directory) == RunDirectory(result.directory).results() == result.metrics != {}
    capsys.readouterr()
    assert exit_code("evaluate", f"run={result.directory}") == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_rerun_gives_the_same_metrics(tmp_path: Path) -> None:
    first = train(tmp_path, "model.dropout=0.2", "seed=4")
    again = api.rerun(first.directory)
    assert again.directory.parent == first.directory.parent
    assert again.directory != first.directory
    assert again.metrics == first.metrics
    assert (again.directory / "metrics.csv").read_bytes() == (first.directory / "metrics.csv").read_bytes()
    assert same(weights(again.directory), weights(first.directory))
    other = api.rerun(first.directory, "seed=5", "optimizer.lr=1e-2")
    assert not same(weights(other.directory), weights(first.directory))
    assert RunDirectory(other.directory).config()["optimizer"]["lr"] == 0.01


def test_rerun_of_a_member_of_a_sweep(tmp_path: Path) -> None:
    """The new run is named after its settings and is placed where single runs are."""
    settings = ("trainer.max_epochs=1", "seed=0,1", "sweep.workers=0", f"output_dir={tmp_path}")
    assert exit_code("train", "-m", *TINY, *settings) == 0
    (sweep,) = tmp_path.glob("sweeps/*")
    member = sweep / "0-seed=0"
    assert RunDirectory(member).config()["trial"] == {"number": 0, "params": {}}
    before = sorted(sweep.iterdir())
    again = api.rerun(member, "trainer.max_epochs=2", "optimizer.lr=0.01")
    assert sorted(sweep.iterdir()) == before
    assert again.directory.parent == tmp_path / "digits"
    assert RunDirectory(again.directory).config()["trial"] is None
    assert again.directory.name.startswith("mlp-")
    assert "max_epochs=2" in again.directory.name
    assert "max_epochs=1-" not in again.directory.name
    overrides = yaml.safe_load((again.directory / "overrides.yaml").read_text())
    assert [line for line in overrides if "max_epochs" in line] == ["trainer.max_epochs=2"]
    assert overrides[-1] == "optimizer.lr=0.01"
    assert len(rows(again.directory)) == 2
    api.resume(again.directory, "trainer.max_epochs=3")
    overrides = yaml.safe_load((again.directory / "overrides.yaml").read_text())
    assert [line for line in overrides if "max_epochs" in line] == ["trainer.max_epochs=3"]


def test_without_validation(tmp_path: Path) -> None:
    result = train(tmp_path, "data.val=0")
    assert result.metrics.keys() == {"test/last"}
    assert os.listdir(result.directory / "checkpoints") == ["last.ckpt"]
    assert not [name for name in rows(result.directory)[0] if name.startswith("val")]
    with pytest.raises(UserError, match=r"unknown metric callbacks.best.monitor 'val/acc'"):
        train(tmp_path, "data.val=0", "callbacks.best.monitor=val/acc")


# How a run ends


def test_diverged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = ("optimizer=sgd", "optimizer.lr=1e30", "model.hidden=[6,6]")
    assert exit_code("train", *TINY, *settings, "trainer.max_epochs=1000", f"output_dir={tmp_path}") == 1
    out, err = capfd.readouterr()
    line = out.splitlines()[0]
    assert line.startswith("diverged: train/loss is nan in epoch 1; try a smaller optimizer.lr (now 1e+30)")
    assert err == ""
    assert RunDirectory(only(tmp_path)).status() == "diverged"


def test_regression_with_a_huge_learning_rate_diverges(tmp_path: Path, table: Path) -> None:
    settings = ["model=linear", "data=array", f"data.path={table}", "optimizer=sgd", "optimizer.lr=1e6"]
    result = api.train(*settings, "trainer.accelerator=cpu", "trainer.max_epochs=1000", output_dir=tmp_path)
    assert result.status == "diverged"
    assert "try a smaller optimizer.lr (now 1000000.0) or gradient clipping" in result.message
    assert int(result.message.partition("epoch ")[2].partition(";")[0]) < 20


def test_divergence_in_the_last_step(tmp_path: Path) -> None:
    """All training losses are finite, but the final weights are not."""
    result = train(tmp_path, "optimizer=sgd", "optimizer.lr=1e38", "loader.batch_size=1294", "trainer.max_epochs=1")
    assert result.status == "diverged"
    assert "val/loss is" in result.message
    assert not (result.directory / "results.json").exists()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    numbers = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    path = tmp_path / "numbers.npz"
    np.savez(path, x=numbers, y=numbers @ np.array([[1.0], [2.0], [-1.0]], dtype=np.float32))
    return path


def test_output_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write to output_dir .*file.*: Not a directory"):
        train(tmp_path / "file")


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_full_disk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9000, limits[1]))
    try:
        code = exit_code("train", *TINY, "model.hidden=[100]", f"output_dir={tmp_path}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"nnzoo: cannot write to {only(tmp_path)}: ")
    assert RunDirectory(only(tmp_path)).status() == "failed"
    assert not list(tmp_path.rglob(".*"))


@pytest.fixture
def asked() -> Iterator[list[int]]:
    """Signals that reach the calling program, which continues after them."""
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    yield received
    signal.signal(signal.SIGTERM, before)


def test_signal_before_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[int]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        monkeypatch.setattr(Digits, "load", lambda _, number=number: os.kill(os.getpid(), number))
        with pytest.raises(KeyboardInterrupt, match=f"^stopped by {number.name} before the run$"):
            train(tmp_path)
        assert exit_code("train", *TINY, f"output_dir={tmp_path}") == 128 + number
    assert asked == [signal.SIGTERM]
    assert os.listdir(tmp_path) == []


def kill_while_testing(patch: pytest.MonkeyPatch, number: int) -> None:
    step = Task.test_step

    def killed(self: Task, batch: Any, batch_idx: int) -> None:
        os.kill(os.getpid(), number)
        step(self, batch, batch_idx)

    patch.setattr(Task, "test_step", killed)


def test_ctrl_c_ends_a_loop_of_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_while_testing(monkeypatch, signal.SIGINT)
    begun = []
    with pytest.raises(KeyboardInterrupt) as caught:  # noqa: PT012
        for seed in range(3):
            begun.append(seed)
            train(tmp_path, f"seed={seed}")
    directory = only(tmp_path)
    assert begun == [0]
    assert str(caught.value) == f"the run was stopped by SIGINT; continue with: nnzoo train resume={directory}"
    assert RunDirectory(directory).status() == "interrupted"
    assert (directory / "checkpoints" / "last.ckpt").is_file()


def test_signal_reaches_the_previous_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        kill_while_testing(patch, signal.SIGTERM)
        stopped = train(tmp_path)
    assert asked == [signal.SIGTERM]
    assert (stopped.status, stopped.signal) == ("interrupted", signal.SIGTERM)
    assert caplog.messages == [f"the run was {stopped.message}"]
    assert api.resume(stopped.directory).status == "done"


def test_scheduler_signal_ends_the_process_after_saving(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from nnzoo.tasks.base import Task; from tests.support.runs import train\n"
        "Task.test_step = lambda *_: os.kill(os.getpid(), signal.SIGUSR1)\n"
        "for seed in range(2): train(Path(sys.argv[1]), f'seed={seed}')"
    )
    done = python("-c", code, str(tmp_path), cwd=ROOT)
    directory = only(tmp_path)
    assert done.returncode == -signal.SIGUSR1
    assert done.stderr == f"the run was stopped by SIGUSR1; continue with: nnzoo train resume={directory}\n"
    assert RunDirectory(directory).status() == "interrupted"
    assert api.resume(directory).status == "done"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR2])
def test_signal_ends_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    kill_while_testing(monkeypatch, number)
    settings = ("seed=0,1", "sweep.workers=0", f"output_dir={tmp_path}")
    assert exit_code("train", "-m", *TINY, *settings) == 128 + number
    (directory,) = tmp_path.glob("sweeps/*/0-*")
    out, err = capfd.readouterr()
    assert "interrupted: the same command continues: 0 of 1 trials have ended\n" in out
    assert RunDirectory(directory).message().startswith(f"stopped by {number.name}")
    assert err == ""
    assert exit_code("rerun", f"run={directory}") == 128 + number
    assert capfd.readouterr().out.startswith(
        f"interrupted: stopped by {number.name}; continue with: nnzoo train resume="
    )


def test_interrupted_while_validating_and_while_testing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(tmp_path / "whole")
    for split in ("validation_step", "test_step"):
        step = getattr(Task, split)

        def once(self: Task, batch: Any, batch_idx: int, step: Any = step) -> None:
            step(self, batch, batch_idx)
            os.kill(os.getpid(), signal.SIGINT)

        with monkeypatch.context() as patch:
            patch.setattr(Task, split, once)
            with pytest.raises(KeyboardInterrupt):
                train(tmp_path / split)
        stopped = only(tmp_path / split)
        assert RunDirectory(stopped).status() == "interrupted"
        assert api.resume(stopped).metrics == whole.metrics
        assert same(weights(stopped), weights(whole.directory))
        assert (stopped / "metrics.csv").read_text() == (whole.directory / "metrics.csv").read_text()


def test_in_a_thread(tmp_path: Path) -> None:
    """Only the main thread handles signals."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(train(tmp_path)))
    thread.start()
    thread.join()
    assert found[0].status == "done"


def test_process_settings_are_restored(tmp_path: Path) -> None:
    def state() -> list[Any]:
        names = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "nnzoo")
        return [
            torch.get_rng_state().tolist(),
            random.getstate(),
            np.random.get_state()[1].tolist(),
            torch.get_num_threads(),
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            [logging.getLogger(name).level for name in names],
            list(logging.getLogger().handlers),
            list(warnings.filters),
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
            dict(os.environ),
            os.getcwd(),
        ]

    torch.set_num_threads(2)
    before = state()
    directory = train(tmp_path, "trainer.precision=64-true").directory
    assert state() == before
    with pytest.raises(UserError):
        train(tmp_path, "trainer.precision=8")
    api.evaluate(directory)
    api.load(directory)
    api.predict(directory, np.zeros((1, 1, 8, 8)))
    assert state() == before


@pytest.mark.slow
def test_memory_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    whole = Task.on_train_epoch_end

    def counted(self: Task) -> None:
        whole(self)
        gc.collect()
        counts.append(sum(type(thing) is torch.Tensor for thing in gc.get_objects()))

    monkeypatch.setattr(Task, "on_train_epoch_end", counted)
    train(tmp_path, "trainer.max_epochs=6", "callbacks.last.every_seconds=0")
    assert counts[-1] <= counts[2]


# Steps


@pytest.mark.parametrize("further", [(), ("trainer.limit_train_batches=7",), ("trainer.overfit_batches=2",)])
def test_slices_change_nothing(tmp_path: Path, further: tuple[str, ...]) -> None:
    by_time, *others = [
        train(tmp_path, "model.dropout=0.2", "scheduler=warmup", *further, f"trainer.steps_per_slice={steps}")
        for steps in ("null", 1, 5, 50)
    ]
    for other in others:
        assert same(weights(other.directory), weights(by_time.directory))
        assert other.metrics == by_time.metrics
        assert rows(other.directory) == rows(by_time.directory)


def test_steps_are_counted(tmp_path: Path) -> None:
    train(tmp_path, *RECORDED, "trainer.steps_per_slice=10")
    assert list(dict.fromkeys(Recorder.seen)) == [  # an empty slice marks the end of an epoch
        *[("slice", 0, 10), ("slice", 0, 20), ("slice", 0, STEPS), ("validation", 0, STEPS), ("epoch", 0, STEPS)],
        *[("slice", 1, 36), ("slice", 1, 46), ("slice", 1, 52), ("validation", 1, 52), ("epoch", 1, 52)],
    ]


@pytest.mark.parametrize("steps", [1, STEPS - 1, STEPS, STEPS + 1, 40])
def test_max_steps(tmp_path: Path, steps: int) -> None:
    result = train(tmp_path, *RECORDED, f"trainer.max_steps={steps}", "trainer.max_epochs=5")
    assert Recorder.trainer.global_step == steps == checkpoint(result.directory)["global_step"]
    assert [row["epoch"] for row in rows(result.directory)] == [str(e) for e in range(1, 1 - (-steps // STEPS))]
    state = checkpoint(result.directory)["optimizer_states"][0]["state"]
    assert {int(parameter["step"]) for parameter in state.values()} == {steps}
    validated = [epoch for kind, epoch, _ in Recorder.seen if kind == "validation"]
    assert validated == list(range(steps // STEPS))  # each complete epoch once


def test_max_steps_alone_ignores_max_epochs(tmp_path: Path) -> None:
    """Neither the default of 20 epochs nor the number set by the data is a limit."""
    xor = ("model=linear", "data=xor", "loader.batch_size=4", "~callbacks.figures", "~callbacks.boundaries")
    result = api.train(*xor, "trainer.max_steps=600", RARELY, output_dir=tmp_path)
    assert checkpoint(result.directory)["global_step"] == 600
    further = api.resume(result.directory, "trainer.max_steps=700")
    assert checkpoint(further.directory)["global_step"] == 700
    for refused in (lambda: api.resume(result.directory, "trainer.max_steps=-1"), lambda: train(tmp_path, ENDLESS)):
        with pytest.raises(UserError, match=r"trainer.max_epochs=-1 has no end; set it or trainer.max_steps"):
            refused()
    both = api.train(*xor, "trainer.max_steps=600", "trainer.max_epochs=3", output_dir=tmp_path)
    assert checkpoint(both.directory)["global_step"] == 3
    with pytest.raises(UserError, match=r"scheduler.T_max is -1; .* set it, since trainer.max_steps determines"):
        train(tmp_path, "trainer.max_steps=600", "trainer.max_epochs=-1", "scheduler=cosine")


ENDLESS = "trainer.max_epochs=-1"
RARELY = "trainer.check_val_every_n_epoch=100"


def test_limited_batches_and_rare_validation(tmp_path: Path) -> None:
    settings = ("trainer.limit_train_batches=4", "trainer.check_val_every_n_epoch=2", "trainer.max_epochs=5")
    result = train(tmp_path, *RECORDED, *settings, "scheduler=plateau", "scheduler.patience=0", "scheduler.threshold=9")
    assert Recorder.trainer.global_step == 20
    table = rows(result.directory)
    assert [row["epoch"] for row in table if row["val/loss"]] == ["2", "4"]
    assert [float(row["lr"]) for row in table] == [0.001, 0.001, 0.0005, 0.0005, 0.00025]  # each validation counts once


def test_overfitting_one_batch(tmp_path: Path) -> None:
    result = train(tmp_path, "trainer.overfit_batches=1", "trainer.max_epochs=80", "optimizer.lr=0.05", "evaluate=[]")
    last = rows(result.directory)[-1]
    assert checkpoint(result.directory)["global_step"] == 80
    assert float(last["val/acc"]) == 1  # on the training batch
    assert result.metrics == {}


@pytest.mark.parametrize(("precision", "dtype"), [("64-true", torch.float64), ("bf16-mixed", torch.float32)])
def test_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str, dtype: torch.dtype) -> None:
    seen = set()
    whole = Task.compute

    def compute(self: Task, batch: Any) -> Any:
        step = whole(self, batch)
        seen.add((batch.x.dtype, step.output.dtype))
        return step

    monkeypatch.setattr(Task, "compute", compute)
    directory = train(tmp_path, f"trainer.precision={precision}").directory
    assert {value.dtype for value in weights(directory).values()} == {dtype}
    expected = (dtype, torch.bfloat16 if "bf16" in precision else dtype)
    assert seen == {expected}
    assert api.evaluate(directory) == RunDirectory(directory).results()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_compiled(tmp_path: Path) -> None:
    plain, compiled = (train(tmp_path, f"trainer.compile={on}", "optimizer=sgd") for on in ("false", "true"))
    for name, value in weights(plain.directory).items():
        torch.testing.assert_close(weights(compiled.directory)[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed=-1", r"seed is -1; it must be from 0"),
        ("trainer.limit_train_batches=0", "trainer.limit_train_batches is 0; it must be at least 1"),
        ("trainer.steps_per_slice=0", "trainer.steps_per_slice is 0; it must be at least 1"),
        ("trainer.threads=0", "trainer.threads is 0; it must be at least 1"),
        ("trainer.max_steps=-2", "trainer.max_steps is -2; it must be at least -1"),
        ("trainer.gradient_clip_val=0", r"trainer.gradient_clip_val is 0.0; it must be above 0, or null"),
        ("trainer.gradient_clip_algorithm=nrom", "did you mean 'norm'"),
        ("trainer.precision=16-true", "unknown trainer.precision '16-true'"),
        ("trainer.accelerator=gpux", "unknown trainer.accelerator 'gpux'"),
        ("evaluate=[tset]", "unknown split to evaluate 'tset'; did you mean 'test'"),
        (
            "callbacks.best.monitor=val/acccc",
            "unknown metric .*'val/acccc'; did you mean 'val/acc'",
        ),
    ],
)
def test_refused_before_a_directory_is_made(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(tmp_path, override)
    assert os.listdir(tmp_path) == []


def test_refused_before_lightning_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from nnzoo.errors import UserError; from nnzoo.config.compose import compose\n"
        "from nnzoo.training.run import run; from nnzoo.training.saved import plain\n"
        "try: run(plain(compose(['model=lenet5', 'data=xor'])), [])\n"
        "except UserError: sys.exit(7 + ('pytorch_lightning' in sys.modules))"
    )
    done = python("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr, os.listdir(tmp_path)) == (7, "", [])


def test_building_and_the_first_pass_take_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, threads that wait for each other slow small computations many times."""
    seen: dict[str, int] = {}
    load, work, fit = Digits.load, trainers.count_multiplications, training.fit_and_evaluate
    monkeypatch.setattr(Digits, "load", lambda self: seen.update(load=torch.get_num_threads()) or load(self))
    monkeypatch.setattr(
        trainers, "count_multiplications", lambda *a: seen.update(work=torch.get_num_threads()) or work(*a) + 1e9
    )
    monkeypatch.setattr(
        training, "fit_and_evaluate", lambda *a, **k: seen.update(fit=torch.get_num_threads()) or fit(*a, **k)
    )
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        train(tmp_path, "trainer.threads=null", "trainer.max_epochs=0")
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert seen == {"load": 1, "work": 1, "fit": 3}


# User-defined objects


def test_callback_logger_and_metric_by_config(tmp_path: Path) -> None:
    result = train(
        tmp_path,
        *RECORDED,
        "+logger.csv={_target_: pytorch_lightning.loggers.CSVLogger, save_dir: " + f"'{tmp_path / 'csv'}'" + "}",
        "+metrics.acc2={_target_: torchmetrics.classification.MulticlassAccuracy, num_classes: 10, average: micro}",
        "callbacks.best.monitor=val/acc2",
    )
    assert Recorder.seen
    assert list((tmp_path / "csv").rglob("metrics.csv"))
    for row in rows(result.directory):
        for split in ("train", "val"):
            assert float(row[f"{split}/acc2"]) == pytest.approx(float(row[f"{split}/acc"]))
    assert result.metrics["test/best"]["acc2"] == pytest.approx(result.metrics["test/best"]["acc"])


def test_signals_nest() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals(deferred=False) as outer:
        with Signals(deferred=True) as inner:
            os.kill(os.getpid(), signal.SIGTERM)
            assert (inner.received, outer.received) == (signal.SIGTERM, None)
        assert signal.getsignal(signal.SIGTERM) == outer.handle
    assert signal.getsignal(signal.SIGTERM) == before


def test_status_is_written_last(tmp_path: Path) -> None:
    directory = train(tmp_path).directory
    assert json.loads((directory / "status.json").read_text())["time"] > 0


def test_absolute_paths_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a target column may be that of a file; only .npy targets are files."""
    monkeypatch.chdir(tmp_path)
    for name in ("price", "a.csv", "y.npy"):
        (tmp_path / name).touch()
    assert absolute({"path": "a.csv", "target": "price"}) == {"path": str(tmp_path / "a.csv"), "target": "price"}
    assert absolute({"path": "b.csv", "target": "y.npy"}) == {"path": "b.csv", "target": str(tmp_path / "y.npy")}
