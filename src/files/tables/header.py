"""Detection of a header: whether the first record of a table holds the names of its columns.

Shapes: R rows, F columns.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

MAX_UNIQUE_SHARE = 0.1  # below this share of unique cells in a column, a first cell that is unique is hardly a value
MIN_PROGRESSION = 4  # this many numbers in arithmetic progression are hardly values


def is_header(
    first: Sequence[str], rows: Sequence[Sequence[str]], missing: Collection[str], is_number: Callable[[str], bool]
) -> bool | None:
    """Return whether `first` (F,) holds the names of the columns of `rows` (R, F); None if both are possible.

    A column is evidence for a header if its first cell is text above numbers, or a number above text; weaker evidence
    if the first cell does not recur in a column of text. It is evidence against a header if the first cell recurs, or
    has the form of the cells below ("2020-01-01"). Numbers above numbers are evidence against a header unless they
    form a progression (wavelengths, years) and the rows do not.
    """
    strong: list[str] = []
    medium = weak = against = 0
    numbers: list[int] = []
    for column, name in enumerate(first):
        cells = [row[column] for row in rows if row[column] not in missing]
        if name in missing or not cells:
            continue
        count = sum(map(is_number, cells))
        if is_number(name):
            if count:
                numbers.append(column)
            else:
                strong.append(name)
        elif name in cells:
            against += 1
        elif 2 * count >= len(cells):
            strong.append(name)
        else:
            shapes = {shape(cell) for cell in cells}
            typical = len(shapes) == 1 and "0" in next(iter(shapes))
            if typical and shape(name) in shapes:
                against += 1
            elif typical or sum(n == 1 for n in Counter(cells).values()) <= MAX_UNIQUE_SHARE * len(cells):
                medium += 1
            else:
                weak += 1
    if against:
        return None if strong else False
    if not numbers:
        return True if strong or medium or weak else None
    if first[0] in missing and is_index([row[0] for row in rows], missing):
        return True
    names = [first[column] for column in numbers]
    below = [[row[column] for column in numbers] for row in rows]
    if not (strong or medium or weak):
        return (
            None
            if len(names) > 2 and is_arithmetic(names) and sum(map(is_arithmetic, below)) * 2 < len(below)
            else False
        )
    if strong or medium:
        return True if names_progress(names, below) or len(set(strong)) > 1 else None
    if len(names) > 2 and is_arithmetic(names) and not any(map(is_arithmetic, below)):
        return True if len(names) >= MIN_PROGRESSION else None
    return False


def shape(text: str) -> str:
    """Return a cell with every run of digits replaced by 0 and every run of letters by a."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))


def is_index(cells: Sequence[str], missing: Collection[str]) -> bool:
    """Return whether a column identifies the rows: distinct integers or distinct texts."""
    whole = all(cell.isdigit() for cell in cells)
    text = not any(cell in missing or re.fullmatch(r"[+-]?[\d.,]+", cell) for cell in cells)
    return (whole or text) and len(set(cells)) == len(cells)


def to_floats(cells: Sequence[str]) -> list[float] | None:
    """Return cells as numbers, None if a cell is not a number."""
    try:
        return [float(cell.replace(",", ".")) for cell in cells]
    except ValueError:
        return None


def is_arithmetic(cells: Sequence[str]) -> bool:
    """Return whether at least two numbers form an arithmetic progression."""
    found = to_floats(cells)
    if found is None:
        return False
    steps = [after - before for before, after in pairwise(found)]
    return steps[0] != 0 and all(abs(step - steps[0]) <= 1e-6 * abs(steps[0]) for step in steps)


def is_monotonic(cells: Sequence[str]) -> bool:
    """Return whether numbers are strictly increasing or strictly decreasing."""
    found = to_floats(cells)
    if found is None or len(found) < 2:
        return False
    rising = [after > before for before, after in pairwise(found)]
    falling = [after < before for before, after in pairwise(found)]
    return all(rising) or all(falling)


def names_progress(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether names are monotonic while most rows are not; two names must also lie outside their columns."""
    if len(names) == 2:
        columns = [to_floats(column) for column in zip(*below, strict=True)]
        found = to_floats(names)
        return (
            found is not None
            and found[0] < found[1]
            and all(cells and not min(cells) <= name <= max(cells) for name, cells in zip(found, columns, strict=True))
        )
    return is_monotonic(names) and sum(map(is_monotonic, below)) * 2 < len(below)
