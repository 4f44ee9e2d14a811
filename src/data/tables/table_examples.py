"""The rows of the user's table as examples.

Shapes: N rows, F columns.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, UserError, join_names
from ...files.tables import TableOptions
from ...formatting import to_shell
from ...preprocessing.columns import CategoryColumn, Column, Misfit, Missing, NumberColumn, fit_categories, fit_numbers
from ...preprocessing.tables import FILL, TablePreprocessing, assembled
from ...spec import DataSpec
from .examples import Prepared, Rows
from .roles import ColumnChoice, Roles, assign_roles, is_distinct, looks_like_id, resolve_columns
from .sources import Source, Target, has_no_target
from .targets import encode_targets, no_targets

VERY_DIFFERENT = 100.0  # ratio of the scales of two columns above which `note_scales` warns


class TableExamples:
    """The rows of a table as `Examples`; for the settings see `Array`.

    Raises UserError for columns that do not exist or have two roles, for missing cells and targets that cannot be used.
    """

    def __init__(
        self,
        given: Source,
        *,
        options: TableOptions,
        target: Target,
        task: str,
        choice: ColumnChoice,
        missing: Missing,
        standardize: bool,
    ) -> None:
        self.name = given.name
        self.has_test_set = given.x_test is not None
        self.missing = missing
        self.standardize = standardize
        frame = pd.DataFrame(given.x, copy=False)
        self.target_names: tuple[str, ...] = ()
        if given.y is None:
            self.target_names = resolve_columns(given.names[-1] if target is None else target, given.names, given.name)
        if target is None and given.y is None:
            refuse_default_target(given, frame)
        roles = assign_roles(given.name, given.names, frame, self.target_names, choice, header=given.header)
        if not roles.inputs:
            one = "; data.separator sets the separator of the cells" if len(given.names) == 1 else ""
            if one and given.name.endswith(".txt"):
                one += "; a text is data=corpus data.path=... or data=word_text data.path=..."
            raise UserError(f"{given.name} has no input columns beside the target{one}")
        note_counters(given.name, frame, roles.inputs)
        kept, located = None, given.place
        if missing == "drop":
            kept = complete_rows(given, frame[[*roles.inputs, *self.target_names]])
            frame = frame.iloc[kept].reset_index(drop=True)

        def place(row: int) -> str:
            return located(row if kept is None else int(kept[row]))  # no reference to `given`, which has all columns

        self.place: Callable[[int], str] = place
        if missing == "refuse":
            refuse_missing_cells(frame, roles.inputs, place)
        y = given.y
        if y is None:
            y = frame[list(self.target_names)].to_numpy()
        elif kept is not None:
            y = y[kept]
        if given.y is None and has_no_target(target):
            own = None if given.x_test is None else len(given.x_test)
            self.targets = no_targets(given.name, len(frame), own, task=task)
        else:
            self.targets = encode_targets(given.name, y, given.y_test, task=task, names=self.target_names, place=place)
        if len(self.targets.y) != len(frame):
            raise UserError(
                f"{given.name}: x has {len(frame)} rows but y has {len(self.targets.y)}; one target for each row"
            )
        self.roles = roles
        self.x_test = given.x_test
        self.columns = {name: frame[name] for name in roles.inputs}  # taken out one by one, to free their memory
        self.unfitted = TablePreprocessing(
            columns=(),
            names=given.names,
            targets=self.target_names,
            ids=roles.ids,
            header=given.header,
            options=options,
            written=given.written,
        )

    def prepare(self, order: Rows, train: int) -> Prepared:
        """Fit the columns to the training rows; see `Examples`. Raises UserError for cells that cannot be used."""
        fitted: list[Column] = []
        parts: list[NDArray[Any]] = []
        columns, self.columns = dict(self.columns), {}  # not those of a copy
        for name in self.roles.inputs:
            column, part = self._fit(name, columns.pop(name), order, train)
            fitted.append(column)
            parts.append(part)
        if not self.standardize:
            note_scales(self.name, fitted, parts)
        preprocessing = replace(self.unfitted, columns=tuple(fitted))
        x_test = None
        if self.x_test is not None:
            try:
                x_test = preprocessing.encode(self.x_test).x
            except UserError as error:
                raise UserError(f"{self.name}, x_test: {error}") from None
        rows = len(order) + (0 if x_test is None else len(x_test))
        x = assembled(fitted, parts)
        every = [each for each in (x, x_test) if each is not None]
        low = 0.0 if all(each.min() >= 0 for each in every) else float("-inf")
        high = 1.0 if low == 0 and all(each.max() <= 1 for each in every) else float("inf")
        spec = DataSpec("real", (preprocessing.width,), "none", 0, low=low, high=high)
        words = [f"{rows} rows", *describe_columns(fitted, self.roles)]
        return Prepared(x, x_test, spec, preprocessing, words)

    def _fit(self, name: str, cells: "pd.Series[Any]", order: Rows, train: int) -> tuple[Column, NDArray[Any]]:
        try:
            if name in self.roles.categories:
                named = name in self.roles.named
                return fit_categories(name, cells, order, train, named=named, missing=self.missing)
            return fit_numbers(name, cells, order, train, standardize=self.standardize, missing=self.missing)
        except Misfit as error:
            hint = f"; {FILL}" if error.missing else ""
            raise UserError(f"{self.place(error.row)}, column {name}: {error.reason}{hint}") from None
        except UserError as error:
            raise UserError(f"{self.name}, {error}") from None


def refuse_default_target(given: Source, frame: pd.DataFrame) -> None:
    """Raise UserError if the last column, the default target, looks like an id, a date or a name."""
    name = given.names[-1]
    if name not in frame:
        return
    cells = frame[name].dropna()
    many_texts = cells.dtype.kind not in "biuf" and cells.nunique() > max(10, len(cells) / 2)
    if many_texts or (given.header and looks_like_id(name) and is_distinct(frame[name])):
        raise UserError(
            f"{given.name}: the last column, {name}, has {cells.nunique()} distinct cells in {len(cells)} rows, such "
            f"as '{cells.iloc[0]}', and is probably not the target; data.target=NAME sets the target column, "
            "data.target=[] is for data without a target"
        )


def note_counters(name: str, frame: pd.DataFrame, inputs: Sequence[str]) -> None:
    """Warn of input columns that number the rows, unless it is the only input: they depend on the order of the rows."""
    for column in inputs if len(inputs) > 1 else ():
        cells = frame[column]
        if cells.dtype.kind in "iu" and len(cells) > 2 and (np.diff(cells.to_numpy()) == 1).all():
            note(f"{name}: column {column} numbers the rows; {to_shell('data.drop', [column])} leaves it out")


def complete_rows(given: Source, frame: pd.DataFrame) -> Rows:
    """Return the rows without a missing cell or target. Raises UserError if there are none."""
    kept = frame.notna().all(axis=1).to_numpy()
    if given.y is not None:
        kept = kept & ~pd.isna(given.y).reshape(len(kept), -1).any(1)  # pandas lends it for reading
    if not kept.any():
        raise UserError(f"{given.name}: every row has a missing cell; data.missing=mean fills them in")
    if not kept.all():
        note(f"{given.name}: {(~kept).sum()} of {len(kept)} rows have a missing cell and are left out")
    return np.flatnonzero(kept)


def refuse_missing_cells(frame: pd.DataFrame, names: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise UserError for the first row with a missing cell in these columns."""
    first = [(int(gaps.argmax()), name) for name in names if (gaps := frame[name].isna().to_numpy()).any()]
    if first:
        row, name = min(first, key=lambda gap: gap[0])
        raise UserError(f"{place(row)}, column {name}: the cell is missing; {FILL}")


def note_scales(name: str, columns: Sequence[Column], parts: Sequence[NDArray[Any]]) -> None:
    """Warn of columns with very different scales that are not standardized; parts: the encoded columns."""
    sizes = {
        column.name: float(np.abs(part).max())
        for column, part in zip(columns, parts, strict=True)
        if isinstance(column, NumberColumn)
    }
    sizes = {key: size for key, size in sizes.items() if size > 0}
    if sizes and max(sizes.values()) > VERY_DIFFERENT * min(1.0, *sizes.values()):
        low, high = min(sizes, key=sizes.__getitem__), max(sizes, key=sizes.__getitem__)
        which = f"columns are on very different scales ({low} up to {sizes[low]:g}, {high} up to {sizes[high]:g})"
        if low == high:
            which = f"column {high} goes up to {sizes[high]:g}"
        note(f"{name}: {which}; data.standardize=true scales columns to mean 0 and standard deviation 1")


def note(message: str) -> None:
    """Warn the user about the data."""
    warnings.warn(message, DataWarning, stacklevel=3)


def describe_columns(fitted: Sequence[Column], roles: Roles) -> list[str]:
    """Return a description of the columns of a table, in parts."""
    numbers = [column for column in fitted if isinstance(column, NumberColumn)]
    categories = [column for column in fitted if isinstance(column, CategoryColumn)]
    parts = []
    if numbers:
        scaled = sum((column.mean, column.scale) != (0, 1) for column in numbers)
        rest = len(numbers) - scaled
        ways = [(scaled, "standardized"), (rest, "as they are" if rest > 1 else "as it is")]
        how = ", ".join(f"{count} {way}" if scaled and rest else way for count, way in ways if count)
        parts.append(f"{len(numbers)} column{'s' if len(numbers) > 1 else ''} of numbers, {how}")
    if categories:
        which = join_names([f"{column.name} {column.width}" for column in categories], 5)
        parts.append(f"{len(categories)} of categories, one-hot ({which})")
    if constant := [column.name for column in numbers if column.constant]:
        parts.append(f"constant: {join_names(constant, 5)}")
    if roles.ids:
        parts.append(f"id {', '.join(roles.ids)}")
    if roles.left_out:
        parts.append(f"left out: {join_names(roles.left_out, 5)}")
    return parts
