"""Outliers among examples: their scores, and a threshold from the scores of the training examples.

Shapes: N examples, F columns of the data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..analysis.outliers import outlier_scores, quantile_grid, score_quantile, why_no_outliers
from ..config.outlier_threshold import threshold_quantile
from ..errors import UserError
from ..files.paths import TABLES
from ..preprocessing.base import Inputs, Preprocessing
from ..preprocessing.input_columns import input_columns
from ..preprocessing.rating_rows import RatingRowsPreprocessing
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..runs.trained_weights import checkpoint_of
from ..training.isolation import isolated, own_settings
from .arguments import real_number
from .load import load
from .run_data import checked_data, split_inputs
from .trained import Predictions, Trained, batches, concatenate, identifiers

KEYS = ("score", "outlier", "entry_score")


@dataclass(frozen=True)
class OutlierDetector:
    """A trained network that reconstructs its input, and the threshold above which the score is that of an outlier.

    path: of its checkpoint; quantile: the share of the training scores below the threshold. Raises UserError for a
    network that does not reconstruct its input.
    """

    net: Trained
    path: Path
    quantile: float

    def __post_init__(self) -> None:
        if reason := why_no_outliers(self.net.spec):
            raise UserError(f"the network of {self.path} gives no outlier scores: {reason}")

    @cached_property
    def threshold(self) -> float:
        """The threshold, from the training scores stored with the run, or else computed again from its data.

        Raises UserError if they are not stored and the data cannot be read.
        """
        checkpoint = Checkpoint.read(self.path)
        grid = RunDirectory(self.path.parent.parent).outlier_scores(self.path.stem, checkpoint.step)
        if grid is None:
            try:
                with own_settings():
                    scores = [found["score"] for found in self.scores(self.training_split())]
            except UserError as error:
                raise UserError(
                    f"the scores of the training examples are not stored with {self.path}, and the training data "
                    f"cannot be read: {error}; nnzoo rerun trains the network again and stores them"
                ) from error
            grid = quantile_grid(np.concatenate(scores))
        return score_quantile(grid, self.quantile)

    @cached_property
    def input_columns(self) -> tuple[str, ...]:
        """The name of the column behind each input."""
        return input_columns(self.net.preprocessing, self.net.transforms, self.net.spec.shape)

    @cached_property
    def columns(self) -> list[str]:
        """The names of the F columns, in the order of the inputs."""
        return list(dict.fromkeys(self.input_columns))

    def scores(self, chunks: Iterator[Inputs]) -> Iterator[Predictions]:
        """Yield "score" (N,) and "entry_score" (N, F) of chunks of examples, with their identifiers.

        The entry score of a column of categories is the sum over its categories.
        """
        net, place = self.net, {name: k for k, name in enumerate(self.columns)}
        index = torch.tensor([place[name] for name in self.input_columns])
        for inputs in chunks:
            with torch.no_grad():
                parts = [
                    outlier_scores(net.network, net.head, net.transforms(x), partial=net.spec.partial)
                    for x, _ in batches(inputs)
                ]
            entries = torch.cat([part.entries for part in parts])
            by_column = entries.new_zeros(len(entries), len(place)).index_add_(1, index, entries)
            found = {"score": torch.cat([part.rows for part in parts]).numpy(), "entry_score": by_column.numpy()}
            yield found | identifiers(inputs, set(KEYS))

    @property
    def table(self) -> str | None:
        """The path of the table that the run was trained on; None if its data is no table."""
        path = self.net.config["data"].get("path")
        return path if path is not None and Path(path).suffix.lower() in TABLES else None

    def training_data(self) -> Iterator[Inputs]:
        """Return the rows of the table that the run was trained on, or else the examples of its training split.

        The rows of a table of ratings also have held-out ratings, so they are not the examples of the run. Raises
        UserError if the data cannot be read or has changed.
        """
        if self.table is None or isinstance(self.net.preprocessing, RatingRowsPreprocessing):
            return self.training_split()
        return self.net.read(self.table)

    def training_split(self) -> Iterator[Inputs]:
        """Yield the examples of the training split, numbered from 0; of ratings, with the ids of users or items.

        Raises UserError as `training_data`.
        """
        with isolated():
            data = checked_data(self.net.config, Checkpoint.read(self.path))
        heading, names = identified(self.net.preprocessing, len(data.splits["train"]))
        for piece in split_inputs(data, "train"):
            yield piece._replace(names={heading: [names[k] for k in piece.names["index"]]})


def identified(preprocessing: Preprocessing, count: int) -> tuple[str, Sequence[Any]]:
    """Return what identifies the examples of a training split: a heading, and their ids or numbers."""
    if isinstance(preprocessing, RatingRowsPreprocessing):  # the examples have training ratings, so the ids are theirs
        return preprocessing.heading, preprocessing.ids.ids[preprocessing.axis]
    return "index", range(count)


def outliers(
    source: str | Path,
    raw: Any = None,
    *,
    quantile: float | None = None,
    share: float | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> Predictions:
    """Return the outlier scores of raw examples, and which of them are outliers, by the autoencoder of a run.

    raw: see `nnzoo.predict`; None for the training data of the run. quantile: the threshold is this quantile of the
    scores of the training examples, 0.99 by default; share: or it is the score that this share of them exceeds, the
    expected share of outliers. which, allow: see `load`.
    Returns "score" (N,): the sum of the squared gaps between the network's input and its reconstruction; "threshold";
    "outlier" (N,): whether the score is above it; "entry_score" (N, F): the part of each of the "columns" (F,);
    "feature_score" (F,): its sum over the examples; and what identifies the examples. Aggarwal 2.5.4.
    Raises UserError for networks that do not reconstruct their input, for values out of range, and for unsuitable data.
    """
    quantile = None if quantile is None else real_number("quantile", quantile)
    share = None if share is None else real_number("share", share)
    below = threshold_quantile(quantile, share)
    detector = OutlierDetector(load(source, which=which, allow=allow), checkpoint_of(source, which), below)
    with own_settings():
        chunks = detector.training_data() if raw is None else detector.net.chunks(raw)
        found = concatenate(list(detector.scores(chunks)))
    return found | {
        "threshold": np.array(detector.threshold),
        "outlier": found["score"] > detector.threshold,
        "columns": np.array(detector.columns),
        "feature_score": found["entry_score"].sum(0),
    }
