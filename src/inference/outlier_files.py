"""Outlier scores of a file of examples, written to a table or to arrays. Shapes: N examples, F columns of the data."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..config.outlier_threshold import By
from ..preprocessing.base import Inputs
from ..runs.trained_weights import checkpoint_of
from .files import exact_text, output_path, write
from .outliers import KEYS, OutlierDetector
from .trained import Predictions, Trained

LARGEST = 3  # columns of which each row lists those with the largest entry scores


def outlier_file(
    net: Trained,
    run: str | Path,
    source: str | Path | None,
    output: str | Path,
    *,
    quantile: float,
    by: By,
    which: str | None = None,
) -> "OutlierWriter":
    """Write the outlier scores of a file of examples, and return the writer with its path and numbers of rows.

    net: the network of the run; source: None for the training data of the run; output: a .csv or .tsv, or an .npz with
    all arrays; by, quantile: see `OutlierWriter` and `OutlierDetector`. Raises UserError as `predict_file`.
    """
    path = checkpoint_of(run, which)
    detector = OutlierDetector(net, path, quantile)
    writer = OutlierWriter(detector, by, output_path(source or detector.table or path, output))
    writer.write(detector.training_data() if source is None else net.read(source))
    return writer


@dataclass
class OutlierWriter:
    """Writes the outlier scores of examples to a file and counts the outliers.

    by: "row" for a score of each example, "entry" for a score of each column of each example, "feature" for a score of
    each column; rows, found: numbers of examples and of outliers so far.
    """

    detector: OutlierDetector
    by: By
    path: Path
    rows: int = 0
    found: int = 0

    def write(self, chunks: Iterator[Inputs]) -> None:
        """Write the scores as a table (.csv, .tsv) or as arrays (.npz). Raises UserError."""
        scored = map(self._count, self.detector.scores(chunks))
        match self.by:
            case "row":
                write(self.path, map(self._by_row, scored), row_frame)
            case "entry":
                write(self.path, scored, self._entry_frame)
            case "feature":
                write(self.path, self._by_feature(scored), feature_frame)

    def _count(self, scores: Predictions) -> Predictions:
        outlier = scores["score"] > self.detector.threshold
        self.rows += len(outlier)
        self.found += int(outlier.sum())
        return scores | {"outlier": outlier}

    def _by_row(self, scores: Predictions) -> Predictions:
        """Replace the entry scores by the names of the largest, (N, LARGEST), and their shares of the score."""
        entries = scores.pop("entry_score")
        order = np.argsort(-entries, axis=1, kind="stable")[:, :LARGEST]
        largest = np.take_along_axis(entries, order, 1)
        total = np.maximum(scores["score"], np.finfo(float).tiny)[:, None]
        return scores | {"column": np.array(self.detector.columns)[order], "share": largest / total}

    def _by_feature(self, scored: Iterator[Predictions]) -> Iterator[Predictions]:
        """Yield the sum of the entry scores of each column over all examples, and their mean."""
        total = sum(scores["entry_score"].sum(0) for scores in scored)
        yield {"column": np.array(self.detector.columns), "score": total, "mean": total / self.rows}

    def _entry_frame(self, scores: Predictions) -> Any:
        import pandas as pd

        entries = dict(zip(self.detector.columns, scores["entry_score"].T, strict=True))
        return pd.DataFrame(names_of(scores) | {"score": scores["score"], "outlier": scores["outlier"]} | entries)


def names_of(scores: Predictions) -> dict[str, Any]:
    """Return the identifiers of examples as text."""
    return {key: exact_text(values) for key, values in scores.items() if key not in (*KEYS, "column", "share")}


def row_frame(scores: Predictions) -> Any:
    """Return scores as a data frame with a row for each example."""
    import pandas as pd

    columns = names_of(scores) | {"score": scores["score"], "outlier": scores["outlier"]}
    for k, (name, share) in enumerate(zip(scores["column"].T, scores["share"].T, strict=True), start=1):
        columns |= {f"column_{k}": name, f"share_{k}": share}
    return pd.DataFrame(columns)


def feature_frame(scores: Predictions) -> Any:
    """Return scores as a data frame with a row for each column of the data."""
    import pandas as pd

    return pd.DataFrame(scores)
