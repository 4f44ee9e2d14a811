"""Plans without Hydra, and a pool whose jobs end as a function says."""

import random
from pathlib import Path

from nnzoo.config.schema import Sweep
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.engine import Engine
from nnzoo.sweeps.job import Description, Outcome, Setup
from nnzoo.sweeps.plan import SweepPlan
from nnzoo.sweeps.pools import Pool
from nnzoo.sweeps.space import Range, Space
from nnzoo.sweeps.strategies.random import Random
from nnzoo.sweeps.study import open_study

LR = Range("lr", 1e-4, 1e-1, log=True)


class Killed(BaseException):
    """The process ends."""


class ScriptedPool(Pool):
    """Ends jobs in random order with the outcome of a function; creates the files of a run."""

    def __init__(self, outcome_of, on_report, *, workers=4, seed=0):
        super().__init__(Setup((), None), on_report)
        self.outcome_of = outcome_of
        self.workers = workers
        self.jobs = []
        self.executed = []
        self.random = random.Random(seed)

    def describe(self, overrides):
        return Description({"val/acc": "max"}, {"val": 10})

    @property
    def free(self):
        return self.workers - len(self.jobs)

    @property
    def active(self):
        return len(self.jobs)

    def submit(self, job):
        RunDirectory(job.directory).set_status("running")
        self.jobs.append(job)

    def ended(self):
        job = self.jobs.pop(self.random.randrange(len(self.jobs)))
        outcome = self.outcome_of(job, lambda epoch, value: self.on_report(job, epoch, value))
        self.executed.append(job)
        directory = RunDirectory(job.directory)
        directory.set_status(outcome.status, outcome.message)
        directory.write_results(outcome.metrics)
        yield job, outcome

    def stop(self):
        self.jobs.clear()

    def close(self):
        pass


def done(value):
    return Outcome("done", metrics={"val/best": {"acc": value, "loss": 1 - value}, "test/best": {"acc": value}})


def plan(*, trials=8, replicates=((),), strategy=None, space=None, **settings):
    return SweepPlan(
        overrides=("model=mlp",),
        space=space or Space((LR,)),
        replicates=replicates,
        settings=Sweep(strategy={"_target_": "nnzoo.sweeps.strategies.random.Random", "seed": 0}, **settings),
        strategy=strategy or Random(trials=trials),
        output_dir="outputs",
    )


def engine(path: Path, sweep_plan, on_ended=lambda _: None):
    """Return the engine of a sweep in a directory, with its study, which exists already if the sweep continues."""
    directory = SweepDirectory(path)
    path.mkdir(exist_ok=True)
    study = open_study(
        directory,
        storage=sweep_plan.settings.storage,
        name=sweep_plan.settings.study,
        direction="maximize",
        pruner=sweep_plan.settings.pruner,
        fingerprint=sweep_plan.fingerprint(),
    )
    return Engine(sweep_plan, directory, study, "val/acc", on_ended=on_ended)


def run(path, sweep_plan, outcome_of, **pool_settings):
    """Run a sweep to its end; return the engine and the pool."""
    made = engine(path, sweep_plan)
    pool = ScriptedPool(outcome_of, made.report, **pool_settings)
    made.run(pool, lambda: None)
    return made, pool
