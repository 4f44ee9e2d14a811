"""The course of a sweep with a made-up pool: signals while it starts, failing disks and databases."""

import errno
import signal
import sys
from dataclasses import replace
from types import SimpleNamespace

import nnzoo.sweeps.run as module
import pytest
from nnzoo.errors import UserError
from nnzoo.runs.signals import Interrupted
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.engine import EndedRun, Engine
from nnzoo.sweeps.job import Description, Job, Outcome, Setup
from nnzoo.sweeps.pools import InProcess
from nnzoo.sweeps.run import Runner, describe_run, run_sweep
from nnzoo.sweeps.study import Study, Trial
from nnzoo.sweeps.vectorized import Vectorized
from optuna.exceptions import StorageInternalError

from tests.sweeps.fakes import ScriptedPool, done, plan


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Return a function that runs a sweep in `tmp_path`, whose jobs end as a function says."""
    monkeypatch.setattr(module, "collect", lambda *_, **__: module.Results("val/acc", "max", 10, (), ()))
    monkeypatch.setattr("nnzoo.sweeps.pictures.write_figures", lambda *_: None)

    def run(outcome_of=lambda job, _: done(job.point["lr"]), print_line=lambda _: None, **settings):
        monkeypatch.setattr(module.Runner, "_pool", lambda self, *_: ScriptedPool(outcome_of, self._report, workers=2))
        return run_sweep(plan(**settings), print_line=print_line)

    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_before_the_first_trial_ends_at_once_and_leaves_no_directory(start, tmp_path, monkeypatch, number):
    """The first worker needs seconds to start."""
    monkeypatch.setattr(ScriptedPool, "describe", lambda *_: signal.raise_signal(number))
    with pytest.raises(Interrupted) as caught:
        start()
    assert caught.value.number == number
    assert not [*tmp_path.glob("outputs/sweeps/*")]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("method", ["write_record", "set_status", "new_attempt"])
def test_full_disk_is_a_one_line_error(start, monkeypatch, method):
    with monkeypatch.context() as patch:
        patch.setattr(SweepDirectory, method, full)
        with pytest.raises(UserError, match=r"^cannot write to .*: No space left on device; the same"):
            start()
    outcome = start()
    assert outcome.status == "done"
    assert [path.parent.name for path in outcome.directory.parent.glob("*/sweep.yaml")] == [outcome.directory.name]


def test_storage_that_cannot_be_used_leaves_no_directory(start, tmp_path):
    with pytest.raises(UserError, match=r"^cannot open the study in nosuch: "):
        start(storage="nosuch")
    start(storage="sqlite:///a.db", study="mine")
    with pytest.raises(UserError, match=r"^study 'mine' in sqlite:///a.db belongs to another sweep"):
        start(storage="sqlite:///a.db", study="mine", metric="val/acc")
    assert len([*tmp_path.glob("outputs/sweeps/*")]) == 1


def test_broken_database_is_a_one_line_error(start, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise StorageInternalError("An exception is raised during the commit.") from RuntimeError("database is locked")

    monkeypatch.setattr(Study, "tell", broken)
    with pytest.raises(UserError, match=r"^cannot write to the study in sqlite:.*: database is locked; the same"):
        start(storage=f"sqlite:///{tmp_path / 'all.db'}")


def test_closed_output_is_not_taken_for_the_disk(start):
    """`nnzoo train ... | head`."""

    def closed(_):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        start(print_line=closed)


def test_a_sweep_continues_only_with_the_same_data(start, monkeypatch):
    digest = "a"
    monkeypatch.setattr(ScriptedPool, "describe", lambda *_: Description({"val/acc": "max"}, {"val": 10}, digest))
    with monkeypatch.context() as patch:
        patch.setattr(SweepDirectory, "new_attempt", full)
        with pytest.raises(UserError, match="cannot write"):
            start()
    digest = "b"
    with pytest.raises(UserError, match=r"the data has changed since the sweep .* began; a sweep continues only with"):
        start()
    digest = "a"
    assert start().status == "done"


def test_each_run_is_told_in_one_line(start):
    lines = []
    outcome = start(print_line=lines.append, trials=2, replicates=((("seed", 0),), (("seed", 1),)))
    assert outcome.status == "done"
    assert sorted(line.partition(" lr=")[0] for line in lines) == ["[0]", "[0]", "[1]", "[1]"]
    assert all(f"{end}: val/acc 0.0" in "".join(lines) for end in (" seed=0", " seed=1"))


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("done", metrics={"val/best": {"acc": 0.912345}}), "[3] lr=0.1 seed=1: val/acc 0.9123"),
        (Outcome("pruned", "after epoch 2", {"val/last": {"acc": 0.5}}), "[3] lr=0.1 seed=1: val/acc 0.5"),
        (Outcome("failed", "no luck"), "[3] lr=0.1 seed=1: failed: no luck"),
        (Outcome("diverged", "diverged in epoch 2"), "[3] lr=0.1 seed=1: diverged in epoch 2"),
    ],
)
def test_line_about_a_run(outcome, text):
    run = EndedRun(Trial(3, {"optimizer.lr": 0.1}, "done"), (("seed", 1),), outcome)
    assert describe_run(run, "val/acc") == text


def test_reports_of_a_run_reach_the_study_and_their_answer_the_run(start, monkeypatch):
    reported, answers = [], []

    def report(self, job, epoch, value):
        reported.append((job.trial, epoch, value))
        return epoch == 2

    def outcome_of(job, report):
        answers.extend(report(epoch, 0.25) for epoch in (1, 2))
        return done(0.25)

    monkeypatch.setattr(Engine, "report", report)
    start(outcome_of, trials=1)
    assert reported == [(0, 1, 0.25), (0, 2, 0.25)]
    assert answers == [False, True]


@pytest.fixture
def pool_of(tmp_path, monkeypatch):
    """Return a function that makes the pool of a sweep, of which each class is replaced by its arguments."""

    def named(name):
        return lambda setup, report, **settings: (name, setup, settings)

    for name in ("InProcess", "Vectorized"):
        monkeypatch.setattr(module, name, named(name))
    monkeypatch.setattr("nnzoo.sweeps.processes.Processes", named("Processes"))

    def make(devices=1, launcher=None, **settings):
        wanted = replace(plan(**settings), devices=devices, launcher=launcher)
        return Runner(wanted, SweepDirectory(tmp_path), 5, Setup(("a=1",), None), print).pool

    return make


def test_pools(pool_of, tmp_path):
    setup = Setup(("a=1",), None)
    expected = {"workers": 3, "runs_per_worker": 7, "logs": tmp_path / "workers", "lock": 5, "devices": 2}
    assert pool_of(devices=2, workers=3, runs_per_worker=7) == ("Processes", setup, expected)
    assert pool_of(workers=0) == ("InProcess", setup, {})
    name, _, settings = pool_of(vectorized=True, workers=0)
    assert (name, settings.keys()) == ("Vectorized", {"print_line"})
    launcher = SimpleNamespace(pool=lambda setup, report, **settings: ("launcher", setup, settings))
    folder = tmp_path / "workers"
    assert pool_of(launcher=launcher, workers=4) == ("launcher", setup, {"workers": 4, "folder": folder})


def test_a_pool_in_this_process_has_one_job_at_a_time(monkeypatch, tmp_path):
    class Executor:
        def __init__(self, setup):
            pass

        def execute(self, job, report):
            return Outcome("pruned" if report(2, 0.5) else "done")

    monkeypatch.setitem(sys.modules, "nnzoo.sweeps.execute", SimpleNamespace(Executor=Executor))  # without torch
    reported = []
    pool = InProcess(Setup((), None), lambda *report: not reported.append(report))
    job = Job(0, {}, (), tmp_path, False, "val/acc", True)
    assert (pool.free, pool.active) == (1, 0)
    pool.submit(job)
    assert (pool.free, pool.active) == (0, 1)
    assert list(pool.ended()) == [(job, Outcome("pruned"))]
    assert reported == [(job, 2, 0.5)]
    assert (pool.free, pool.active) == (1, 0)
    pool.submit(job)
    pool.stop()
    assert pool.active == 0
    several = Vectorized(Setup((), None), lambda *_: False, print_line=print)
    assert several.free == 512
    several.submit(job)
    assert (several.free, several.active) == (511, 1)
