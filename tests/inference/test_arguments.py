"""Numbers passed from Python."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.arguments import real_number, seed_number, whole_number


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers(value: object) -> None:
    found = whole_number("top", value, least=3, most=3)
    assert (type(found), found) == (int, 3)
    assert whole_number("top", -5) == -5


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, torch.tensor(3)])
def test_no_whole_numbers(value: object) -> None:
    for read in (lambda: whole_number("seed", value), lambda: seed_number(value)):
        with pytest.raises(UserError) as error:
            read()
        assert str(error.value) == f"seed is {value!r}; it takes an integer"


def test_whole_numbers_out_of_range() -> None:
    with pytest.raises(UserError, match=r"^top is 0; it must be at least 1$"):
        whole_number("top", 0, least=1, most=5)
    with pytest.raises(UserError, match=r"^top is 6; it must be at most 5$"):
        whole_number("top", 6, least=1, most=5)


def test_seeds() -> None:
    assert seed_number(0) == 0
    assert seed_number(2**32 - 1) == 4294967295
    for seed in (-1, 2**32):
        with pytest.raises(UserError, match=rf"^seed is {seed}; it must be from 0 to 4294967295$"):
            seed_number(seed)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2), Fraction(2)])
def test_real_numbers(value: object) -> None:
    found = real_number("lr", value)
    assert (type(found), found) == (float, 2.0)


@pytest.mark.parametrize("value", [True, "2", None, 2j])
def test_no_real_numbers(value: object) -> None:
    with pytest.raises(UserError) as error:
        real_number("lr", value)
    assert str(error.value) == f"lr is {value!r}; it takes a number"
