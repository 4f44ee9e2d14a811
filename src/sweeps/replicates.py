"""The seeds and folds with which each trial of a sweep is trained."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from ..errors import UserError
from .space import Choice, Param

MOST = 100_000  # seeds or folds
Replicate = tuple[tuple[str, int], ...]
"""Pairs of `seed` or `fold` and its value; empty if neither varies."""


def replicates(config: Mapping[str, Any], swept: Mapping[str, Param]) -> tuple[Replicate, ...]:
    """Return the replicates of each trial.

    config: with `seeds`, `seed` and `cv`; swept: the parameters `seed` and `fold` if the command gives them values.
    Raises UserError for numbers out of range.
    """
    seeds, folds = config["seeds"], config.get("cv")
    axes = []
    if seeds is not None:
        if not 1 <= seeds <= MOST:
            raise UserError(f"seeds is {seeds}; it must be from 1 to {MOST}")
        if "seed" in swept:
            raise UserError("seeds and several values of seed cannot be combined; leave one out")
        axes.append([("seed", int(config["seed"]) + i) for i in range(seeds)])
    elif "seed" in swept:
        axes.append(values_of(swept["seed"]))
    if "fold" in swept:
        axes.append(values_of(swept["fold"]))
    elif folds is not None and config.get("fold") is None:
        if not 2 <= folds <= MOST:
            raise UserError(f"cv is {folds}; it must be from 2 to {MOST}")
        axes.append([("fold", k) for k in range(folds)])
    return tuple(product(*axes))


def values_of(param: Param) -> list[tuple[str, int]]:
    """Return the values of `seed` or `fold`. Raises UserError for values that are no integers."""
    values = param.values if isinstance(param, Choice) else param.grid(None)
    for value in values:
        if not str(value).isdecimal():
            raise UserError(f"{param.key} is '{value}'; it takes integers from 0")
    return [(param.key, int(value)) for value in values]
