"""What each column of the user's table is for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from ...errors import UserError
from ...files.frames import find_column

Names = str | int | Sequence[str | int]  # of columns: by name, or by number counted from 1
IDS = ("id", "index", "uuid", "guid", "key", "row")


class Choice(NamedTuple):
    """What the user said about the columns; see `Array`."""

    columns: Sequence[str | int] | None = None
    drop: Sequence[str | int] = ()
    id: Names | None = None
    categorical: Sequence[str | int] = ()


ALL = Choice()


class Roles(NamedTuple):
    """The columns of a table by their use, in its order.

    inputs: what the network reads; categories: those of them that are no numbers; named: those that the user called
    categorical; ids: passed on to the predictions; left_out: not used.
    """

    inputs: tuple[str, ...]
    categories: frozenset[str]
    named: frozenset[str]
    ids: tuple[str, ...]
    left_out: tuple[str, ...]


def assign(
    where: str, names: Sequence[str], frame: pd.DataFrame, targets: Sequence[str], choice: Choice, *, header: bool
) -> Roles:
    """Return the roles of a table's columns.

    names: of all columns; frame: those that were read. A first column without a name, and columns called like an id,
    are no inputs if all their cells are different.
    Raises UserError for a column that is not there or has two roles.
    """
    read = None if choice.columns is None else chosen(choice.columns, names, where)
    dropped = chosen(choice.drop, names, where)
    named = frozenset(chosen(choice.categorical, names, where))
    free = [name for name in frame.columns if header and name not in {*targets, *dropped, *(read or ())}]
    unnamed = tuple(name for name in free if name == names[0] and is_unnamed(name) and is_distinct(frame[name]))
    if choice.id is not None:
        ids = chosen(choice.id, names, where)
    else:
        ids = tuple(name for name in free if looks_like_id(name) and is_distinct(frame[name]))
    roles = {"the target": targets, "in data.drop": dropped, "in data.id": ids, "in data.columns": read or ()}
    for name in names:
        if len(several := [words for words, some in roles.items() if name in some]) > 1:
            raise UserError(f"{where}: column '{name}' is {' and '.join(several)}; it can be one of them")
    unused = {*targets, *dropped, *ids, *unnamed}
    inputs = tuple(name for name in (names if read is None else read) if name not in unused)
    left_out = ["the unnamed first column"] * len(unnamed) + list(dropped)
    if read is not None:
        left_out += [name for name in names if name not in {*read, *unused}]
    categories = frozenset(name for name in inputs if name in named or frame[name].dtype.kind not in "biuf")
    return Roles(inputs, categories, named, ids, tuple(left_out))


def chosen(references: Names, names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the names of columns given by name or number. Raises UserError for one that is not there."""
    given = [references] if isinstance(references, str | int) else references
    return tuple(dict.fromkeys(find_column(reference, names, where) for reference in given))


def looks_like_id(name: str) -> bool:
    """Tell whether a column is called like one that tells rows apart."""
    return name.lower() in IDS or name.lower().endswith(("_id", " id", "-id")) or name.endswith("Id")


def is_unnamed(name: str) -> bool:
    """Tell whether a column has no name of its own."""
    return not name or name.startswith(("column ", "Unnamed: "))


def is_distinct(cells: "pd.Series[Any]") -> bool:
    """Tell whether no cell is missing and no two are the same; fractions are measurements, not names."""
    return cells.dtype.kind != "f" and bool(cells.notna().all()) and bool(cells.is_unique)
