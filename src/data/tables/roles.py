"""The roles of the columns of a table: inputs, targets, ids or unused."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ...errors import UserError
from ...files.frames import find_column

Names = str | int | Sequence[str | int]  # columns by name, or by number counted from 1
IDS = ("id", "index", "uuid", "guid", "key", "row")


class ColumnChoice(NamedTuple):
    """The user's settings of the columns; see `Array`."""

    columns: Sequence[str | int] | None = None
    drop: Sequence[str | int] = ()
    id: Names | None = None
    categorical: Sequence[str | int] = ()


ALL_COLUMNS = ColumnChoice()


class Roles(NamedTuple):
    """The columns of a table by role, in the order of the table.

    inputs: columns that the network reads; categories: the inputs that are categorical; named: those that the user has
    set as categorical; ids: columns that are copied to the predictions; left_out: unused columns.
    """

    inputs: tuple[str, ...]
    categories: frozenset[str]
    named: frozenset[str]
    ids: tuple[str, ...]
    left_out: tuple[str, ...]


def assign_roles(
    where: str, names: Sequence[str], frame: pd.DataFrame, targets: Sequence[str], choice: ColumnChoice, *, header: bool
) -> Roles:
    """Return the roles of a table's columns.

    names: of all columns; frame: the columns that were read. A first column without a name, and columns with the name
    of an id, are not inputs if all their cells are distinct.
    Raises UserError for a column that does not exist or has two roles.
    """
    read = None if choice.columns is None else resolve_columns(choice.columns, names, where)
    dropped = resolve_columns(choice.drop, names, where)
    named = frozenset(resolve_columns(choice.categorical, names, where))
    free = [name for name in frame.columns if header and name not in {*targets, *dropped, *(read or ())}]
    unnamed = tuple(name for name in free if name == names[0] and is_unnamed(name) and is_distinct(frame[name]))
    if choice.id is not None:
        ids = resolve_columns(choice.id, names, where)
    else:
        ids = tuple(name for name in free if looks_like_id(name) and is_distinct(frame[name]))
    roles = {"the target": targets, "in data.drop": dropped, "in data.id": ids, "in data.columns": read or ()}
    for name in names:
        if len(several := [words for words, some in roles.items() if name in some]) > 1:
            raise UserError(f"{where}: column '{name}' is {' and '.join(several)}; it can have only one role")
    unused = {*targets, *dropped, *ids, *unnamed}
    inputs = tuple(name for name in (names if read is None else read) if name not in unused)
    left_out = ["the unnamed first column"] * len(unnamed) + list(dropped)
    if read is not None:
        left_out += [name for name in names if name not in {*read, *unused}]
    categories = frozenset(name for name in inputs if name in named or frame[name].dtype.kind not in "biuf")
    return Roles(inputs, categories, named, ids, tuple(left_out))


def resolve_columns(references: Names, names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the names of columns given by name or number. Raises UserError for a column that does not exist."""
    given = [references] if isinstance(references, str | int) else references
    return tuple(dict.fromkeys(find_column(reference, names, where) for reference in given))


def looks_like_id(name: str) -> bool:
    """Tell whether a column has the name of an id of the rows."""
    return name.lower() in IDS or name.lower().endswith(("_id", " id", "-id")) or name.endswith("Id")


def is_unnamed(name: str) -> bool:
    """Tell whether a column has no name or a generated one."""
    return not name or name.startswith(("column ", "Unnamed: "))


def is_distinct(cells: "pd.Series[Any]") -> bool:
    """Tell whether all cells are present and distinct; False for floats, which are measurements and not ids."""
    return cells.dtype.kind != "f" and bool(cells.notna().all()) and bool(cells.is_unique)
