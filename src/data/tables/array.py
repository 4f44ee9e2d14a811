"""Tables and arrays of the user, including pictures in arrays.

Shapes: N examples, F features, C channels, H height, W width, D real targets, K classes.
"""

import builtins
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import UserError, join_names, unknown
from ...files.contents import Contents
from ...files.tables import TableOptions
from ...preprocessing.base import Preprocessing
from ...preprocessing.columns import POLICIES
from ...preprocessing.tables import TablePreprocessing
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction, count_of, random_split, stratified
from ..images.pixels import to_unit_interval
from ..shared import once
from ..splits import Split
from .examples import Examples, Prepared, Rows
from .picture_examples import PictureExamples
from .roles import ColumnChoice
from .sources import contents_of, from_object, from_path
from .table_examples import TableExamples
from .targets import Targets

TASKS = ("auto", "classification", "multilabel", "regression")
ROUNDING = 1e-4  # rounding error of numbers that were standardized in float32 and converted back


class Array(Data):
    """Your own table or array: a .csv, .tsv, .txt, .npz or .npy file or, from Python, an object.

    path: a table with or without a header; an .npz file with x and y and, optionally, x_test and y_test (or x_train,
    y_train, ... as in Keras); an .npy file of shape (N, F + 1), F inputs and the target in the last column. x has shape
    (N, F) or, for pictures, (N, H, W), (N, C, H, W) or (N, H, W, C).
    target: the column to predict, by name or number (1 is the first), default the last; a list of columns for several
    real targets; [] for none, for a network that reconstructs its input; for an .npz file, the name of the array
    (default y); for an .npy file, the path of the file with y.
    task: with auto, strings, booleans and integers with at most 20 distinct values are classes, several columns of 0
    and 1 are one-hot classes or, unless each row has a single 1, sets of labels (multilabel), and all other numbers are
    real targets (regression).
    columns, drop: the columns to read, or to leave out; id: columns that are copied to the predictions (default:
    columns called id, ..._id or index without duplicates); categorical: numeric columns to treat as categories. Text
    columns are always categories.
    missing: for missing cells, refuse the table; drop the row; or impute the mean, median or most frequent value (for
    categories always the most frequent).
    standardize: scale numeric columns to mean 0 and standard deviation 1 over the training rows; null for tables only,
    not for pictures. standardize_target: the same for real targets; metrics and predictions are in the original units.
    layout: axes of pictures; separator, decimal, thousands, header, encoding, skip_rows (lines above the table),
    missing_values: format of the table, detected by default. val, test: fractions for stratified splits, 0 = no such
    split; the test set does not depend on seed; a test set in the file is used unchanged.
    Raises UserError, with file and line or column, for data that cannot be used.
    """

    def __init__(
        self,
        *,
        path: str | None,
        target: str | int | Sequence[str | int] | None = None,
        task: Literal["auto", "classification", "multilabel", "regression"] = "auto",
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
        choice = ColumnChoice(columns, drop, id, categorical)
        if source is None and path is None:
            raise UserError("data.path is needed: the file of your data; from Python, data=... takes arrays and frames")
        settings = repr((target, task, choice, missing, standardize, layout, options))
        key = "array", path if source is None else builtins.id(source), settings

        def read() -> tuple[str, Contents, Examples]:
            """Return checksum and record of the data, and its examples, which hold it and release it step by step."""
            given = (
                from_object(source)
                if source is not None
                else from_path(str(path), target, options=options, choice=choice)
            )
            if not isinstance(given.x, pd.DataFrame):
                refused = [key for key, value in choice._asdict().items() if value]
                refused += ["standardize"] * bool(standardize)
                if refused:
                    raise UserError(
                        f"{given.name}: data.{refused[0]} is for tables, not for pictures {tuple(given.x.shape[1:])}"
                    )
                pictures = PictureExamples(given, layout=layout, target=target, task=task)
                return given.digest, contents_of(given), pictures
            if layout != "auto":
                raise UserError(f"{given.name}: data.layout is for pictures; this is a table")
            recorded = contents_of(given)
            table = TableExamples(
                given,
                options=options,
                target=target,
                task=task,
                choice=choice,
                missing=missing,
                standardize=standardize is not False,
            )
            return given.digest, recorded, table

        self.digest, self.contents, whole = once(key, read)
        examples = copy(whole)
        del whole  # without `reading_once`, the inputs are released while they are prepared
        self.standardized = isinstance(examples, TableExamples) and standardize is not False
        self.rows = self._split_rows(examples, val, test)

        def prepare() -> tuple[Prepared, DataSpec, dict[str, Split]]:
            """Return the inputs, and the spec and the splits."""
            made = examples.prepare(np.concatenate([*self.rows.values()]), len(self.rows["train"]))
            return made, *split_examples(examples, made, self.rows, standardize_target=standardize_target)

        rows = tuple((name, of.tobytes()) for name, of in self.rows.items())
        prepared, self.spec, self.loaded = once((*key, standardize_target, rows), prepare)
        if prepared.x.dtype == torch.uint8:
            self.transform = to_unit_interval
        self._preprocessing = prepared.preprocessing
        self.words = [f"{Path(examples.name).name}: {'; '.join(prepared.words)}", describe_sizes(self.loaded)]
        self.target_names = examples.target_names
        self.summary = f"; {describe_target(examples, self.spec)}; ".join(self.words)

    def _split_rows(self, examples: Examples, val: float, test: float) -> dict[str, Rows]:
        """Return the rows of `train` and, if they are held out from the same examples, of `test` and `val`.

        The splits are stratified if the targets are classes. Raises UserError for too few rows.
        """
        n, name = len(examples.targets.y), examples.name
        held_out = bool(test) and not examples.has_test_set
        if n < 1 + (val > 0) + held_out:
            raise UserError(f"{name}: {n} rows are too few for val={val} and test={test}")
        classes = examples.targets.y if examples.targets.kind == "classes" else None
        rest, rows = torch.arange(n), {}
        if held_out:
            count = count_of(test, n)
            rest, held = random_split(n, count, 0) if classes is None else stratified(classes, count, 0)
            rows["test"] = held.numpy()
        left, held = self.hold_out(len(rest), count_of(val, len(rest)), None if classes is None else classes[rest])
        if len(held):
            rows["val"] = rest[held].numpy()
        return {"train": rest[left].numpy(), **rows}

    def use_input_as_target(self) -> None:
        """Make the input the target; the target column of the table is ignored."""
        super().use_input_as_target()
        self._summarize("target: the input")

    def remove_target(self) -> None:
        """Remove the target; the target column of the table is ignored."""
        super().remove_target()
        self._summarize("no target")

    def describe_out_of_range(self, low: float, high: float) -> str | None:
        """Return which column of a table is outside [low, high] in its units, or that standardization is the reason."""
        table = self._preprocessing
        if not isinstance(table, TablePreprocessing):
            return None
        raw = table.restored(torch.cat([split.x for split in self.loaded.values()]))
        for name, least, most in zip(table.features, raw.amin(0).tolist(), raw.amax(0).tolist(), strict=True):
            if least < low - ROUNDING or most > high + ROUNDING:
                return f"column {name} is from {least:.4g} to {most:.4g}"
        return "they are standardized; data.standardize=false leaves them as they are"

    def _summarize(self, target: str) -> None:
        left_out = f"; {join_names(self.target_names, 5)} left out" if self.target_names else ""
        self.summary = f"; {target}{left_out}; ".join(self.words)

    def load(self) -> Splits:
        """Return the splits, which were made on construction."""
        return {**self.loaded}

    @property
    def x(self) -> Tensor:
        """The inputs of all rows in their order, without those of a separate test set."""
        return self.loaded["train"].base.x[np.concatenate([*self.rows.values()]).argsort()]

    @property
    def preprocessing(self) -> Preprocessing:
        """The conversion of raw rows to inputs, fitted to the training rows."""
        return self._preprocessing


def split_examples(
    examples: Examples, prepared: Prepared, rows: dict[str, Rows], *, standardize_target: bool
) -> tuple[DataSpec, dict[str, Split]]:
    """Return the spec and the splits; raises UserError for targets that are too large.

    standardize_target: scale real targets to mean 0 and standard deviation 1 over the training rows.
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
        largest = max(float(part.abs().max()) for part in (y, y_test) if part is not None)
        y = ((y - mean) / scale).float()
        y_test = None if y_test is None else ((y_test - mean) / scale).float()
        if largest > torch.finfo(torch.float32).max or not y.isfinite().all():
            raise UserError(f"{examples.name}: targets up to {largest:g} are too large for float32")
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


def describe_target(examples: Examples, spec: DataSpec) -> str:
    """Return a description of the target."""
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


def describe_sizes(splits: Mapping[str, Split]) -> str:
    """Return a description of the sizes of the splits."""
    return ", ".join(f"{len(splits[name])} {name}" for name in ("train", "val", "test") if name in splits)
