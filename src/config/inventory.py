"""Lists and help texts, read from source text and config files without importing torch."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from typing import Any

from ..errors import UserError, did_you_mean, unknown
from ..formatting import format_table
from .catalogue import cards
from .files import options, parse_config
from .groups import DICT_GROUPS, GROUPS
from .plugins import plugin_of, warn
from .schema import SECTIONS
from .signatures import LIBRARIES, components, find_class, module_of


def group_of(kind: str) -> str:
    """Return the group of a name in `nnzoo list` or on the command line. Raises UserError for an unknown name."""
    if kind not in GROUPS and kind not in GROUPS.values():
        raise unknown("kind", kind, GROUPS)
    return GROUPS.get(kind, kind)


def list_options(kind: str = "models", pattern: str = "*") -> str:
    """Return the options of a kind that match a shell pattern, each with its title, as a table."""
    return format_table([list(row) for row in matching_options(kind, pattern)]) + "\n"


def matching_options(kind: str = "models", pattern: str = "*") -> list[tuple[str, str]]:
    """Return name and title of the options of a kind that match a shell pattern; a single word may be the pattern.

    Raises UserError if there are none.
    """
    if kind not in GROUPS and kind not in GROUPS.values() and pattern == "*":
        kind, pattern = "models", kind
    group = group_of(kind)
    shell = pattern if any(c in pattern for c in "*?[") else f"*{pattern}*"
    lines = {name: title_with_package(group, name, file) for name, file in options(group).items()}
    rows = [(name, line) for name, line in lines.items() if fnmatchcase(name, shell)]
    if not rows:
        raise UserError(f"no {kind} match '{pattern}'{did_you_mean(pattern, [*lines, *GROUPS])}")
    return rows


def title_with_package(group: str, name: str, file: Path) -> str:
    """Return the title of an option, with the name of its plug-in if it has one.

    Warns of an option of a plug-in that cannot be read; its title is then empty.
    """
    plugin = plugin_of(file)
    if plugin is None:
        return title(group, name, file)
    if group == "model" and name not in cards():  # which warns of it
        return f"(plug-in {plugin.name})"
    try:
        return f"{title(group, name, file)} (plug-in {plugin.name})"
    except Exception as error:  # whatever is wrong with a plug-in, nnzoo works
        warn(plugin.name, f"{group}={name} cannot be read: {error}")
        return f"(plug-in {plugin.name})"


def title(group: str, name: str, file: Path) -> str:
    """Return the title of an option, one line."""
    if group == "model":
        return cards()[name].title
    text = file.read_text(encoding="utf-8")
    node: dict[str, Any] = parse_config(text) or {}
    if group == "experiment":
        claim = node.get("claim", {})
        return f"{claim.get('title', '')} [{claim.get('source', '')}]"
    if group in SECTIONS:
        return first_line(SECTIONS[group].__doc__)
    if group in DICT_GROUPS:
        objects = {key: each for key, each in node.items() if key != "defaults"}
        if len(objects) == 1 and (line := first_line(documentation(next(iter(objects.values()))["_target_"]))):
            return line
        return first_line(comment(text)) or ", ".join(objects) or "none"
    if group == "data" and (text := first_line(comment(text))):
        return text
    target = str(node.get(group, node).get("_target_", ""))
    return first_line(documentation(target)) or first_line(comment(text)) or target


def documentation(target: str) -> str:
    """Return the docstring of a class, of the bases that it mentions and of its components.

    It is "" for classes of torch and other packages that nnzoo uses.
    """
    module, _, name = target.rpartition(".")
    found = None if module.partition(".")[0] in LIBRARIES else find_class(module, name)
    if found is None:
        return ""
    parts = [docstring(target), *component_docstrings(target)]
    for base in found.bases:
        if isinstance(base, ast.Name) and f"`{base.id}`" in parts[0]:
            parts.append(f"{base.id}: {documentation(f'{module_of(module, base.id)}.{base.id}')}")
    return "\n\n".join(parts)


def docstring(target: str) -> str:
    """Return the docstring of a class."""
    found = find_class(*target.rpartition(".")[::2])
    return (ast.get_docstring(found) or "") if found else ""


def component_docstrings(target: str) -> list[str]:
    """Return the docstrings of a class's components, each with the name of its argument."""
    module, _, name = target.rpartition(".")
    found = components(module, name).items()
    return [f"{argument} {part.rpartition('.')[2]}: {documentation(part)}" for argument, part in found]


def first_line(text: str | None) -> str:
    """Return the first line of a text, empty if there is none."""
    return text.splitlines()[0] if text else ""


def comment(text: str) -> str:
    """Return the comment at the beginning of a config file."""
    lines = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return "\n".join(line.lstrip("# ") for line in lines if "@package" not in line)


def other_settings(group: str, file: Path) -> Iterator[str]:
    """Yield the overrides that an option contains besides the settings of its own class."""
    text = file.read_text(encoding="utf-8")
    if "# @package _global_" not in text:
        return
    content: dict[str, Any] = parse_config(text)
    for default in content.get("defaults", ()):
        yield from (f"{key.removeprefix('override /')}={value}" for key, value in default.items())
    for key, value in content.items():
        if isinstance(value, dict) and key not in (group, "claim"):
            yield from (
                f"{key}.{name}={to_text(inner)}" for name, inner in value.items() if not isinstance(inner, dict)
            )
        elif not isinstance(value, dict) and key != "defaults":
            yield f"{key}={to_text(value)}"


def setting(key: str, value: Any) -> tuple[str, str]:
    """Return key and value of a setting for the command line; for a component, those of its `_target_`."""
    if isinstance(value, dict) and "_target_" in value:
        return f"{key}._target_", str(value["_target_"])
    return key, to_text(value)


def to_text(value: Any) -> str:
    """Return a value as written on the command line."""
    if isinstance(value, tuple | list):
        return "[" + ",".join(map(to_text, value)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def list_groups() -> str:
    """Return all config groups with their options, and examples."""
    rows = [[f"  {group}=", ", ".join(options(group))] for group in GROUPS.values()]
    return f"""groups
{format_table(rows)}

settings: seed, init, trainer.max_epochs, loader.batch_size, optimizer.lr, model.hidden ...
  --cfg job      show the whole config      --cfg job --resolve   with interpolations resolved

examples
  nnzoo train model=mlp data=mnist 'model.hidden=[120,84]' optimizer=sgd optimizer.lr=0.5
  nnzoo train model=rnn data=reber
  nnzoo train -m model=mlp,lenet5 seed=0,1,2
  nnzoo train experiment=zaki_meira/lenet5_mnist
  nnzoo train debug=fast
"""
