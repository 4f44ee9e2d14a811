"""Execute the runs of a sweep, in a worker process or in the main process."""

import time
import traceback
from collections.abc import Callable
from typing import Any

from ..builders.data import build_data
from ..builders.epochs import with_epochs
from ..builders.tasks import build_task
from ..config.composer import Composer
from ..config.hydra_configs import parse_overrides
from ..config.plain_configs import PlainConfigs
from ..errors import UserError
from ..runs.atomic import write
from ..runs.checkpoint import Checkpoint
from ..runs.containment import check_links
from ..runs.directory import RunDirectory
from ..runs.lock import ActiveRun, locked
from ..runs.signals import Interrupted
from ..training.changed_data import DataChanged
from ..training.comparison import Comparison, metric_modes
from ..training.isolation import isolated, seed
from ..training.plan import Plan
from ..training.run import run
from .job import SAME_DATA, Description, Job, Outcome, Setup
from .space import Point

Report = Callable[[int, float], bool]
"""Takes the epoch and the value of the metric; returns whether to stop the run."""


class Executor:
    """Executes jobs that share a setup, one after another."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.configs = PlainConfigs(Composer(setup.overrides, setup.own_configs))

    def execute(self, job: Job, report: Report) -> Outcome:
        """Train, evaluate and return the outcome. An exception is written to the log of the run and makes it fail."""
        start = time.perf_counter()
        directory = RunDirectory(job.directory)
        try:
            config = self.config_of(job)
            if job.resume:
                check_links(directory.path)
            with locked(directory):
                last = Checkpoint.read(directory.checkpoint("last")) if job.resume else None
                result = run(
                    config,
                    [*self.setup.overrides, *job.overrides],
                    directory=None if job.resume else directory,
                    resume=directory if job.resume else None,
                    comparison=Comparison(job.metric, report if job.prune else None),
                    source=self.setup.source,
                    given=self.setup.given.copies(),
                    trained_on=last.trained_on if last else None,
                    fitted=last.transforms if last else None,
                )
        except Interrupted as error:
            message = error.result.message if error.result else f"stopped by {error}"
            return Outcome("interrupted", message, signal=error.number)
        except ActiveRun as error:  # nothing is written into the directory of another process
            return Outcome("failed", str(error), seconds=time.perf_counter() - start)
        except DataChanged as error:
            return failed(job, DataChanged(f"{error}; {SAME_DATA}"), time.perf_counter() - start)
        except Exception as error:
            return failed(job, error, time.perf_counter() - start)
        return Outcome(result.status, result.message, result.metrics, time.perf_counter() - start)

    def config_of(self, job: Job) -> dict[str, Any]:
        """Return the config of a job, with its place in the sweep."""
        return self.config(job.overrides) | {"trial": {"number": job.trial, "params": plain_values(job.point)}}

    def describe(self, overrides: tuple[str, ...]) -> Description:
        """Return what a run measures. Raises UserError if its config does not work."""
        config = self.config(overrides)
        with isolated(run=True):
            seed(config["seed"])
            data = build_data(config, self.setup.source)
            config = with_epochs(config, data)
            sizes = {name: len(split) for name, split in data.splits.items()}
            given = self.setup.given.copies()
            plan = Plan(config, data, build_task(config, data, given), given)
            return Description(metric_modes(plan), sizes, data.digest)

    def config(self, overrides: tuple[str, ...]) -> dict[str, Any]:
        """Return the config of a run as plain data."""
        return self.configs.config(overrides)


def failed(job: Job, error: Exception, seconds: float) -> Outcome:
    """Write the failure of a job into its directory while its exception is handled, and return the outcome."""
    message = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    message = " ".join(message.split())
    record_failure(RunDirectory(job.directory), list(job.overrides), message, traceback.format_exc())
    return Outcome("failed", message, seconds=seconds)


def record_failure(directory: RunDirectory, overrides: list[str], message: str, text: str) -> None:
    """Write status, overrides and traceback of a failed run, as far as the directory can be written."""
    try:
        if not (directory.path / "overrides.yaml").is_file():
            directory.write_overrides(overrides)
        if not directory.log_file.is_file():
            write(directory.log_file, text)
        directory.set_status("failed", message)
    except OSError:
        return


def plain_values(point: Point) -> dict[str, Any]:
    """Return a point with plain values for the config of a run: lists and mappings stay texts."""
    values = values_of(point)
    return {
        key: value if isinstance(value, bool | int | float | str) else str(point.get(key, point.get(f"+{key}")))
        for key, value in values.items()
    }


def values_of(point: Point) -> dict[str, Any]:
    """Return a point with the values that its texts stand for."""
    return {
        key.lstrip("+"): parse_overrides([f"key={value}"])[0].value() if isinstance(value, str) else value
        for key, value in point.items()
    }
