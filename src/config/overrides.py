"""Values in the grammar of Hydra's command line: quotation marks around what it would refuse. Imports no torch.

https://hydra.cc/docs/advanced/override_grammar/basic/
"""

import re
from collections.abc import Mapping
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from ..formatting import to_hydra

BRACKETS, QUOTES = "[{", "'\""


def quoted(override: str) -> str:
    """Return an override as Hydra's grammar reads it: a value that the grammar refuses is quoted.

    Lists, mappings and comma-separated values keep their form; of those, only the elements that need it are quoted.
    What the grammar reads stays as it is, and so does what is wrong in any case: an unclosed bracket, a missing "=".
    """
    key, equals, value = override.partition("=")
    if not equals or reads(override):
        return override
    text = f"{key}={requoted(value.strip())}"
    return text if reads(text) else override


def requoted(value: str) -> str:
    """Return a value with quotation marks around those of its elements that Hydra's grammar refuses."""
    if not value or reads(f"key={value}"):
        return value
    elements = split(value)
    if len(elements) > 1:
        return ",".join(map(requoted, elements))
    if encloses(value):
        inner = split(value[1:-1])
        if value[0] == "[":
            return f"[{','.join(map(requoted, inner))}]"
        return "{" + ",".join(map(pair, inner)) + "}"
    return value if value[0] in (*BRACKETS, *QUOTES) and closing(value) is None else to_hydra(value)


def pair(element: str) -> str:
    """Return an element of a mapping: the grammar takes keys without quotation marks, with backslashes instead."""
    end = closing(element) if element[:1] in (*QUOTES,) else None
    if end is None:
        key, _, value = element.partition(":")
    else:
        key, value = (
            re.sub(r"([\\()\[\]{}:=,\s])", r"\\\1", element[1:end]),
            element[end + 1 :].lstrip().removeprefix(":"),
        )
    return f"{key.strip()}:{requoted(value.strip())}"


def split(value: str) -> list[str]:
    """Return the elements of a comma-separated value; commas inside brackets, parentheses and quotes do not count."""
    elements, start, position = [], 0, 0
    while position < len(value):
        if value[position] == ",":
            elements.append(value[start:position].strip())
            start = position + 1
        elif value[position] in "[{(" or (value[position] in QUOTES and not value[start:position].strip()):
            end = closing(value[position:])
            position += end or 0
        position += 1
    return [*elements, value[start:].strip()]


def encloses(value: str) -> bool:
    """Tell whether the brackets that a value begins with are closed at its very end."""
    return value[0] in BRACKETS and closing(value) == len(value) - 1


def closing(value: str) -> int | None:
    """Return the position of what closes the bracket or quotation mark that a value begins with, None without one."""
    if value[0] in QUOTES:
        found = re.match(rf"{value[0]}(?:[^\\{value[0]}]|\\.)*{value[0]}", value, re.DOTALL)
        return found.end() - 1 if found else None
    depth, position = 0, 0
    while position < len(value):
        character = value[position]
        if character in QUOTES and value[:position].rstrip()[-1:] in "[{(,:":
            position += closing(value[position:]) or 0
        depth += (character in "[{(") - (character in "]})")
        if depth == 0:
            return position
        position += 1
    return None


def reads(override: str) -> bool:
    """Tell whether Hydra's grammar can read an override."""
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return True


def unreadable(text: str) -> str:
    """Return what is wrong with an override that cannot be read even after quoting."""
    key, equals, value = text.partition("=")
    if not equals:
        return "it has the form key=value"
    if not reads(f"{key}="):
        return f"'{key}' is not a key; keys are words with dots between them, as in model.hidden"
    if value[:1] in BRACKETS and closing(value) is None:
        return "a bracket is not closed; quote lists with spaces in the shell: 'key=[1, 2]'"
    if value[:1] in QUOTES and closing(value) is None:
        return "a quotation mark is not closed; in the shell, quote the whole setting as well: \"key='a value'\""
    return "lists are written as in 'key=[1, 2]', mappings as in 'key={a: 1}'"


def override(key: str, value: Any) -> list[str]:
    """Return a setting of Python values in Hydra's grammar, nested mappings as a setting for each key."""
    if isinstance(value, Mapping):
        return [line for k, v in value.items() for line in override(f"{key}.{k}", v)]
    return [f"{key}={to_hydra(value)}"]
