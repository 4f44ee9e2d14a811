"""The study of a sweep: its journal, and what strategies and figures learn from it."""

import multiprocessing

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.space import Choice, Range, Space
from nnzoo.sweeps.strategies.random import Random
from nnzoo.sweeps.study import containing, open_storage, open_study
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from tests.sweeps.fakes import done, engine, plan, run


def by_lr(job, report):
    return done(job.point["lr"])


@pytest.mark.parametrize(
    ("param", "value", "expected"),
    [
        (Range("a", 0.5, 2.0), 1.0, (0.5, 2.0)),
        (Range("a", 0.5, 2.0), 2.0, (0.5, 2.0)),
        (Range("a", 0.5, 2.0), 3.0, (0.5, 3.0)),
        (Range("a", 0.5, 2.0, log=True), 0.25, (0.25, 2.0)),
        (Range("a", 1, 8), 10, (1, 10)),
        (Range("a", 1, 7, step=3), 9, (1, 9)),
    ],
)
def test_a_point_outside_the_range_widens_it(param, value, expected):
    found = containing(param, {"a": value})
    assert (found.low, found.high, found.log) == (*expected, param.log)
    assert found.integer == param.integer
    assert found.distribution()._contains(value)


def test_a_choice_contains_its_values():
    param = Choice("a", ("x", "y"))
    assert containing(param, {"a": "y"}) is param


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_strategies_see_values_of_which_the_lower_is_better(tmp_path, direction):
    directory = SweepDirectory(tmp_path)
    study = open_study(directory, storage=None, name=None, direction=direction, pruner=None, fingerprint="a")
    seen = []

    class Watching(Random):
        def next(self, space, tried):
            seen[:] = [(each.number, each.ended, each.value) for each in tried]
            return super().next(space, tried)

    for value in (0.25, None, 0.75):
        trial = study.ask(Space((Range("lr", 0.1, 1.0),)), Watching(trials=4))
        study.tell(trial.number, "failed" if value is None else "done", value)
    study.ask(Space((Range("lr", 0.1, 1.0),)), Watching(trials=4))
    sign = 1 if direction == "minimize" else -1
    assert seen == [(0, True, sign * 0.25), (1, True, None), (2, True, sign * 0.75)]
    assert study.ask(Space((Range("lr", 0.1, 1.0),)), Watching(trials=4)) == "end"
    assert seen[3] == (3, False, None)


@pytest.mark.parametrize(("given", "name"), [(None, "here"), ("mine", "mine")])
def test_a_study_has_the_name_of_the_directory_or_another(tmp_path, given, name):
    (tmp_path / "here").mkdir()
    made = open_study(
        SweepDirectory(tmp_path / "here"),
        storage=f"sqlite:///{tmp_path / 'all.db'}",
        name=given,
        direction="minimize",
        pruner=None,
        fingerprint="a",
    )
    assert made.study.study_name == name
    assert made.sweep == "here"
    assert made.storage == f"sqlite:///{tmp_path / 'all.db'}"
    assert made.study.user_attrs["fingerprint"] == "a"


def test_importances_need_trials_that_differ(tmp_path):
    space = Space((Range("lr", 0.0, 1.0), Choice("unit", ("a", "b"))))
    made, _ = run(tmp_path / "sweep", plan(trials=12, space=space), by_lr)
    found = made.study.importances(12)
    assert found.keys() == {"lr", "unit"}
    assert found["lr"] > found["unit"]
    assert found == get_param_importances(made.study.study, evaluator=PedAnovaImportanceEvaluator())
    assert made.study.importances(13) == {}
    equal, _ = run(tmp_path / "equal", plan(trials=12, space=space), lambda *_: done(0.5))
    assert equal.study.importances(4) == {}


@pytest.mark.parametrize("line", [b"{broken\n", b'"text"\n'])
def test_damaged_journal(tmp_path, line):
    run(tmp_path / "sweep", plan(trials=2), by_lr)
    journal = tmp_path / "sweep" / "study.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:2], line, *lines[2:]]))
    with pytest.raises(UserError, match=r"study.log( is damaged in line 3)?.*") as caught:
        engine(tmp_path / "sweep", plan(trials=2))
    assert "\n" not in str(caught.value)


def test_incomplete_last_line_of_the_journal_is_removed(tmp_path):
    """A process was killed while it wrote."""
    run(tmp_path / "sweep", plan(trials=2), by_lr)
    with (tmp_path / "sweep" / "study.log").open("ab") as file:
        file.write(b'{"op_code": 4, "wor')
    made, _ = run(tmp_path / "sweep", plan(trials=4), by_lr)
    assert len(made.study.trials()) == 4


def test_lock_of_a_killed_process_is_removed(tmp_path):
    """Optuna would wait for half a minute before it takes the lock over."""
    made, _ = run(tmp_path / "sweep", plan(trials=2), by_lr)
    lock = tmp_path / "sweep" / "study.log.lock"
    lock.symlink_to(made.directory.journal)
    open_storage(made.directory, None)
    assert not lock.is_symlink()


def test_storage_that_cannot_be_opened(tmp_path):
    with pytest.raises(UserError, match="cannot open the study in nosuch://x"):
        engine(tmp_path / "sweep", plan(storage="nosuch://x"))


def test_storage_by_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'all.db'}"
    made, _ = run(tmp_path / "sweep", plan(trials=3, storage=url), by_lr)
    assert [trial.status for trial in made.study.trials()] == ["done"] * 3
    assert not (tmp_path / "sweep" / "study.log").exists()


def run_shared(path, url):
    """Run a sweep in a process of its own."""
    made, pool = run(path, plan(trials=12, storage=url, study="shared"), by_lr, workers=1)
    (path / "executed").write_text(" ".join(str(job.trial) for job in pool.executed))
    assert made.complete


def test_two_sweeps_at_once_share_the_trials_of_a_study(tmp_path):
    """Both open the new database and choose trials at the same time: n trials in total, each of them once."""
    fork = multiprocessing.get_context("fork")
    url = f"sqlite:///{tmp_path / 'all.db'}"
    sweeps = [fork.Process(target=run_shared, args=(tmp_path / name, url)) for name in ("a", "b", "c")]
    for sweep in sweeps:
        sweep.start()
    for sweep in sweeps:
        sweep.join()
    assert [sweep.exitcode for sweep in sweeps] == [0, 0, 0]
    executed = [int(number) for file in tmp_path.glob("*/executed") for number in file.read_text().split()]
    assert sorted(executed) == list(range(12))
    trials = engine(tmp_path / "a", plan(trials=12, storage=url, study="shared")).study.trials()
    assert len({trial.point["lr"] for trial in trials}) == len(trials) == 12


def test_storage_with_the_study_of_another_sweep(tmp_path):
    url = f"sqlite:///{tmp_path / 'all.db'}"
    run(tmp_path / "a", plan(trials=3, storage=url, study="shared"), by_lr)
    with pytest.raises(UserError, match=r"study 'shared' in sqlite:.* belongs to another sweep; set sweep.study"):
        engine(tmp_path / "b", plan(storage=url, study="shared", space=Space((Choice("unit", ("a", "b")),))))
