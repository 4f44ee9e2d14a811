"""Ratings of a table, and cells that cannot be used."""

from typing import Any

import pandas as pd
import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.preprocessing.rating_table import Missing, RatingTable, check_range, read_ratings

LABELS = ("who", "film", "stars")
FRAME = pd.DataFrame(
    {"stars": [3, 4.5, 1, 5], "index": 0, "film": [7, 8, 7, 9], "who": ["Cy", "Bob", "Al", "Al"], "note": None}
)


def read(frame: pd.DataFrame = FRAME, labels: tuple[str, ...] = LABELS, missing: Missing = "refuse") -> RatingTable:
    return read_ratings("a.csv", frame, labels, missing, lambda row: f"line {row + 2}")


def changed(row: int, **cells: Any) -> pd.DataFrame:
    """Return the table with other cells in a row, and the row numbers of a part of a larger table."""
    frame = FRAME.astype(object)
    for name, cell in cells.items():
        frame.loc[row, name] = cell
    return frame


def test_ratings() -> None:
    found = read()
    assert [ids.tolist() for ids in found.ids] == [["Cy", "Bob", "Al", "Al"], ["7", "8", "7", "9"]]
    assert found.values.tolist() == [3, 4.5, 1, 5]
    assert found.rows.tolist() == [0, 1, 2, 3]
    assert found.place(3) == "line 5"


def test_pairs_without_ratings_have_the_value_1() -> None:
    assert read(labels=LABELS[:2]).values.tolist() == [1, 1, 1, 1]


def test_rows_that_are_left_out() -> None:
    """Missing cells of other columns do not matter; locations are those of the whole table."""
    with pytest.warns(DataWarning, match=r"^a\.csv: 1 of 4 rows have a missing cell and are left out$"):
        found = read(changed(1, film=None), missing="drop")
    assert [ids.tolist() for ids in found.ids] == [["Cy", "Al", "Al"], ["7", "7", "9"]]
    assert (found.values.tolist(), found.rows.tolist()) == ([3, 1, 5], [0, 2, 3])
    assert [found.place(row) for row in range(3)] == ["line 2", "line 4", "line 5"]
    with pytest.raises(UserError, match=r"^a\.csv: every row has a missing cell$"):
        read(FRAME.assign(film=None), missing="drop")
    assert not len(read(FRAME.head(0)).values)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"film": None}, "line 4, column film: the item is missing; data.missing=drop leaves such rows out"),
        ({"who": None, "stars": None}, "line 4, column stars: the rating is missing"),  # the first in the file
        ({"stars": "many"}, "line 4, column stars: the rating 'many' is not a number; data.rating names another"),
        ({"stars": float("inf")}, "line 4, column stars: the rating inf is not finite"),
        ({"who": "Cy"}, "line 4: user 'Cy' rates item '7' a second time, first in line 2; leave one of them out"),
    ],
)
def test_unsuitable_cells(cells: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}"):
        read(changed(2, **cells))


def test_the_range_of_ratings() -> None:
    check_range(read(), 1, 5, "the range")  # the bounds are inside
    for low, high, message in [
        (1.5, 5, r"line 4: the rating 1 is outside \[1\.5, 5\], the range of all"),
        (1, 4.5, r"line 5: the rating 5 is outside \[1, 4\.5\], the range of all"),
    ]:
        with pytest.raises(UserError, match=message):
            check_range(read(), low, high, "the range of all")
