"""The files of a sweep. All names of columns and keys that the report knows are here."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import UserError
from ..runs.directory import RunDirectory

TABLE, BEST, SETTINGS = "sweep.csv", "best.yaml", "sweep.yaml"
TRIAL, STATUS, COUNT = "trial", "status", "n"  # columns: number of the trial, its status, number of seeds
DESCRIPTIONS = (
    "message",
    "error",
    "seconds",
    "epochs",
    "directory",
    "run",
)  # columns that are neither settings nor metrics
MESSAGES = ("message", "error")
SPREAD = "_sd"  # end of the name of a column with the standard deviation of another over seeds
SPLITS = ("train", "val", "test")  # beginnings of the names of metrics, such as val/best/acc
DONE = "done"

Row = dict[str, str]


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: path, columns and rows of its table, contents of best.yaml, and run directories by trial."""

    path: Path
    columns: list[str]
    rows: list[Row]
    best: dict[str, Any]
    runs: dict[str, list[RunDirectory]]

    @property
    def metrics(self) -> list[str]:
        """The columns of metrics, without their standard deviations."""
        return [name for name in self.columns if is_metric(name) and not name.endswith(SPREAD)]

    @property
    def swept(self) -> list[str]:
        """The columns of swept settings."""
        known = (TRIAL, STATUS, COUNT, *DESCRIPTIONS)
        return [name for name in self.columns if name not in known and not is_metric(name)]

    @property
    def objective(self) -> str | None:
        """The column by which the best trial was chosen; None if the table has none."""
        metric = str(self.best.get("metric", ""))
        split, _, name = metric.partition("/")
        return next((each for each in (metric, f"{split}/best/{name}") if each in self.metrics), None)

    @property
    def best_trial(self) -> str:
        """The number of the best trial."""
        return str(self.best.get("trial", ""))

    @property
    def best_row(self) -> Row:
        """The row of the best trial, empty if the table has none."""
        return next((row for row in self.rows if row[TRIAL] == self.best_trial), {})

    @property
    def maximize(self) -> bool:
        """Whether higher is better: the best trial has the highest value of all that are done, not the lowest."""
        values = [value for row in self.rows if row.get(STATUS) == DONE and (value := self.value(row)) is not None]
        best = self.value(self.best_row)
        return best is None or not values or best >= max(values)

    def value(self, row: Row) -> float | None:
        """Return the objective of a trial, None if it has no finite value."""
        return number(row.get(self.objective or "", ""))

    def ranked(self) -> list[Row]:
        """Return the rows from the best to the worst: those that are done, then the others."""
        sign = -1 if self.maximize else 1

        def rank(row: Row) -> tuple[bool, bool, float]:
            value = self.value(row)
            return row.get(STATUS) != DONE, value is None, sign * (value or 0.0)

        return sorted(self.rows, key=rank)


def read_sweep(path: Path) -> Sweep:
    """Read the directory of a sweep. Raises UserError if a file is missing or damaged."""
    missing = [name for name in (TABLE, BEST) if not (path / name).is_file()]
    if missing:
        raise UserError(f"{path} has no {' and no '.join(missing)}; nnzoo train -m writes both at the end of a sweep")
    try:
        with (path / TABLE).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval="", restkey="")
            columns = [name for name in reader.fieldnames or () if name]
            rows = [{key: value for key, value in row.items() if key} for row in reader]
        best = yaml.safe_load((path / BEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, csv.Error, yaml.YAMLError) as error:
        raise UserError(f"the files of the sweep {path} cannot be read: {str(error).splitlines()[0]}") from error
    if TRIAL not in columns:
        raise UserError(f"{path / TABLE} has no column '{TRIAL}'")
    if not isinstance(best, dict):
        raise UserError(f"{path / BEST} does not hold keys and values")
    return Sweep(path, columns, rows, best, runs_by_trial(path))


def is_metric(column: str) -> bool:
    """Return whether a column holds a metric of a split."""
    return column.partition("/")[0] in SPLITS and "/" in column


def runs_by_trial(sweep: Path) -> dict[str, list[RunDirectory]]:
    """Return the run directories of each trial, one for each seed; their names begin with the number of the trial."""
    found: dict[str, list[RunDirectory]] = {}
    for path in sorted(sweep.iterdir()):
        number = path.name.partition("-")[0]
        if path.is_dir() and number.isdigit():
            found.setdefault(number, []).append(RunDirectory(path))
    return found


def number(text: str) -> float | None:
    """Return a finite number, None for other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
