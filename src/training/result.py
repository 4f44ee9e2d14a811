"""The result of a run."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..runs.directory import RunDirectory

if TYPE_CHECKING:
    from .epoch_table import EpochTable


@dataclass(frozen=True)
class Result:
    """The result of a run.

    status: done, diverged, pruned or interrupted; metrics: by split and checkpoint, such as `test/best`; units: note on
    units if the loss has others than the metrics; data: summary of the data in one line; engine: note on what computed
    the gradients if it was not autograd; weights: note on initial weights that were taken from another run.
    """

    directory: Path
    status: str
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    message: str = ""
    signal: int | None = None
    units: str = ""
    data: str = ""
    engine: str = ""
    weights: str = ""

    @property
    def history(self) -> "EpochTable":
        """The metrics of metrics.csv, one row per epoch, from 1, one column per metric such as `val/acc`.

        A DataFrame; NaN if an epoch does not have the metric. `history.plot()` draws the curves of loss and main
        metric, `history.plot("acc")` those of a metric. Raises UserError if the file is damaged.
        """
        import pandas as pd  # takes a while

        from .epoch_table import EpochTable

        rows = pd.DataFrame(RunDirectory(self.directory).history())
        return EpochTable(rows.astype({"epoch": int}).set_index("epoch") if len(rows) else rows)
