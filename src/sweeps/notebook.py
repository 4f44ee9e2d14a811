"""The result of a sweep in Python: tables, the best trial, and figures that a notebook shows."""

import base64
import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from .directory import SweepDirectory
from .execute import values_of
from .run import SweepOutcome

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Best:
    """The best trial of a sweep.

    params: swept setting -> value; value: its metric, the mean over seeds and folds; directory: of its first run;
    command: that repeats this run.
    """

    number: int
    params: dict[str, Any]
    value: float
    directory: Path
    command: str


class SweepResult:
    """The result of a sweep. directory: of its files; status: done, interrupted or failed; message: why not done."""

    def __init__(self, outcome: SweepOutcome) -> None:
        self._outcome = outcome
        self.directory = outcome.directory
        self.status = outcome.status
        self.message = outcome.message

    @property
    def table(self) -> "pd.DataFrame":
        """One row per trial, the best first: its settings, status, number of runs, and means (and `_sd`) of metrics."""
        return read_table(SweepDirectory(self.directory).table)

    @property
    def runs(self) -> "pd.DataFrame":
        """One row per run."""
        return read_table(SweepDirectory(self.directory).runs_table)

    @property
    def best(self) -> Best:
        """The best trial by the metric on the validation split. Raises UserError if no trial has a result."""
        best = self._outcome.results.best
        if best is None:
            raise UserError(f"no trial of the sweep in {self.directory} has a result")
        directory = best.runs[0].directory.path
        assert best.value is not None
        return Best(best.number, values_of(best.point), best.value, directory, self._outcome.command)

    @property
    def figures(self) -> dict[str, Path]:
        """Name -> file of the figures."""
        return {file.stem: file for file in sorted(SweepDirectory(self.directory).figures.glob("*.png"))}

    def __repr__(self) -> str:
        found = self._outcome.results
        best = found.best
        told = (
            f", best: trial {best.number}, {found.metric} {best.value:.4g}" if best and best.value is not None else ""
        )
        return f"SweepResult({self.status}, {len(found.trials)} trials{told}, {str(self.directory)!r})"

    def _repr_html_(self) -> str:
        """Show the table and the figures in a notebook."""
        images = "".join(
            f'<img alt="{html.escape(name)}" style="max-width:30em" src="data:image/png;base64,'
            f'{base64.b64encode(file.read_bytes()).decode()}">'
            for name, file in self.figures.items()
        )
        return f"<p>{html.escape(repr(self))}</p>{self.table.to_html(index=False)}{images}"


def read_table(path: Path) -> "pd.DataFrame":
    """Return a table of a sweep."""
    import pandas as pd

    return pd.read_csv(path)
