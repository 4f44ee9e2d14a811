"""A sweep in Python: tables, the best trial, and figures that a notebook shows."""

import base64
import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..config.hydra_configs import parse_overrides
from ..errors import UserError
from ..files.paths import expand_path
from .directory import SweepDirectory

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Best:
    """The best trial of a sweep.

    params: swept setting -> value; metric, value: by which it is the best, the mean over seeds and folds; directories:
    of its runs; command: that repeats its first run.
    """

    trial: int
    params: dict[str, Any]
    metric: str
    value: float
    directories: list[Path]
    command: str


class SweepResult:
    """The results of a sweep, read from its directory.

    status: running, done, interrupted or failed. Raises UserError if the directory is not that of a sweep.
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = expand_path(directory)
        self._files = SweepDirectory(self.directory)
        self.metric: str = self._files.record()["metric"]
        self.status = self._files.status()

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per trial, the best first: settings, status, number of runs, means (and `_sd`) of the metrics."""
        return read_table(self._files.table)

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row per run."""
        return read_table(self._files.runs_table)

    @cached_property
    def best(self) -> Best:
        """The best trial by the metric on the validation split. Raises UserError if no trial has a result."""
        try:
            found = yaml.safe_load(self._files.best_file.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(f"no trial of the sweep in {self.directory} has a result") from error
        params = {
            key.lstrip("+"): parse_overrides([f"key={value}"])[0].value() if isinstance(value, str) else value
            for key, value in found["params"].items()
        }
        directories = [self.directory / name for name in found["directories"]]
        return Best(found["trial"], params, found["metric"], found["value"], directories, found["command"])

    @property
    def figures(self) -> dict[str, Path]:
        """Name -> file of the figures."""
        return {file.stem: file for file in sorted(self._files.figures.glob("*.png"))}

    def __repr__(self) -> str:
        first = f"best: trial {self.best.trial}, {self.metric} {self.best.value:.4g}, " if self._has_best else ""
        return f"SweepResult({self.status}, {len(self.table)} trials, {first}{str(self.directory)!r})"

    @property
    def _has_best(self) -> bool:
        return self._files.best_file.is_file()

    def _repr_html_(self) -> str:
        """Show the table and the figures in a notebook."""
        images = "".join(
            f'<img alt="{html.escape(name)}" style="max-width:30em" src="data:image/png;base64,'
            f'{base64.b64encode(file.read_bytes()).decode()}">'
            for name, file in self.figures.items()
        )
        return f"<p>{html.escape(repr(self))}</p>{self.table.to_html(index=False)}{images}"


def read_table(path: Path) -> "pd.DataFrame":
    """Return a table of a sweep. Raises UserError if there is none yet."""
    import pandas as pd

    try:
        return pd.read_csv(path)
    except OSError as error:
        raise UserError(f"{path} does not exist; the sweep has not written its results yet") from error
