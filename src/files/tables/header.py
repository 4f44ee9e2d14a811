"""Whether the first record of a table holds the names of its columns, by evidence from the rows below.

Shapes: R rows, F columns.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

RARE = 0.1  # if so few of a column's cells occur once only, a first cell that never recurs is no value of the column
LONG = 4  # numbers in arithmetic progression that hardly are data


def is_header(
    first: Sequence[str], rows: Sequence[Sequence[str]], missing: Collection[str], is_number: Callable[[str], bool]
) -> bool | None:
    """Tell whether `first` (F,) names the columns of `rows` (R, F); None if it could be both.

    A column is evidence for a header if text stands above numbers, or a number above text; weaker evidence if the
    first cell never recurs in a column of text. It is evidence against one if the first cell recurs, or has the form
    of the cells below ("2020-01-01"). Numbers above numbers are evidence against one unless they progress as names do
    (wavelengths, years) and the rows do not.
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
            elif typical or sum(n == 1 for n in Counter(cells).values()) <= RARE * len(cells):
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
        return None if len(names) > 2 and arithmetic(names) and sum(map(arithmetic, below)) * 2 < len(below) else False
    if strong or medium:
        return True if progress(names, below) or len(set(strong)) > 1 else None
    if len(names) > 2 and arithmetic(names) and not any(map(arithmetic, below)):
        return True if len(names) >= LONG else None
    return False


def shape(text: str) -> str:
    """Return a cell with runs of digits as 0 and runs of letters as a."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))


def is_index(cells: Sequence[str], missing: Collection[str]) -> bool:
    """Tell whether a column tells rows apart: different whole numbers or different texts."""
    whole = all(cell.isdigit() for cell in cells)
    text = not any(cell in missing or re.fullmatch(r"[+-]?[\d.,]+", cell) for cell in cells)
    return (whole or text) and len(set(cells)) == len(cells)


def values(cells: Sequence[str]) -> list[float] | None:
    """Return cells as numbers, None if one is none."""
    try:
        return [float(cell.replace(",", ".")) for cell in cells]
    except ValueError:
        return None


def arithmetic(cells: Sequence[str]) -> bool:
    """Tell whether numbers grow or shrink by equal steps."""
    found = values(cells)
    if found is None or len(found) < 2:
        return False
    steps = [after - before for before, after in pairwise(found)]
    return steps[0] != 0 and all(abs(step - steps[0]) <= 1e-6 * abs(steps[0]) for step in steps)


def monotonic(cells: Sequence[str]) -> bool:
    """Tell whether numbers only grow or only shrink."""
    found = values(cells)
    if found is None or len(found) < 2:
        return False
    rising = [after > before for before, after in pairwise(found)]
    falling = [after < before for before, after in pairwise(found)]
    return all(rising) or all(falling)


def progress(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether numbers progress as names do, and most rows below do not; two must be outside their columns."""
    if len(names) == 2:
        columns = [values(column) for column in zip(*below, strict=True)]
        found = values(names)
        return (
            found is not None
            and found[0] < found[1]
            and all(cells and not min(cells) <= name <= max(cells) for name, cells in zip(found, columns, strict=True))
        )
    return monotonic(names) and sum(map(monotonic, below)) * 2 < len(below)
