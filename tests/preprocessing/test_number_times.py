"""Columns of numbers as integers, which are read as times."""

import numpy as np
import pandas as pd
import pytest
from nnzoo.preprocessing.number_times import as_integers


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([3, 1, 2], [3, 1, 2]),
        ([3.0, 1.0, 2.0], [3, 1, 2]),
        ([3.0, 1.5, 2.0], None),  # one is no integer
        ([3.0, np.nan, 2.0], None),
        (["3", "x"], None),
    ],
)
def test_only_columns_of_whole_numbers_are_integers(cells: list[object], expected: list[int] | None) -> None:
    found = as_integers(pd.Series(cells))
    assert (found if found is None else found.tolist()) == expected
