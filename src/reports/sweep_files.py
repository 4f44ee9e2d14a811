"""The files of a sweep. All columns and keys that the report knows are here."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import UserError
from ..runs.directory import RunDirectory
from ..sweeps.directory import SweepDirectory

TRIAL, STATUS, COUNT = "trial", "status", "n"  # columns: number of the trial, its status, number of its runs
NOT_SWEPT = (TRIAL, STATUS, COUNT, "message", "runs")  # columns that are neither settings nor metrics
SPREAD = "_sd"  # end of the name of a column with the standard deviation of another over runs
SPLITS = ("train", "val", "test")  # beginnings of the names of metrics, such as val/acc and val/best/acc
DONE, PRUNED = "done", "pruned"
LOWER = "min"  # mode of a metric of which lower is better

Row = dict[str, str]


@dataclass(frozen=True)
class Sweep:
    """A sweep: columns and rows of its table, contents of best.yaml and sweep.yaml, and run directories by trial."""

    directory: SweepDirectory
    columns: list[str]
    rows: list[Row]
    best: dict[str, Any]
    record: dict[str, Any]
    runs: dict[str, list[RunDirectory]]

    @property
    def objective(self) -> str:
        """The metric by which trials are compared, such as val/acc."""
        return str(self.best.get("metric", ""))

    @property
    def checkpoint(self) -> str:
        """The weights that are compared: best, or last if there are no best ones."""
        return "best" if any(name.split("/")[1:2] == ["best"] for name in self.metrics) else "last"

    @property
    def metrics(self) -> list[str]:
        """The columns of metrics, without their standard deviations."""
        return [name for name in self.columns if is_metric(name) and not name.endswith(SPREAD)]

    @property
    def swept(self) -> list[str]:
        """The columns of swept settings."""
        return [name for name in self.columns if name not in NOT_SWEPT and not is_metric(name)]

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
        """Whether higher is better; without a record, whether the best trial has the highest value of all."""
        if "mode" in self.record:
            return self.record["mode"] != LOWER
        values = [value for row in self.rows if row.get(STATUS) == DONE and (value := self.value(row)) is not None]
        best = self.value(self.best_row)
        return best is None or not values or best >= max(values)

    def value(self, row: Row) -> float | None:
        """Return the objective of a trial, None if it has no finite value."""
        return number(row.get(self.objective, ""))

    def spread(self, row: Row, column: str) -> float | None:
        """Return the standard deviation of a metric over the runs of a trial, None if there are not several."""
        split, _, metric = column.partition("/")
        full = f"{split}/{self.checkpoint}/{metric}" if column == self.objective else column
        return number(row.get(f"{full}{SPREAD}", ""))

    def ranked(self) -> list[Row]:
        """Return the rows from the best to the worst, ties in the order of the table; those not done come last."""
        sign = -1 if self.maximize else 1

        def rank(row: Row) -> tuple[bool, bool, float]:
            value = self.value(row)
            return row.get(STATUS) != DONE, value is None, sign * (value or 0.0)

        return sorted(self.rows, key=rank)


def read_sweep(path: Path) -> Sweep:
    """Read the directory of a sweep. Raises UserError if a file is missing or damaged."""
    directory = SweepDirectory(path)
    missing = [file.name for file in (directory.table, directory.best_file) if not file.is_file()]
    if missing:
        raise UserError(
            f"{path} has no {' and no '.join(missing)}; a sweep writes sweep.csv when it ends or is interrupted, and "
            "best.yaml if a trial has a result"
        )
    try:
        with directory.table.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval="", restkey="")
            columns = [name for name in reader.fieldnames or () if name]
            rows = [{key: value for key, value in row.items() if key} for row in reader]
        best = yaml.safe_load(directory.best_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, csv.Error, yaml.YAMLError) as error:
        raise UserError(f"the files of the sweep {path} cannot be read: {str(error).splitlines()[0]}") from error
    if TRIAL not in columns:
        raise UserError(f"{directory.table} has no column '{TRIAL}'")
    if not isinstance(best, dict):
        raise UserError(f"{directory.best_file} does not hold keys and values")
    record = directory.record() if directory.record_file.is_file() else {}
    return Sweep(directory, columns, rows, best, record, runs_by_trial(path))


def is_metric(column: str) -> bool:
    """Return whether a column holds a metric of a split."""
    return column.partition("/")[0] in SPLITS and "/" in column


def runs_by_trial(sweep: Path) -> dict[str, list[RunDirectory]]:
    """Return the run directories of each trial, one for each seed; their names begin with the number of the trial."""
    found: dict[str, list[RunDirectory]] = {}
    for path in sorted(sweep.iterdir()):
        number = path.name.partition("-")[0]
        if path.is_dir() and number.isdigit():
            found.setdefault(str(int(number)), []).append(RunDirectory(path))  # numbers may have leading zeros
    return found


def number(text: str) -> float | None:
    """Return a finite number, None for other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
