"""The Optuna study of a sweep: its trials, their states and values. Only the main process reads and writes it."""

import json
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ..config.instantiate import instantiate_as
from ..errors import UserError, reason_of
from .directory import SweepDirectory
from .locks import ALL, locked, without_password
from .space import Param, Point, Range, Space
from .strategies.base import END, PastTrial, Strategy
from .strategies.sampled import Sampled

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # tqdm warns in a notebook without ipywidgets
    import optuna
    from optuna.storages import BaseStorage
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import FrozenTrial, TrialState

Direction = Literal["minimize", "maximize"]

STATES = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "diverged": TrialState.PRUNED}
"""Status of a trial -> state for Optuna, else FAIL. Samplers learn from pruned trials that the point is bad."""


@dataclass
class Trial:
    """A trial of the study. status: running, done, pruned, diverged or failed; value: its metric, None if unknown."""

    number: int
    point: Point
    status: str
    value: float | None = None
    message: str = ""
    repeats: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)


class Study:
    """The trials of a sweep, stored by Optuna.

    sweep: name of the directory; trials of other directories in the same study belong to other processes; storage: its
    URL, None for the journal of the directory.
    """

    def __init__(self, study: optuna.Study, sweep: str, storage: str | None = None) -> None:
        self.study = study
        self.sweep = sweep
        self.storage = storage

    @property
    def sign(self) -> int:
        """1 if lower is better, else -1."""
        return 1 if self.study.direction == optuna.study.StudyDirection.MINIMIZE else -1

    def trials(self) -> list[Trial]:
        """Return all trials, by number."""
        return [as_trial(each) for each in self.study.get_trials(deepcopy=False)]

    def running(self) -> list[Trial]:
        """Return the trials of this sweep that have no result yet."""
        return [
            each for each in self.trials() if each.status == "running" and each.attributes.get("sweep") == self.sweep
        ]

    def ask(self, space: Space, strategy: Strategy) -> Trial | str:
        """Return a new trial, WAIT or END."""
        with locked(self.storage, self.study.study_name):
            return self._ask(space, strategy)

    def _ask(self, space: Space, strategy: Strategy) -> Trial | str:
        before = self.trials()
        tried = self._tried(before)
        point = strategy.next(space, tried)
        if isinstance(point, str):
            return point
        found = self._add(self._proposed(space, strategy) if isinstance(strategy, Sampled) else chosen(space, point))
        found.repeats = next(
            (each.number for each in before if each.point == found.point and each.status != "failed"), None
        )
        return found

    def is_complete(self, space: Space, strategy: Strategy) -> bool:
        """Return whether there is no further trial and none of this sweep is running."""
        return not self.running() and strategy.next(space, self._tried(self.trials())) == END

    def _tried(self, trials: Sequence[Trial]) -> list[PastTrial]:
        return [
            PastTrial(
                each.number,
                each.point,
                each.status != "running",
                None if each.value is None else self.sign * each.value,
            )
            for each in trials
        ]

    def _proposed(self, space: Space, strategy: Sampled) -> FrozenTrial:
        """Return the trial that a sampler proposes, asked in a copy of the study: a kill leaves no part of a trial."""
        copy = optuna.create_study(direction=self.study.direction, pruner=self.study.pruner)
        copy.add_trials(self.study.get_trials(deepcopy=False))
        self.study.sampler = copy.sampler = strategy.sampler_of(len(copy.get_trials(deepcopy=False)))
        number = copy.ask({param.key: param.distribution() for param in space.params}).number
        return copy.get_trials(deepcopy=False)[number]

    def _add(self, template: FrozenTrial) -> Trial:
        """Store a new trial in a single write."""
        template.set_user_attr("sweep", self.sweep)
        identity = self.study._storage.create_new_trial(self.study._study_id, template_trial=template)
        return self.trials()[self.study._storage.get_trial_number_from_id(identity)]

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Record the metric of a running trial after an epoch; return whether the trial should stop."""
        trial = self._open(number)
        if epoch not in self.study.get_trials(deepcopy=False)[number].intermediate_values and math.isfinite(value):
            trial.report(value, epoch)
        return bool(trial.should_prune())

    def tell(
        self, number: int, status: str, value: float | None = None, message: str = "", repeats: int | None = None
    ) -> None:
        """Record the end of a trial."""
        trial = self._open(number)
        trial.set_user_attr("status", status)
        for key, attribute in (("message", message), ("repeats", repeats)):
            if attribute not in ("", None):
                trial.set_user_attr(key, attribute)
        state = STATES.get(status, TrialState.FAIL)
        self.study.tell(number, value if state == TrialState.COMPLETE else None, state)

    def importances(self, minimum: int) -> dict[str, float]:
        """Return the importance of each parameter by PED-ANOVA, empty with fewer than `minimum` finished trials."""
        done = [trial for trial in self.study.get_trials(deepcopy=False) if trial.state == TrialState.COMPLETE]
        if len(done) < minimum or len({trial.value for trial in done}) < 2:
            return {}
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return dict(optuna.importance.get_param_importances(self.study, evaluator=evaluator))
            except (ValueError, RuntimeError):  # too few trials that differ
                return {}

    def _open(self, number: int) -> optuna.Trial:
        identity = self.study._storage.get_trial_id_from_study_id_trial_number(self.study._study_id, number)
        return optuna.Trial(self.study, identity)


def as_trial(frozen: FrozenTrial) -> Trial:
    """Return a trial of Optuna as ours."""
    ended = frozen.state.is_finished()
    return Trial(
        number=frozen.number,
        point=dict(frozen.params),
        status=str(frozen.user_attrs.get("status", "failed")) if ended else "running",
        value=frozen.value if frozen.state == TrialState.COMPLETE else None,
        message=str(frozen.user_attrs.get("message", "")),
        repeats=frozen.user_attrs.get("repeats"),
        attributes=dict(frozen.user_attrs),
    )


def chosen(space: Space, point: Point) -> FrozenTrial:
    """Return a trial with the parameters that a strategy has chosen."""
    distributions = {param.key: containing(param, point).distribution() for param in space.params}
    return optuna.trial.create_trial(state=TrialState.RUNNING, params=point, distributions=distributions)


def containing(param: Param, point: Point) -> Param:
    """Return a parameter whose range contains the value of a point: a strategy may leave the range of the sweep."""
    if not isinstance(param, Range):
        return param
    value = float(point[param.key])
    if param.low <= value <= param.high:
        return param
    kind = int if param.integer else float
    return replace(param, low=kind(min(param.low, value)), high=kind(max(param.high, value)), step=None)


def open_study(
    directory: SweepDirectory,
    *,
    storage: str | None,
    name: str | None,
    direction: Direction,
    pruner: Any,
    fingerprint: str,
) -> Study:
    """Return the study of a sweep, created if it does not exist.

    Raises UserError for a storage that cannot be used, a damaged journal, and the study of another sweep.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    where = without_password(storage) if storage else directory.journal
    name = name or directory.path.name
    made_pruner = instantiate_as(pruner, optuna.pruners.BasePruner) if pruner else optuna.pruners.NopPruner()
    with storage_errors(where), locked(storage, ALL):
        study = optuna.create_study(
            storage=open_storage(directory, storage),
            study_name=name,
            direction=direction,
            pruner=made_pruner,
            load_if_exists=True,
        )
        known = study.user_attrs.get("fingerprint")
        if known is None:
            study.set_user_attr("fingerprint", fingerprint)
        trials = study.get_trials(deepcopy=False)
    if known not in (None, fingerprint) or (known is None and trials):
        raise UserError(f"study '{name}' in {where} belongs to another sweep; set sweep.study to a new name")
    return Study(study, directory.path.name, storage)


def check_storage(storage: str | None) -> None:
    """Raise UserError if a database server cannot be reached, before anything is trained."""
    if storage is not None:
        with storage_errors(without_password(storage)), locked(storage, ALL):
            pass


@contextmanager
def storage_errors(where: object) -> Iterator[None]:
    """Raise UserError for an error of a storage, also one without its driver. where: its URL without the password."""
    try:
        yield
    except UserError:
        raise
    except ImportError as error:
        install = "'nnzoo[postgresql]'" if error.name in ("psycopg", "psycopg2") else error.name
        raise UserError(f"cannot open the study in {where}: it needs {error.name}: pip install {install}") from error
    except Exception as error:  # of the database driver, whatever it is
        raise UserError(f"cannot open the study in {where}: {type(error).__name__}: {reason_of(error)}") from error


def open_storage(directory: SweepDirectory, url: str | None) -> BaseStorage:
    """Return the storage of a URL, or the journal file of a sweep. Raises UserError for a damaged journal."""
    if url is not None:
        return optuna.storages.get_storage(url)
    repair_end(directory.journal)
    # left behind by a process that was killed; the sweep is locked, so no other process writes
    for leftover in directory.path.glob(f"{directory.journal.name}.lock*"):
        leftover.unlink(missing_ok=True)
    try:
        return optuna.storages.JournalStorage(JournalFileBackend(str(directory.journal)))
    except (ValueError, KeyError) as error:
        line = damaged_line(directory.journal)
        raise UserError(
            f"{directory.journal} is damaged{f' in line {line}' if line else ''}: {reason_of(error)}; remove the "
            "line, or start a new sweep with sweep.resume=false"
        ) from error


def repair_end(journal: Path) -> None:
    """Remove an incomplete last line, which a process leaves that is killed while writing."""
    if not journal.is_file():
        return
    with journal.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)


def damaged_line(journal: Path) -> int | None:
    """Return the number of the first line that is not JSON, None if there is none."""
    for number, line in enumerate(journal.read_bytes().splitlines(), start=1):
        try:
            json.loads(line)
        except ValueError:
            return number
    return None
