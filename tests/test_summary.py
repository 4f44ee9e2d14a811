import math

import pytest
from nnzoo.summary import figures, number, table


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.12345, "0.1235"), (1e12, "1e+12"), (-2.0, "-2"), (math.nan, "nan"), (math.inf, "inf")],
)
def test_number(value, text):
    assert number(value) == text


def test_best_comes_first():
    found = figures({"test/last": {"acc": 0.5}, "test/best": {"acc": 1.0, "errors": 0.0}})
    assert found.splitlines() == ["test/best    acc 1  errors 0", "test/last    acc 0.5"]


def test_columns():
    assert table([["a", "bcd"], ["efg", ""]]) == "a    bcd\nefg"
