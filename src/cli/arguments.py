"""Arguments of commands: key=value pairs and numbers. Imports no torch."""

from typing import TypeVar

from ..errors import UserError, unknown

Number = TypeVar("Number", int, float)


def parse_arguments(
    args: list[str], known: tuple[str, ...], required: tuple[str, ...]
) -> tuple[dict[str, str], list[str]]:
    """Return the key=value arguments with known keys, and all others. Raises UserError for a missing required key."""
    found, others = {}, []
    for arg in args:
        key, equals, value = arg.partition("=")
        if equals and key in known:
            found[key] = value
        else:
            others.append(arg)
    for key in required:
        if not found.get(key):
            other = f"; cannot use '{others[0]}'" if others else ""
            raise UserError(f"{key}=... is required{other}")
    return found, others


def refuse_unknown(others: list[str], known: tuple[str, ...]) -> None:
    """Raise UserError for an unknown argument."""
    if others:
        raise unknown("argument", others[0].partition("=")[0], known)


def parse_number(key: str, value: str, kind: type[Number]) -> Number:
    """Return the value of an argument as a number. Raises UserError if it is not one."""
    try:
        return kind(value)
    except ValueError:
        raise UserError(f"{key} is '{value}'; it takes {'an integer' if kind is int else 'a number'}") from None


def allowed_packages(found: dict[str, str]) -> list[str]:
    """Return the packages in the argument allow=[a,b]."""
    return [name for name in found.get("allow", "").strip("[]").split(",") if name]
