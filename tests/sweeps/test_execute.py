"""The outcome of a job, whatever its run does."""

from types import SimpleNamespace

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.lock import ActiveRun
from nnzoo.runs.signals import Interrupted
from nnzoo.sweeps import execute
from nnzoo.sweeps.execute import Executor, plain_values, values_of
from nnzoo.sweeps.job import Job, Outcome, Setup
from nnzoo.training.changed_data import DataChanged


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Return a function that executes a job whose run ends as a function says, after 2.5 seconds."""
    job = Job(4, {"+lr": "0.5"}, ("+lr=0.5",), RunDirectory.create(tmp_path, "4").path, False, "val/acc", True)

    def run_job(run, report=lambda epoch, value: False, job=job):
        times = iter([10.0, 12.5])
        monkeypatch.setattr(execute.time, "perf_counter", lambda: next(times))
        monkeypatch.setattr(execute, "run", run)
        executor = Executor(Setup(("model=linear",), None, source="source"))
        monkeypatch.setattr(executor, "config", lambda overrides: {"overrides": overrides})
        return executor.execute(job, report), RunDirectory(job.directory)

    return run_job


def raising(error):
    def run(*_, **__):
        raise error

    return run


def test_a_run_that_ends(executed):
    given = {}

    def run(config, overrides, **settings):
        given.update(settings, config=config, overrides=overrides)
        return SimpleNamespace(status="done", message="fine", metrics={"val/best": {"acc": 0.5}})

    outcome, directory = executed(run)
    assert outcome == Outcome("done", "fine", {"val/best": {"acc": 0.5}}, 2.5)
    assert given["config"] == {"overrides": ("+lr=0.5",), "trial": {"number": 4, "params": {"lr": 0.5}}}
    assert given["overrides"] == ["model=linear", "+lr=0.5"]
    assert (given["directory"], given["resume"], given["source"]) == (directory, None, "source")
    assert given["comparison"].metric == "val/acc"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("no\n  luck"), "RuntimeError: no luck"),
        (UserError("no luck"), "no luck"),
        (
            DataChanged("changed"),
            "changed; a sweep continues only with the same data; sweep.resume=false starts it anew",
        ),
    ],
)
def test_a_run_that_fails_says_so_in_its_directory(executed, error, message):
    outcome, directory = executed(raising(error))
    assert outcome == Outcome("failed", message, seconds=2.5)
    assert (directory.status(), directory.message()) == ("failed", message)
    assert directory.overrides() == ["+lr=0.5"]
    assert "Traceback" in directory.log_file.read_text()


def test_a_run_of_another_process_is_left_alone(executed):
    outcome, directory = executed(raising(ActiveRun("it is running")))
    assert outcome == Outcome("failed", "it is running", seconds=2.5)
    assert not (directory.path / "overrides.yaml").exists()
    assert not directory.log_file.exists()


def test_values_of_a_point():
    point = {"+model.hidden": "[8,4]", "model.bias": "true", "lr": 0.1, "unit": "relu", "init": "null"}
    assert values_of(point) == {"model.hidden": [8, 4], "model.bias": True, "lr": 0.1, "unit": "relu", "init": None}
    expected = {"model.hidden": "[8,4]", "model.bias": True, "lr": 0.1, "unit": "relu", "init": "null"}
    assert plain_values(point) == expected


def test_an_interrupted_run(executed):
    error = Interrupted(15)
    outcome, _ = executed(raising(error))
    assert outcome == Outcome("interrupted", f"stopped by {error}", signal=15)
