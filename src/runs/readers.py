"""JSON and YAML files: readers that check what they read, and a writer."""

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ..errors import UserError
from .yaml_limits import check_plain, check_text

FAST_LENGTH = 10_000  # characters; libyaml crashes on text that is nested more deeply than that
MAX_YAML, MAX_JSON = 1 << 21, 1 << 26  # bytes
NUMBER = (int, float)
MOST_SECTIONS = 100  # of configs whose texts are kept
EXPONENT = re.compile(r"[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$")  # a number for Hydra, but not in YAML 1.1


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # seven times as fast
    """Reads 1e-3 as a number, as Hydra does."""


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # seven times as fast
    """Writes the text '1e-3' with quotes."""


for each in (Loader, Dumper):
    each.add_implicit_resolver("tag:yaml.org,2002:float", EXPONENT, list("-+0123456789"))


_sections: dict[str, str] = {}  # texts by key and content


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file, plain data of limited size. Raises UserError if it cannot be read."""
    try:
        text = read_text(path, MAX_YAML)
        if "&" in text or len(text) > FAST_LENGTH:  # else it is too short for a limit
            check_text(text, Loader)
        found = yaml.load(text, Loader=Loader)
        check_plain(found)
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        raise unreadable(path, error) from error
    return found


def read_text(path: Path, limit: int) -> str:
    """Return the text of a file. Raises OSError, and ValueError for a pipe, a device or more than `limit` bytes."""
    state = path.stat()
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):  # reading a pipe would wait forever
        raise ValueError("it is not a regular file")
    if state.st_size > limit:
        raise ValueError(f"it has {state.st_size} bytes; the limit is {limit}")
    return path.read_text(encoding="utf-8")


def to_yaml(content: Any) -> str:
    """Return the text of a YAML file, in which mappings keep their order."""
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def config_to_yaml(config: Mapping[str, Any]) -> str:
    """Return the same text as `to_yaml` for a config, whose sections are mostly those of other runs."""
    if not config:
        return to_yaml(dict(config))
    return "".join(section_to_yaml(key, value) for key, value in config.items())


def section_to_yaml(key: str, value: Any) -> str:
    """Return the text of a section; the texts of the last ones are kept."""
    name = f"{key}={value!r}"
    if name not in _sections:
        if len(_sections) >= MOST_SECTIONS:
            del _sections[next(iter(_sections))]
        _sections[name] = to_yaml({key: value})
    return _sections[name]


def read_object(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file, empty if there is no file. Raises UserError if it is not an object."""
    try:
        found = json.loads(read_text(path, MAX_JSON))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable(path, error) from error
    if not isinstance(found, dict):
        raise UserError(f"{path} is damaged: it is not a JSON object")
    return found


def check_types(path: Path, found: Mapping[str, Any], types: Mapping[str, type | tuple[type, ...]]) -> None:
    """Raise UserError if a value in a file has another type. Keys may be missing, and null."""
    for key, kind in types.items():
        if not isinstance(value := found.get(key), kind) and value is not None:
            raise UserError(f"{path} is damaged: {key} is {str(value)[:40]!r}")


def unreadable(path: Path, error: Exception) -> UserError:
    """Return the error for a file that cannot be read or parsed."""
    reason = error.strerror if isinstance(error, OSError) else (str(error).splitlines() or [""])[0]
    return UserError(f"{path} cannot be read: {reason or type(error).__name__}")
