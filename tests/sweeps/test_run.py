"""The course of a sweep with a made-up pool: signals while it starts, failing disks and databases."""

import errno
import signal

import nnzoo.sweeps.run as module
import pytest
from nnzoo.errors import UserError
from nnzoo.runs.signals import Interrupted
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.job import Description
from nnzoo.sweeps.run import run_sweep
from nnzoo.sweeps.study import Study
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
