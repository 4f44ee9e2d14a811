"""The user's own examples as a data set: tables, arrays, pictures in arrays.

Shapes: N examples, F features, C channels, H height, W width, D real targets, K classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import UserError, join_names, unknown
from ...files.tables import TableOptions
from ...preprocessing.base import Preprocessing
from ...preprocessing.columns import POLICIES
from ...preprocessing.tables import TablePreprocessing
from ...spec import Batch, DataSpec
from ..base import Data, Splits, random_split
from ..holdout import check_fraction, stratified
from ..images.pixels import to_unit_interval
from ..splits import Split
from .examples import Examples, Prepared, Rows
from .picture_examples import PictureExamples
from .roles import Choice
from .sources import from_object, from_path
from .table_examples import TableExamples
from .targets import Targets

TASKS = ("auto", "classification", "regression")
ROUNDING = 1e-4  # of numbers that were standardized in float32 and are brought back


class Array(Data):
    """A table or an array of your own: .csv, .tsv, .txt, .npz, .npy, or an object from Python.

    path: a table with or without a header; an .npz with x and y, perhaps x_test and y_test (or Keras' x_train ...); an
    .npy of (N, F + 1): F inputs and the target in the last column. x is (N, F), or pictures (N, H, W), (N, C, H, W),
    (N, H, W, C).
    target: the column to predict, by name or number (1 is the first), default the last; several for several real
    targets; [] for none, where a network is to reconstruct its input; in an .npz, the name of the array (default y);
    for an .npy, the path of the file with y.
    task: auto takes text, truth values and up to 20 different whole numbers for classes, columns of 0 and 1 for one-hot
    classes or sets of labels, other numbers for regression.
    columns, drop: the columns to read, or to leave out; id: columns passed on to the predictions (default: one called
    id, ..._id or index without repeats); categorical: columns of numbers that are categories. Text is categories.
    missing: what to do with missing cells: refuse; drop the row; or fill in the mean, median or most frequent value
    (for categories always the most frequent).
    standardize: scale columns of numbers to mean 0 and standard deviation 1 over the training rows; null: yes for
    tables, no for pictures. standardize_target: the same for real targets; metrics and predictions stay in the
    target's units.
    layout: of pictures; separator, decimal, thousands, header, encoding, skip_rows (lines above the table),
    missing_values: how the table is written, detected unless you set them. val, test: fractions, in proportion by
    class; the test set does not depend on seed; a test set in the file is used as it is.
    Raises UserError, with the file and the place, for what cannot be used.
    """

    def __init__(
        self,
        *,
        path: str | None,
        target: str | int | Sequence[str | int] | None = None,
        task: Literal["auto", "classification", "regression"] = "auto",
        columns: Sequence[str | int] | None = None,
        drop: Sequence[str | int] = (),
        id: str | int | Sequence[str | int] | None = None,
        categorical: Sequence[str | int] = (),
        missing: Literal["refuse", "drop", "mean", "median", "most_frequent"] = "refuse",
        standardize: bool | None = None,
        standardize_target: bool = True,
        layout: Literal["auto", "channels_first", "channels_last"] = "auto",
        separator: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        header: bool | None = None,
        encoding: str | None = None,
        skip_rows: int | None = None,
        missing_values: Sequence[str | int | float | None] | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        source: Any = None,
    ) -> None:
        super().__init__(seed=seed)
        if task not in TASKS:
            raise unknown("task", task, TASKS)
        if missing not in POLICIES:
            raise unknown("data.missing", missing, POLICIES)
        check_fraction("val", val)
        check_fraction("test", test)
        options = TableOptions(
            separator=separator,
            decimal=decimal,
            thousands=thousands,
            header=header,
            encoding=encoding,
            skip_rows=skip_rows,
            missing_values=missing_values,
        )
        choice = Choice(columns, drop, id, categorical)
        if source is None and path is None:
            raise UserError("data.path is needed: the file of your data; from Python, data=... takes arrays and frames")
        given = (
            from_object(source) if source is not None else from_path(str(path), target, options=options, choice=choice)
        )
        self.digest = given.digest
        examples: Examples
        if isinstance(given.x, pd.DataFrame):
            if layout != "auto":
                raise UserError(f"{given.name}: layout is for pictures; this is a table")
            self.standardized = standardize is not False
            examples = TableExamples(
                given,
                options=options,
                target=target,
                task=task,
                choice=choice,
                missing=missing,
                standardize=standardize is not False,
            )
        else:
            refused = [key for key, value in choice._asdict().items() if value] + ["standardize"] * bool(standardize)
            if refused:
                raise UserError(f"{given.name}: {refused[0]} is for tables, not for images {tuple(given.x.shape[1:])}")
            examples = PictureExamples(given, layout=layout, target=target, task=task)
        del given  # the examples hold what is needed, and free it as it is used
        self.rows = rows_of_splits(examples, val=val, test=test, seed=seed)
        prepared = examples.prepare(np.concatenate([*self.rows.values()]), len(self.rows["train"]))
        if prepared.x.dtype == torch.uint8:
            self.transform = to_unit_interval
        self._preprocessing = prepared.preprocessing
        self.spec, self.made = assembled(examples, prepared, self.rows, standardize_target=standardize_target)
        self.words = [f"{Path(examples.name).name}: {'; '.join(prepared.words)}", sizes_in_words(self.made)]
        self.target_names = examples.target_names
        self.summary = f"; {target_in_words(examples, self.spec)}; ".join(self.words)

    def reconstruct(self) -> None:
        """Make the input the target; the target of the table is left out."""
        super().reconstruct()
        self._summarize("target: the input")

    def leave_out_target(self) -> None:
        """Say that there is no target."""
        super().leave_out_target()
        self._summarize("no target")

    def outside(self, low: float, high: float) -> str | None:
        """Return which column of a table is outside [low, high], in its units, or that standardizing is the reason."""
        table = self._preprocessing
        if not isinstance(table, TablePreprocessing):
            return None
        raw = table.restored(torch.cat([split.x for split in self.made.values()]))
        for name, least, most in zip(table.features, raw.amin(0).tolist(), raw.amax(0).tolist(), strict=True):
            if least < low - ROUNDING or most > high + ROUNDING:
                return f"column {name} is from {least:.4g} to {most:.4g}"
        return "they are standardized; data.standardize=false leaves them as they are"

    def _summarize(self, target: str) -> None:
        left_out = f"; {join_names(self.target_names, 5)} left out" if self.target_names else ""
        self.summary = f"; {target}{left_out}; ".join(self.words)

    def load(self) -> Splits:
        """Return the splits; they are made with the data set."""
        return {**self.made}

    @property
    def x(self) -> Tensor:
        """All examples but those of a test set of its own, as the network takes them, in the order of the rows."""
        return self.made["train"].base.x[np.concatenate([*self.rows.values()]).argsort()]

    @property
    def preprocessing(self) -> Preprocessing:
        """How raw rows become the network's inputs, as fitted to the training rows."""
        return self._preprocessing


def rows_of_splits(examples: Examples, *, val: float, test: float, seed: int) -> dict[str, Rows]:
    """Return the rows of `train`, and of `test` and `val` if they are taken from the same examples.

    Classes keep their proportions. Raises UserError for too few rows.
    """
    y, name = examples.targets.y, examples.name
    if not examples.own_test and not test:
        raise UserError(f"{name} has no test set of its own; test must be above 0")
    if len(y) < 1 + (val > 0) + (not examples.own_test):
        raise UserError(f"{name}: {len(y)} rows are too few for val={val} and test={test}")
    rest = torch.arange(len(y))
    rows = {}
    for split, fraction, by in (("test", 0 if examples.own_test else test, 0), ("val", val, seed)):
        if fraction:
            count = max(1, round(fraction * len(rest)))
            of_classes = examples.targets.kind == "classes"
            left, held = stratified(y[rest], count, by) if of_classes else random_split(len(rest), count, by)
            rows[split], rest = rest[held].numpy(), rest[left]
    return {"train": rest.numpy(), **rows}


def assembled(
    examples: Examples, prepared: Prepared, rows: dict[str, Rows], *, standardize_target: bool
) -> tuple[DataSpec, dict[str, Split]]:
    """Return spec and splits; real targets to mean 0 and standard deviation 1 on the training rows, if asked for.

    Raises UserError for targets that are too large.
    """
    targets: Targets = examples.targets
    y, y_test, spec = targets.y, targets.y_test, prepared.spec
    if targets.kind == "real":
        mean, scale = torch.zeros(y.shape[1]), torch.ones(y.shape[1])
        if standardize_target:
            train = y[torch.from_numpy(rows["train"])]
            mean, scale = train.mean(0), train.std(0, correction=0)
            scale[train.amin(0) == train.amax(0)] = 1  # not the rounding error of a constant
            spec = replace(spec, target_mean=tuple(mean.tolist()), target_scale=tuple(scale.tolist()))
        y = ((y - mean) / scale).float()
        y_test = None if y_test is None else ((y_test - mean) / scale).float()
        if not y.isfinite().all():
            raise UserError(f"{examples.name}: targets up to {targets.y.abs().max():g} are too large for float32")
    spec = replace(
        spec,
        target=targets.kind,
        target_size=len(targets.classes) or (0 if targets.kind == "none" else y.shape[1]),
        labels=tuple(map(str, targets.classes)) or targets.names,
        classes=targets.classes,
    )
    base = Batch(prepared.x, y[torch.from_numpy(np.concatenate([*rows.values()]))])
    ends = list(accumulate(map(len, rows.values())))
    splits = {name: Split(base, slice(end - len(of), end)) for (name, of), end in zip(rows.items(), ends, strict=True)}
    if prepared.x_test is not None:
        assert y_test is not None
        splits["test"] = Split(Batch(prepared.x_test, y_test))
    return spec, splits


def target_in_words(examples: Examples, spec: DataSpec) -> str:
    """Return what is to be predicted, in words."""
    names = [name for name in examples.target_names if name != "target"]
    target = f"target {', '.join(names)}" if names else "target"
    if spec.target == "classes":
        counts = examples.targets.y.bincount(minlength=spec.target_size).tolist()
        each = [f"{name} {count}" for name, count in zip(spec.labels, counts, strict=True)]
        return f"{target}: {len(each)} classes ({join_names(each, 6)})"
    if spec.target == "none":
        return "no target"
    if spec.target == "multilabel":
        return f"{target}: a set of {spec.target_size} labels"
    return f"{target}: regression{', standardized' if spec.target_scale else ''}"


def sizes_in_words(splits: Mapping[str, Split]) -> str:
    """Return the sizes of the splits, in words."""
    return ", ".join(f"{len(splits[name])} {name}" for name in ("train", "val", "test") if name in splits)
