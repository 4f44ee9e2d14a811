"""The seeds and folds of each trial of a sweep."""

from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.replicates import MOST, replicates
from nnzoo.sweeps.space import Choice, Param, Range

PLAIN: dict[str, Any] = {"seeds": None, "seed": 7, "cv": None, "fold": None}


def found(swept: tuple[Param, ...] = (), **settings: Any) -> list[dict[str, int]]:
    return [dict(each) for each in replicates(PLAIN | settings, {param.key: param for param in swept})]


def test_one_run_by_default() -> None:
    assert found() == [{}]
    assert found(cv=3, fold=1) == [{}]  # a fold of the user


def test_seeds_begin_with_that_of_the_config() -> None:
    assert found(seeds=2) == [{"seed": 7}, {"seed": 8}]
    assert found(seeds=1) == [{"seed": 7}]


def test_folds() -> None:
    assert found(cv=2) == [{"fold": 0}, {"fold": 1}]


def test_folds_vary_faster_than_seeds() -> None:
    expected = [{"seed": 7, "fold": 0}, {"seed": 7, "fold": 1}, {"seed": 8, "fold": 0}, {"seed": 8, "fold": 1}]
    assert found(seeds=2, cv=2) == expected


def test_several_values_on_the_command_line() -> None:
    swept = (Choice("seed", ("3", "5")), Range("fold", 0, 1))
    assert found(swept, cv=5) == [
        {"seed": 3, "fold": 0},
        {"seed": 3, "fold": 1},
        {"seed": 5, "fold": 0},
        {"seed": 5, "fold": 1},
    ]


@pytest.mark.parametrize(
    ("swept", "settings", "message"),
    [
        ((), {"seeds": 0}, f"seeds is 0; it must be from 1 to {MOST}"),
        ((), {"seeds": MOST + 1}, f"seeds is {MOST + 1}; it must be from 1 to {MOST}"),
        ((), {"cv": 1}, f"cv is 1; it must be from 2 to {MOST}"),
        ((), {"cv": MOST + 1}, f"cv is {MOST + 1}; it must be from 2 to {MOST}"),
        (
            (Choice("seed", ("1", "2")),),
            {"seeds": 2},
            "seeds and several values of seed cannot be combined; leave one out",
        ),
        ((Choice("seed", ("1", "-2")),), {}, "seed is '-2'; it takes integers from 0"),
        ((Choice("fold", ("a",)),), {"cv": 3}, "fold is 'a'; it takes integers from 0"),
    ],
)
def test_numbers_that_are_refused(swept: tuple[Param, ...], settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        found(swept, **settings)
    assert str(error.value) == message


def test_the_most() -> None:
    assert len(found(seeds=MOST)) == len(found(cv=MOST)) == MOST
