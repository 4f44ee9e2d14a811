"""The loop of a sweep with jobs that end as a function says: numbers of trials, states, continuation, pruning."""

import random
from collections import Counter

import pytest
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.engine import label_of, run_name
from nnzoo.sweeps.job import Outcome
from nnzoo.sweeps.results import collect, write_tables
from nnzoo.sweeps.space import Choice, Space
from nnzoo.sweeps.strategies.grid import Grid
from nnzoo.sweeps.strategies.random import Random
from nnzoo.sweeps.strategies.sampled import Sampled
from nnzoo.sweeps.study import Trial
from nnzoo.sweeps.summary import table
from optuna.samplers import TPESampler
from optuna.storages.journal import JournalFileBackend

from tests.sweeps.fakes import Killed, ScriptedPool, done, engine, plan, run

SEEDS = ((("seed", 0),), (("seed", 1),), (("seed", 2),))


def by_lr(job, report):
    return done(job.point["lr"])


def test_every_trial_runs_once(tmp_path):
    made, pool = run(tmp_path / "sweep", plan(trials=20), by_lr)
    assert made.complete
    assert sorted(job.trial for job in pool.executed) == list(range(20))
    assert [trial.number for trial in made.study.trials()] == list(range(20))
    for trial in made.study.trials():
        assert (trial.status, trial.value) == ("done", trial.point["lr"])


def test_each_run_that_ends_is_told_with_its_outcome(tmp_path):
    told = []
    made = engine(tmp_path / "sweep", plan(trials=3, replicates=SEEDS), told.append)
    assert not made.complete
    made.run(ScriptedPool(by_lr, made.report), lambda: None)
    assert made.complete
    assert sorted((each.trial.number, each.replicate) for each in told) == [
        (k, seed) for k in range(3) for seed in SEEDS
    ]
    assert all(each.outcome == done(each.trial.point["lr"]) for each in told)


def test_a_sweep_whose_last_trials_run_is_not_complete(tmp_path):
    made = engine(tmp_path / "sweep", plan(trials=2))
    jobs = [made.next_job(new=True) for _ in range(3)]
    assert [job and job.trial for job in jobs] == [0, 1, None]
    assert not made.study.is_complete(made.plan.space, made.plan.strategy)
    for trial in made.study.trials():
        made.study.tell(trial.number, "done", 0.5)
    assert made.study.is_complete(made.plan.space, made.plan.strategy) is True


class DeadWorkers(ScriptedPool):
    """The process of a job dies, and leaves the status `running`."""

    def ended(self):
        yield self.jobs.pop(), Outcome("failed", "the worker died")


def test_the_run_of_a_dead_worker_has_failed(tmp_path):
    made = engine(tmp_path / "sweep", plan(trials=1))
    made.run(DeadWorkers(None, made.report), lambda: None)
    (attempt,) = made.directory.attempts(run_name(made.study.trials()[0], ()))
    assert (attempt.status(), attempt.message()) == ("failed", "the worker died")


def test_crashes_are_counted_and_cost_their_trial_alone(tmp_path):
    """10 % exceptions, 5 % divergence, 5 % dead workers among 200 trials: none is lost, none runs twice."""
    chance = random.Random(0)
    expected = Counter()

    def outcome(job, report):
        status = chance.choices(["done", "failed", "diverged", "killed"], [80, 10, 5, 5])[0]
        expected["failed" if status == "killed" else status] += 1
        if status == "done":
            return done(job.point["lr"])
        return Outcome("failed" if status == "killed" else status, status)

    made, pool = run(tmp_path / "sweep", plan(trials=200, max_failures=None), outcome)
    assert Counter(trial.status for trial in made.study.trials()) == expected
    assert sorted(job.trial for job in pool.executed) == list(range(200))
    assert made.failures == expected["failed"] > 0


def test_too_many_failures_stop_the_sweep(tmp_path):
    made, pool = run(tmp_path / "sweep", plan(trials=50, max_failures=3), lambda *_: Outcome("failed", "no"), workers=1)
    assert len(pool.executed) == 3
    assert made.message == "stopped after 3 failed trials (sweep.max_failures)"
    assert not made.complete


@pytest.mark.parametrize("finished", [0, 1, 7, 19])
def test_continues_after_a_kill(tmp_path, finished):
    """Exactly n trials in all, no directory is used twice, and finished runs are not repeated."""
    ended = []

    def outcome(job, report):
        if len(ended) == finished:
            raise Killed
        ended.append(job.trial)
        return done(job.point["lr"])

    first = engine(tmp_path / "sweep", plan(trials=20))
    with pytest.raises(Killed):
        first.run(ScriptedPool(outcome, first.report), lambda: None)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "sweep").glob("*/results.json")}
    made, pool = run(tmp_path / "sweep", plan(trials=20), by_lr)
    assert [trial.status for trial in made.study.trials()] == ["done"] * 20
    assert sorted([*ended, *(job.trial for job in pool.executed)]) == list(range(20))
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    whole, _ = run(tmp_path / "whole", plan(trials=20), by_lr, workers=1)
    assert [trial.point for trial in made.study.trials()] == [trial.point for trial in whole.study.trials()]


def test_sweep_with_more_trials_continues(tmp_path):
    """The names of run directories do not depend on the number of trials."""
    run(tmp_path / "sweep", plan(trials=3), by_lr)
    made, pool = run(tmp_path / "sweep", plan(trials=12), by_lr)
    assert sorted(job.trial for job in pool.executed) == list(range(3, 12))
    results = collect(made.plan, made.directory, made.study, metric="val/acc", mode="max", examples=10)
    assert all(len(row.runs) == 1 for row in results.trials)


def test_run_that_ended_before_its_trial_was_told(tmp_path):
    """A kill between the end of a run and the record of its trial."""
    first = engine(tmp_path / "sweep", plan(trials=3))
    told = first.study.tell
    first.study.tell = lambda *_: (_ for _ in ()).throw(Killed)
    with pytest.raises(Killed):
        first.run(ScriptedPool(by_lr, first.report, workers=1), lambda: None)
    assert told is not first.study.tell
    made, pool = run(tmp_path / "sweep", plan(trials=3), by_lr)
    assert sorted(job.trial for job in pool.executed) == [1, 2]
    assert made.study.trials()[0].value == made.study.trials()[0].point["lr"]


def test_interrupted_run_is_resumed_in_its_directory(tmp_path):
    first = engine(tmp_path / "sweep", plan(trials=1))

    def killed(job, report):
        checkpoint = RunDirectory(job.directory).checkpoint("last")
        checkpoint.parent.mkdir()
        checkpoint.touch()
        raise Killed

    with pytest.raises(Killed):
        first.run(ScriptedPool(killed, first.report), lambda: None)
    _, pool = run(tmp_path / "sweep", plan(trials=1), by_lr)
    (job,) = pool.executed
    assert job.resume
    assert [path.name for path in (tmp_path / "sweep").glob("0-*")] == [job.directory.name]


def test_run_without_a_checkpoint_starts_again_in_a_new_directory(tmp_path):
    first = engine(tmp_path / "sweep", plan(trials=1))

    def killed(job, report):
        raise Killed

    with pytest.raises(Killed):
        first.run(ScriptedPool(killed, first.report), lambda: None)
    _, pool = run(tmp_path / "sweep", plan(trials=1), by_lr)
    (job,) = pool.executed
    assert not job.resume
    assert job.directory.name.endswith("-2")
    old = job.directory.with_name(job.directory.name.removesuffix("-2"))
    assert RunDirectory(old).status() == "interrupted"


def test_value_of_a_trial_is_the_mean_over_its_seeds(tmp_path):
    values = {0: 0.5, 1: 0.7, 2: 0.9}
    made, pool = run(
        tmp_path / "sweep", plan(trials=2, replicates=SEEDS), lambda job, _: done(values[int(job.overrides[-1][-1])])
    )
    assert [trial.value for trial in made.study.trials()] == [pytest.approx(0.7)] * 2
    assert len({job.directory for job in pool.executed}) == 6


def test_one_failed_seed_makes_the_trial_fail(tmp_path):
    made, _ = run(
        tmp_path / "sweep",
        plan(trials=1, replicates=SEEDS),
        lambda job, _: Outcome("failed", "no memory") if job.overrides[-1] == "seed=1" else done(0.5),
    )
    (trial,) = made.study.trials()
    assert (trial.status, trial.value, trial.message) == ("failed", None, "no memory")


def test_undefined_metric_fails(tmp_path):
    made, _ = run(tmp_path / "sweep", plan(trials=1), lambda *_: done(float("nan")))
    assert made.study.trials()[0].message == "val/acc is not a finite number"


MEDIAN = {
    "_target_": "optuna.pruners.MedianPruner",
    "n_startup_trials": 1,
    "n_warmup_steps": 0,
    "interval_steps": 1,
    "n_min_trials": 1,
}


def test_poor_trials_are_pruned_and_their_other_seeds_do_not_run(tmp_path):
    epochs = Counter()

    def train(job, report):
        for epoch in range(1, 6):
            epochs[job.trial] = epoch
            if job.prune and report(epoch, 0.9 if job.trial == 0 else 0.1):
                return Outcome("pruned", f"pruned after {epoch} epoch")
        return done(0.9 if job.trial == 0 else 0.1)

    made, pool = run(tmp_path / "sweep", plan(trials=4, replicates=SEEDS, pruner=MEDIAN), train, workers=1)
    assert [trial.status for trial in made.study.trials()] == ["done", "pruned", "pruned", "pruned"]
    assert epochs == {0: 5, 1: 1, 2: 1, 3: 1}
    assert Counter(job.trial for job in pool.executed) == {0: 3, 1: 1, 2: 1, 3: 1}
    assert {job.trial for job in pool.executed if job.prune} == {0, 1, 2, 3}
    assert [job.prune for job in pool.executed if job.trial == 0] == [True, False, False]


def test_resumed_trial_reports_each_epoch_once(tmp_path):
    made = engine(tmp_path / "sweep", plan(trials=1, pruner=MEDIAN))
    trial = made.study.ask(made.plan.space, made.plan.strategy)
    for value in (0.1, 0.5):  # the second is a repetition after a resume
        assert not made.study.report(trial.number, 1, value)
    assert made.study.study.trials[0].intermediate_values == {1: 0.1}


def sampled(trials):
    return Sampled(sampler=lambda seed: TPESampler(seed=seed, n_startup_trials=3), trials=trials)


def test_repeated_point_is_reused(tmp_path):
    """A sampler proposes a discrete point again; it counts as a trial, but is not trained."""
    space = Space((Choice("unit", ("relu", "tanh")),))
    made, pool = run(
        tmp_path / "sweep",
        plan(strategy=sampled(10), space=space),
        lambda job, _: done(0.9 if job.point["unit"] == "relu" else 0.1),
        workers=1,
    )
    assert len(pool.executed) == 2
    trials = made.study.trials()
    assert len(trials) == 10
    assert {trial.point["unit"]: trial.value for trial in trials} == {"relu": 0.9, "tanh": 0.1}
    assert sum(trial.repeats is not None for trial in trials) == 8


def test_sampler_finds_the_optimum(tmp_path):
    made, _ = run(
        tmp_path / "sweep", plan(strategy=sampled(40)), lambda job, _: done(1 - abs(job.point["lr"] - 0.01)), workers=2
    )
    best = max(made.study.trials(), key=lambda trial: trial.value)
    assert abs(best.point["lr"] - 0.01) < 0.003


def test_sampler_proposes_the_same_points_after_a_kill(tmp_path):
    whole, _ = run(tmp_path / "whole", plan(strategy=sampled(8)), by_lr, workers=1)
    first = engine(tmp_path / "sweep", plan(strategy=sampled(8)))
    stops = iter([None, None, None, 15])
    assert first.run(ScriptedPool(by_lr, first.report, workers=1), lambda: next(stops, 15)) == 15
    made, _ = run(tmp_path / "sweep", plan(strategy=sampled(8)), by_lr, workers=1)
    assert [trial.point for trial in made.study.trials()] == [trial.point for trial in whole.study.trials()]


@pytest.mark.parametrize("strategy", [sampled(4), Random(trials=4)])
@pytest.mark.parametrize("written", range(7))
def test_kill_between_two_writes_of_the_study(tmp_path, strategy, written, monkeypatch):
    """Wherever the process ends, no trial is lost, and all have their parameters."""
    sweep = plan(strategy=strategy)
    first = engine(tmp_path / "sweep", sweep)
    append, writes = JournalFileBackend.append_logs, []

    def append_or_end(backend, logs):
        if len(writes) == written:
            raise Killed
        writes.append(logs)
        append(backend, logs)

    monkeypatch.setattr(JournalFileBackend, "append_logs", append_or_end)
    with pytest.raises(Killed):
        first.run(ScriptedPool(by_lr, first.report, workers=2), lambda: None)
    monkeypatch.undo()
    made, _ = run(tmp_path / "sweep", sweep, by_lr)
    assert made.complete
    assert [trial.status for trial in made.study.trials()] == ["done"] * 4
    assert all(trial.value == trial.point["lr"] for trial in made.study.trials())


def test_failure_before_a_kill_keeps_its_message(tmp_path):
    first = engine(tmp_path / "sweep", plan(trials=1))
    first.study.tell = lambda *_: (_ for _ in ()).throw(Killed)
    with pytest.raises(Killed):
        first.run(ScriptedPool(lambda *_: Outcome("failed", "no memory"), first.report), lambda: None)
    made, _ = run(tmp_path / "sweep", plan(trials=1), by_lr)
    assert made.study.trials()[0].message == "no memory"


def test_timeout(tmp_path):
    made, pool = run(tmp_path / "sweep", plan(trials=5, timeout=0.0), by_lr)
    assert pool.executed == []
    assert made.message == "no further trial was started after sweep.timeout=0 seconds"


def test_tables_have_a_row_per_trial_and_per_run(tmp_path):
    space = Space((Choice("optimizer.lr", ("0.1", "0.2")), Choice("model", ("mlp", "linear"))))
    sweep = plan(strategy=Grid(), space=space, replicates=SEEDS)

    def outcome(job, report):
        if job.trial == 3:
            return Outcome("failed", "no, or\n'yes'")
        return done(0.5 + 0.1 * job.trial + 0.01 * int(job.overrides[-1][-1]))

    made, _ = run(tmp_path / "sweep", sweep, outcome)
    results = collect(sweep, made.directory, made.study, metric="val/acc", mode="max", examples=10)
    assert [row.number for row in results.ranked()] == [2, 1, 0, 3]
    write_tables(results, made.directory)
    import pandas as pd

    table = pd.read_csv(made.directory.table)
    assert table["trial"].tolist() == [2, 1, 0, 3]
    assert table["val/best/acc"].tolist()[:3] == pytest.approx([0.71, 0.61, 0.51])
    assert table["val/best/acc_sd"].tolist()[:3] == pytest.approx([0.01] * 3)
    assert table["n"].tolist() == [3, 3, 3, 0]
    runs = pd.read_csv(made.directory.runs_table)
    assert len(runs) == 12
    assert runs.loc[runs.trial == 1, "val/best/acc"].tolist() == pytest.approx([0.60, 0.61, 0.62])
    assert runs["seed"].tolist() == [0, 1, 2] * 4


def test_equal_trials_are_ranked_by_their_loss(tmp_path):
    """Few validation examples give equal accuracies."""

    def outcome(job, report):
        return Outcome("done", metrics={"val/best": {"acc": 0.5, "loss": 1 - job.point["lr"]}})

    made, _ = run(tmp_path / "sweep", plan(trials=5), outcome)
    results = collect(made.plan, made.directory, made.study, metric="val/acc", mode="max", examples=10)
    rates = [row.point["lr"] for row in results.ranked()]
    assert rates == sorted(rates, reverse=True)


def test_labels_keep_minus_signs():
    point = {"optimizer.lr": 1e-05, "model.init": "xavier-normal", "data.low": -2}
    assert label_of(point) == "lr=1e-05 init=xavier-normal low=-2"
    assert label_of({"a.lr": 1, "b.lr": 2}, "-") == "a.lr=1-b.lr=2"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (12, "12"), ("[16]", "16"), ("[64,32]", "64,32"), ("[[1,2]]", "[[1,2]]"), ("'a b'", "a b")],
)
def test_labels_have_four_digits_and_lists_without_brackets(value, text):
    assert label_of({"+model.x": value}) == f"x={text}"


def test_name_of_a_run():
    point = {"optimizer.lr": 0.1, "+model.hidden": "[64,32]"}
    assert run_name(Trial(7, point, "running"), (("seed", 1), ("fold", 0))) == "7-lr=0.1-hidden=64,32-seed=1-fold=0"
    assert run_name(Trial(7, {}, "running"), ()) == "7"
    assert run_name(Trial(7, {"a": "x" * 80}, "running"), ()) == f"7-a={'x' * 58}"


def test_table_has_the_split_that_decides_first_and_last_weights_where_there_are_no_best_ones(tmp_path):
    def outcome(job, report):
        which = "best" if job.trial == 0 else "last"
        return Outcome("done", metrics={f"test/{which}": {"acc": 0.5}, f"train/{which}": {"acc": 0.25 + job.trial / 2}})

    made = engine(tmp_path / "sweep", plan(trials=2))
    made.metric = "train/acc"
    made.run(ScriptedPool(outcome, made.report, workers=1), lambda: None)
    results = collect(made.plan, made.directory, made.study, metric="train/acc", mode="max", examples=10)
    head, *rows = [line.split() for line in table(results, 10, "+/-").splitlines()]
    assert head == ["trial", "lr", "train/acc", "test/acc", "status"]
    assert [row[2:4] for row in rows] == [["0.75", "0.5"], ["0.25", "0.5"]]
