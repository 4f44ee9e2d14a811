"""The metrics of a run as a table with a picture."""

import math
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import UserError, unknown
from ..runs.record import ranking_metric

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPLITS = {"train": "training", "val": "validation"}


class EpochTable(pd.DataFrame):
    """A DataFrame with one row per epoch, from 1, and one column per metric such as `val/acc`.

    Parts of it are ordinary frames.
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def plot(self, *metrics: str) -> "Figure":  # type: ignore[override]
        """Draw the training and the validation curve of metrics such as "acc"; return a Matplotlib figure.

        By default the loss and the metric that selects the best epoch. Raises UserError for an unknown metric, and if
        there is no epoch.
        """
        from ..figures.values.curves import plot_learning_curves

        columns = [str(column).partition("/") for column in self]
        names = dict.fromkeys(name for split, _, name in columns if split in SPLITS)
        if not names:
            raise UserError("there are no epochs to draw")
        for name in metrics:
            if name not in names:
                raise unknown("metric", name, names)
        primary = ranking_metric([dict.fromkeys(map(str, self.columns), 0.0)], {}) or ""  # needs only the names
        chosen = metrics or [name for name in dict.fromkeys(("loss", primary.partition("/")[2])) if name in names]
        return plot_learning_curves({name: curves for name in chosen if (curves := self._curves(name))})

    def _curves(self, name: str) -> dict[str, dict[int, float]]:
        """Return split -> epoch -> value of a metric, without epochs in which it was not measured."""
        found = {}
        for split, word in SPLITS.items():
            column = f"{split}/{name}"
            if column in self:
                values = zip(self.index.tolist(), self[column].tolist(), strict=True)
                found[word] = {epoch: value for epoch, value in values if not math.isnan(value)}
        return found
