"""Quoting of values for the grammar of Hydra's overrides. Imports no torch.

https://hydra.cc/docs/advanced/override_grammar/basic/
"""

import os
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from hydra.errors import HydraException

from ..errors import UserError
from ..formatting import escape_key, to_hydra
from .grammar import parse_override

BRACKETS, QUOTES = "[{", "'\""
MAPPINGS = ("init", "class_weight", "lr_factors")  # settings whose value may be a mapping: its keys are no settings
LONGEST = 60  # characters of a value in an error message


def quote_override(override: str) -> str:
    """Return an override with its value quoted if Hydra's grammar would reject it.

    Lists, mappings and comma-separated values keep their form; only those of their elements that need it are quoted.
    A valid override stays unchanged, and so does one that quoting cannot repair: an unclosed bracket, a missing "=".
    The exception is a value that names an existing file, such as `${seed}.csv` or `runs/mlp-hidden=6,5`: it is neither
    an interpolation nor several values.
    """
    key, equals, value = override.partition("=")
    if names_a_file(value):
        return f"{key}={to_hydra(escape_interpolations(value))}"
    if not equals or is_readable(override):
        return override
    text = f"{key}={quote_value(value.strip())}"
    return text if is_readable(text) else override


def names_a_file(value: Any) -> bool:
    """Return whether a value is the name of a file although it has the form of an interpolation or of several values.

    The file exists, or the value is a Path. The directory of a run is an example: its name may have commas.
    """
    if not isinstance(value, str | Path) or not ("${" in str(value) or ("," in str(value) and os.sep in str(value))):
        return False
    return isinstance(value, Path) or os.path.lexists(value)


def escape_interpolations(text: str) -> str:
    r"""Return a text that OmegaConf resolves to the given one: `${seed}` becomes `\${seed}`."""
    return re.sub(r"(\\*)\$\{", lambda found: found[1] * 2 + r"\${", text)


def quote_value(value: str) -> str:
    """Return a value with quotation marks around those of its elements that Hydra's grammar rejects."""
    if not value or is_readable(f"key={value}"):
        return value
    elements = split_elements(value)
    if len(elements) > 1:
        return ",".join(map(quote_value, elements))
    if is_enclosed(value):
        inner = split_elements(value[1:-1])
        if value[0] == "[":
            return f"[{','.join(map(quote_value, inner))}]"
        return "{" + ",".join(map(quote_pair, inner)) + "}"
    return value if value[0] in (*BRACKETS, *QUOTES) and closing_position(value) is None else to_hydra(value)


def quote_pair(element: str) -> str:
    """Return an element of a mapping: in keys the grammar allows backslashes but not quotation marks."""
    end = closing_position(element) if element[:1] in (*QUOTES,) else None
    if end is None:
        key, _, value = element.partition(":")
    else:
        key, value = escape_key(element[1:end]), element[end + 1 :].lstrip().removeprefix(":")
    return f"{key.strip()}:{quote_value(value.strip())}"


def split_elements(value: str) -> list[str]:
    """Return the elements of a comma-separated value; commas inside brackets, parentheses and quotes do not count."""
    elements, start, position = [], 0, 0
    while position < len(value):
        if value[position] == ",":
            elements.append(value[start:position].strip())
            start = position + 1
        elif value[position] in "[{(" or (value[position] in QUOTES and not value[start:position].strip()):
            end = closing_position(value[position:])
            position += end or 0
        position += 1
    return [*elements, value[start:].strip()]


def is_enclosed(value: str) -> bool:
    """Return whether a value starts with a bracket that is closed at its end."""
    return value[0] in BRACKETS and closing_position(value) == len(value) - 1


def closing_position(value: str) -> int | None:
    """Return the position that closes the bracket or quotation mark at the start of a value, None if there is none."""
    if value[0] in QUOTES:
        found = re.match(rf"{value[0]}(?:[^\\{value[0]}]|\\.)*{value[0]}", value, re.DOTALL)
        return found.end() - 1 if found else None
    depth, position = 0, 0
    while position < len(value):
        character = value[position]
        if character in QUOTES and value[:position].rstrip()[-1:] in "[{(,:":
            position += closing_position(value[position:]) or 0
        depth += (character in "[{(") - (character in "]})")
        if depth == 0:
            return position
        position += 1
    return None


def is_readable(override: str) -> bool:
    """Return whether Hydra's grammar can parse an override."""
    try:
        parse_override(override)
    except HydraException:
        return False
    return True


def why_unreadable(text: str) -> str:
    """Return the reason why an override cannot be parsed even after quoting."""
    key, equals, value = text.partition("=")
    if not equals:
        return "a setting has the form key=value"
    if not is_readable(f"{key}="):
        return f"'{key}' is not a key; keys are words separated by dots, such as model.hidden"
    if value[:1] in BRACKETS and closing_position(value) is None:
        return "a bracket is not closed; quote lists with spaces in the shell: 'key=[1, 2]'"
    if value[:1] in QUOTES and closing_position(value) is None:
        return "a quotation mark is not closed; in the shell, quote the whole setting as well: \"key='a value'\""
    return "lists have the form 'key=[1, 2]', mappings the form 'key={a: 1}'"


def to_overrides(key: str, value: Any) -> list[str]:
    """Return a Python value as overrides in Hydra's grammar, one for each setting of a nested mapping.

    Raises UserError for a value that no config can hold.
    """
    if isinstance(value, Mapping) and key not in MAPPINGS:
        return [line for k, v in value.items() for line in to_overrides(f"{key}.{k}", v)]
    if not is_plain(value):
        text = " ".join(repr(value).split())
        shown = text if len(text) < LONGEST else f"{text[:LONGEST]} ..."
        raise UserError(f"{key} is {shown}; it takes a number, a text, a list or a mapping of them, or None")
    if names_a_file(value):
        value = escape_interpolations(str(value))
    return [f"{key}={to_hydra(value)}"]


def is_plain(value: Any) -> bool:
    """Return whether a value is a number, a text, None, an array or tensor, or a list or mapping of such."""
    if isinstance(value, Mapping):
        return all(map(is_plain, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | Path | Real) or hasattr(value, "ndim")
