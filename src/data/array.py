"""The user's own examples as a data set: tables, arrays, pictures in arrays.

Shapes: N examples, F features, C channels, H height, W width, D real targets, K classes.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataWarning, UserError, listed, unknown
from ..files.table_format import TableOptions
from ..preprocessing.base import Preprocessing
from ..preprocessing.columns import (
    POLICIES,
    CategoryColumn,
    Column,
    Misfit,
    Missing,
    NumberColumn,
    fit_categories,
    fit_numbers,
)
from ..preprocessing.default import default
from ..preprocessing.images import to_channels_first
from ..preprocessing.tables import FILL, TablePreprocessing, assembled
from ..spec import Batch, DataSpec
from .base import Data, Splits, carve
from .holdout import check_fraction, stratified
from .pixels import unit
from .roles import Choice, Roles, assign, chosen
from .sources import Source, Target, from_object, from_path
from .targets import Targets, encode_targets

TASKS = ("auto", "classification", "regression")
SOME = 1000  # pictures that are looked at together
VERY_DIFFERENT = 100.0  # times, of the scales of two columns: who does not standardize them is told


class Array(Data):
    """A table or an array of your own: .csv, .tsv, .txt, .npz, .npy, or an object from Python.

    path: a table with or without a header; an .npz with x and y, perhaps x_test and y_test (or Keras' x_train ...); an
    .npy of (N, F + 1). x is (N, F), or pictures (N, H, W), (N, C, H, W), (N, H, W, C).
    target: the column to predict, by name or number (1 is the first), default the last; several for several real
    targets; of an .npz the name of the array; of an .npy perhaps the path of a second one.
    task: auto takes text, truth values and up to 20 different whole numbers for classes, columns of 0 and 1 for one-hot
    classes or sets of labels, other numbers for regression.
    columns, drop: the columns to read, or to leave out; id: columns passed on to the predictions (default: one called
    id, ..._id or index without repeats); categorical: columns of numbers that are categories. Text is categories.
    missing: what is done about missing cells: refuse, drop the row, or fill in mean, median or most_frequent (of
    categories always the most frequent).
    standardize: numbers to mean 0 and standard deviation 1 on the training rows; null: for tables, not for pictures.
    standardize_target: the same for real targets; metrics and predictions stay in the target's units.
    layout: of pictures; separator, decimal, thousands, header, encoding, missing_values: of a table's file, detected
    unless they are given. val, test: fractions, in proportion by class; the test set does not depend on seed; a test
    set in the file is used as it is.
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
        missing_values: Sequence[str | int | float | None] | None = None,
        val: float = 0.1,
        test: float = 0.2,
        batch_size: int = 32,
        seed: int = 0,
        source: Any = None,
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        self._preprocessing: Preprocessing
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
            missing_values=None if missing_values is None else tuple(map(cell, missing_values)),
        )
        choice = Choice(columns, drop, id, categorical)
        if source is None and path is None:
            raise UserError("data.path is needed: the file of your data; from Python, data=... takes arrays and frames")
        given = (
            from_object(source) if source is not None else from_path(str(path), target, options=options, choice=choice)
        )
        self.name, self.digest = Path(given.name).name, given.digest
        self.val, self.test = val, test
        if given.x_test is None and not test:
            raise UserError(f"{given.name} has no test set of its own; test must be above 0")
        if isinstance(given.x, pd.DataFrame):
            if layout != "auto":
                raise UserError(f"{given.name}: layout is for pictures; this is a table")
            table = {str(name): given.x[name] for name in given.x}
            given = given._replace(x=pd.DataFrame())  # so that nothing else holds the columns
            scale = standardize is not False
            self._table(given, table, options, target, task, choice, missing, scale, standardize_target)
            return
        refused = [key for key, value in choice._asdict().items() if value] + ["standardize"] * bool(standardize)
        if refused:
            shape = tuple(given.x.shape[1:])
            raise UserError(f"{given.name}: {refused[0]} is for tables, not for images {shape}")
        self._pictures(given, layout, task, standardize_target)

    def load(self) -> Splits:
        """Return the splits; they are made with the data set."""
        return self._made

    @property
    def x(self) -> Tensor:
        """All examples but those of a test set of its own, as the network takes them, in the order of the rows."""
        parts = [self._made[name].x for name in self._rows]
        return torch.cat(parts)[self._order.argsort()]

    @property
    def preprocessing(self) -> Preprocessing:
        """How raw rows become the network's inputs, as fitted to the training rows."""
        return self._preprocessing

    def _table(
        self,
        given: Source,
        columns: dict[str, "pd.Series[Any]"],
        options: TableOptions,
        target: Target,
        task: str,
        choice: Choice,
        missing: Missing,
        standardize: bool,
        standardize_target: bool,
    ) -> None:
        """Choose the columns, split the rows and fit the preprocessing to the training rows.

        columns: of the table; they are taken out one by one, so that their memory is free for the encoded ones.
        """
        frame = pd.DataFrame(columns, copy=False)
        names = given.names
        wanted: tuple[str, ...] = ()
        if given.y is None:
            wanted = chosen(names[-1] if target is None else target, names, given.name)
        roles = assign(given.name, names, frame, wanted, choice, header=given.header)
        if not roles.inputs:
            raise UserError(f"{given.name} has no column to learn from beside the target")
        kept = None
        if missing == "drop":
            kept = complete(given, frame[[*roles.inputs, *wanted]])
            frame = frame.iloc[kept].reset_index(drop=True)

        def place(row: int) -> str:
            return given.place(row if kept is None else int(kept[row]))

        if missing == "refuse":
            refuse_gaps(frame, roles.inputs, place)
        y = frame[list(wanted)].to_numpy() if given.y is None else given.y if kept is None else given.y[kept]
        columns.clear()
        columns.update((name, frame[name]) for name in roles.inputs)
        del frame
        targets = encode_targets(given.name, y, given.y_test, task=task, names=wanted, place=place)
        self._split(given, targets, len(y))
        fitted, x = self._fit(given.name, columns, roles, missing, standardize, place)
        fit = TablePreprocessing(
            columns=tuple(fitted), names=names, targets=wanted, ids=roles.ids, header=given.header, options=options
        )
        self._preprocessing = fit
        x_test = None
        if given.x_test is not None:
            try:
                x_test = fit.encode(given.x_test).x
            except UserError as error:
                raise UserError(f"{given.name}, x_test: {error}") from None
        spec = DataSpec("real", (fit.width,), "classes", 2)
        self._finish(spec, x, x_test, targets, standardize_target)
        self.summary = (
            f"{self.name}: {'; '.join([*self._columns(fitted, roles, standardize), *self._rest(wanted, targets)])}"
        )

    def _fit(
        self,
        source: str,
        columns: dict[str, "pd.Series[Any]"],
        roles: Roles,
        missing: Missing,
        standardize: bool,
        place: Callable[[int], str],
    ) -> tuple[list[Column], Tensor]:
        """Fit the columns to the training rows, taking them out; return them and x in the order of the splits."""
        train = len(self._rows["train"])
        fitted: list[Column] = []
        parts: list[NDArray[Any]] = []
        for name in roles.inputs:
            cells = columns.pop(name)
            try:
                column, part = (
                    fit_categories(name, cells, self._order, train, named=name in roles.named, missing=missing)
                    if name in roles.categories
                    else fit_numbers(name, cells, self._order, train, standardize=standardize, missing=missing)
                )
            except Misfit as error:
                hint = f"; {FILL}" if error.missing else ""
                raise UserError(f"{place(error.row)}, column {name}: {error.reason}{hint}") from None
            except UserError as error:
                raise UserError(f"{source}, {error}") from None
            fitted.append(column)
            parts.append(part)
        if not standardize:
            note_scales(source, fitted, parts)
        return fitted, assembled(fitted, parts)

    def _pictures(self, given: Source, layout: Any, task: str, standardize_target: bool) -> None:
        x, said = pictures(given.name, "x", given.x, layout)
        targets = encode_targets(given.name, given.y, given.y_test, task=task, place=given.place)  # type: ignore[arg-type]
        x_test = None
        if given.x_test is not None:
            x_test, _ = pictures(given.name, "x_test", given.x_test, layout)
            if x_test.shape[1:] != x.shape[1:] or x_test.dtype != x.dtype:
                raise UserError(f"{given.name}: x_test is {describe(x_test)}, x is {describe(x)}")
        self._split(given, targets, len(x))
        bytes_ = x.dtype == torch.uint8
        inside = bytes_ or bool((x >= 0).all() and (x <= 1).all())
        self.transform = unit if bytes_ else None
        low, high = (0.0, 1.0) if inside else (float("-inf"), float("inf"))
        spec = DataSpec("real", tuple(x.shape[1:]), "classes", 2, low=low, high=high)
        self._preprocessing = default(spec)
        self._finish(spec, x[torch.from_numpy(self._order)], x_test, targets, standardize_target)
        channels, height, width = spec.shape
        what = f"{len(x)} pictures of {height}x{width}, {channels} channel{'s' if channels > 1 else ''}"
        self.summary = (
            f"{self.name}: {'; '.join([what + ', read with channels last' * bool(said), *self._rest((), targets)])}"
        )

    def _split(self, given: Source, targets: Targets, n: int) -> None:
        """Choose the rows of each split. Raises UserError for too few."""
        own_test = given.x_test is not None
        smallest = 1 + (self.val > 0) + (not own_test)
        if n < smallest:
            raise UserError(f"{given.name}: {n} rows are too few for val={self.val} and test={self.test}")
        if len(targets.y) != n:
            raise UserError(f"{given.name}: x has {n} rows but y has {len(targets.y)}; one target for each row")
        rest = torch.arange(n)
        rows: dict[str, Tensor] = {}
        for name, fraction, seed in (("test", 0 if own_test else self.test, 0), ("val", self.val, self.seed)):
            if fraction:
                y, count = targets.y[rest], max(1, round(fraction * len(rest)))
                left, held = stratified(y, count, seed) if targets.kind == "classes" else carve(len(rest), count, seed)
                rows[name], rest = rest[held], rest[left]
        rows = {"train": rest, **rows}
        self._order = torch.cat(list(rows.values())).numpy()
        ends = np.cumsum([len(part) for part in rows.values()])
        self._rows = dict(zip(rows, np.split(self._order, ends[:-1]), strict=True))

    def _finish(
        self, spec: DataSpec, x: Tensor, x_test: Tensor | None, targets: Targets, standardize_target: bool
    ) -> None:
        """Put together spec and splits: x of all splits is in the order of their rows."""
        y, y_test = targets.y, targets.y_test
        train = self._rows["train"]
        if targets.kind == "real":
            mean, scale = torch.zeros(y.shape[1]), torch.ones(y.shape[1])
            if standardize_target:
                mean, scale = y[train].mean(0), y[train].std(0, correction=0)
                scale[y[train].amin(0) == y[train].amax(0)] = 1
                spec = replace(spec, target_mean=tuple(mean.tolist()), target_scale=tuple(scale.tolist()))
            y = ((y - mean) / scale).float()
            y_test = None if y_test is None else ((y_test - mean) / scale).float()
            if not y.isfinite().all():
                raise UserError(f"{self.name}: targets up to {targets.y.abs().max():g} are too large for float32")
        labels = tuple(map(str, targets.classes)) or targets.names
        size = len(targets.classes) or y.shape[1]
        self.spec = replace(spec, target=targets.kind, target_size=size, labels=labels, classes=targets.classes)
        self._made: Splits = {}
        begin = 0
        for name, rows in self._rows.items():
            self._made[name] = Batch(x[begin : begin + len(rows)], y[torch.from_numpy(rows)])
            begin += len(rows)
        if x_test is not None:
            assert y_test is not None
            self._made["test"] = Batch(x_test, y_test)

    def _columns(self, fitted: list[Column], roles: Roles, standardize: bool) -> list[str]:
        """Return what the columns of a table are, in words."""
        numbers = [column for column in fitted if isinstance(column, NumberColumn)]
        categories = [column for column in fitted if isinstance(column, CategoryColumn)]
        parts = [f"{sum(len(part.y) for part in self._made.values())} rows"]
        if numbers:
            how = "standardized" if standardize else "as they are"
            parts.append(f"{len(numbers)} column{'s' if len(numbers) > 1 else ''} of numbers, {how}")
        if categories:
            which = listed([f"{column.name} {column.width}" for column in categories], 5)
            parts.append(f"{len(categories)} of categories, one-hot ({which})")
        if constant := [column.name for column in numbers if column.constant]:
            parts.append(f"constant: {listed(constant, 5)}")
        if roles.ids:
            parts.append(f"id {', '.join(roles.ids)}")
        if roles.left_out:
            parts.append(f"left out: {listed(roles.left_out, 5)}")
        return parts

    def _rest(self, names: Sequence[str], targets: Targets) -> list[str]:
        """Return target and sizes of the splits, in words."""
        target = f"target {', '.join(names)}" if names else "target"
        if targets.kind == "classes":
            counts = targets.y.bincount(minlength=len(targets.classes)).tolist()
            each = [f"{name} {count}" for name, count in zip(targets.classes, counts, strict=True)]
            what = f"{len(each)} classes ({listed(each, 6)})"
        elif targets.kind == "multilabel":
            what = f"a set of {targets.y.shape[1]} labels"
        else:
            what = f"regression{', standardized' if self.spec.target_scale else ''}"
        sizes = [f"{len(self._made[name].y)} {name}" for name in ("train", "val", "test") if name in self._made]
        return [f"{target}: {what}", ", ".join(sizes)]


def cell(mark: str | int | float | None) -> str:
    """Return a mark of missing cells as it is written in a table; a config reads -999 and null as values."""
    return "null" if mark is None else str(mark)


def complete(given: Source, frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the rows without a missing cell or target. Raises UserError if there is none."""
    kept = frame.notna().all(axis=1).to_numpy()
    if given.y is not None:
        kept &= ~pd.isna(given.y).reshape(len(kept), -1).any(1)
    if not kept.any():
        raise UserError(f"{given.name}: every row has a missing cell; data.missing=mean fills them in")
    if not kept.all():
        note(f"{given.name}: {(~kept).sum()} of {len(kept)} rows have a missing cell and are left out")
    return np.flatnonzero(kept)


def refuse_gaps(frame: pd.DataFrame, names: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise UserError for the first missing cell of these columns."""
    for name in names:
        if (gaps := frame[name].isna().to_numpy()).any():
            raise UserError(f"{place(int(gaps.argmax()))}, column {name}: the cell is missing; {FILL}")


def note_scales(name: str, columns: list[Column], parts: list[NDArray[Any]]) -> None:
    """Tell the user of columns on very different scales that are not standardized; parts: as they are encoded."""
    sizes = {
        column.name: float(np.abs(part).max())
        for column, part in zip(columns, parts, strict=True)
        if isinstance(column, NumberColumn)
    }
    sizes = {key: size for key, size in sizes.items() if size > 0}
    if sizes and max(sizes.values()) > VERY_DIFFERENT * min(1.0, *sizes.values()):
        low, high = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
        note(
            f"{name}: columns are on very different scales ({low} up to {sizes[low]:g}, {high} up to {sizes[high]:g}); "
            "data.standardize=true brings them to one"
        )


def note(message: str) -> None:
    """Tell the user something about the data."""
    warnings.warn(message, DataWarning, stacklevel=3)


def describe(x: Tensor) -> str:
    """Return type and shape of the examples in words."""
    return f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape[1:])}"


def pictures(path: str, name: str, x: Any, layout: Any) -> tuple[Tensor, str | None]:
    """Return pictures as (N, C, H, W), bytes or float, and what was done to the axes.

    Whole numbers from 0 to 255 are bytes, of whatever type. Raises UserError unless they are finite numbers.
    """
    for begin in range(0, len(x), SOME):
        with np.errstate(over="ignore"):
            bad = np.argwhere(~np.isfinite(x[begin : begin + SOME].astype(np.float32)))
        if len(bad):
            bad[0, 0] += begin
            where, value = ", ".join(map(str, bad[0])), x[tuple(bad[0])]
            raise UserError(f"{path}: {name}[{where}] is {value}; all numbers must be finite in float32")
    try:
        x, said = to_channels_first(x, layout)
    except UserError as error:
        raise UserError(f"{path}: {name}: {error}") from None
    if x.dtype == np.uint8 or (x.max() > 1 and x.min() >= 0 and x.max() <= 255 and is_whole(x)):
        return torch.from_numpy(np.ascontiguousarray(x, dtype=np.uint8)), said
    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)), said


def is_whole(x: Any) -> bool:
    """Tell whether all numbers are whole."""
    return all((part == np.round(part)).all() for part in (x[begin : begin + SOME] for begin in range(0, len(x), SOME)))
