"""Validation of numbers passed from Python."""

from numbers import Integral, Real

from ..config.values import LARGEST_SEED
from ..errors import UserError


def whole_number(name: str, value: object, *, least: int | None = None, most: int | None = None) -> int:
    """Return a number of any integer type as an int. Raises UserError for other types and values out of range."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UserError(f"{name} is {value!r}; it takes an integer")
    if least is not None and int(value) < least:
        raise UserError(f"{name} is {value}; it must be at least {least}")
    if most is not None and int(value) > most:
        raise UserError(f"{name} is {value}; it must be at most {most}")
    return int(value)


def seed_number(value: object) -> int:
    """Return a seed as an int. Raises UserError unless it is an integer from 0 to 2^32 - 1."""
    if isinstance(value, Integral) and not 0 <= int(value) <= LARGEST_SEED:
        raise UserError(f"seed is {value}; it must be from 0 to {LARGEST_SEED}")
    return whole_number("seed", value)


def real_number(name: str, value: object) -> float:
    """Return a number as a float. Raises UserError for other types."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UserError(f"{name} is {value!r}; it takes a number")
    return float(value)
