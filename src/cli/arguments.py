"""Arguments of commands: key=value pairs and numbers. Imports no torch."""

from typing import TypeVar

from ..errors import UserError, unknown

CHANGED = "allow_changed_data"
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


def parse_flag(key: str, value: str) -> bool:
    """Return the value of an argument that is true or false. Raises UserError for another value."""
    if value not in ("true", "false"):
        raise UserError(f"{key} is '{value}'; it takes true or false")
    return value == "true"


def parse_list(value: str) -> list[str]:
    """Return the names in an argument [a,b]; the brackets may be missing."""
    return [name.strip() for name in value.strip("[]").split(",") if name.strip()]


def changes_allowed(found: dict[str, str]) -> bool:
    """Return whether the argument allow_changed_data is true."""
    return parse_flag(CHANGED, found.get(CHANGED, "false"))


def allowed_packages(found: dict[str, str]) -> list[str]:
    """Return the packages in the argument allow=[a,b]."""
    return parse_list(found.get("allow", ""))
