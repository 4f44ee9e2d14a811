"""The error for a `_target_` that is no dotted path of module and class. Imports no torch."""

import ast
from collections.abc import Iterator

from ..errors import nearest_name
from ..formatting import to_hydra
from .files import options, read_config
from .from_python import is_from_python
from .groups import DICT_GROUPS
from .instantiate import targets
from .signatures import OWN, parse, source_of


def why_no_path(place: str, target: object) -> str | None:
    """Return the reason why the `_target_` at a dotted place of the config is no path, None if it is one.

    The reason has the path of the class with the nearest name that belongs there.
    """
    if is_from_python(target):
        return None
    parts = str(target).split(".") if isinstance(target, str) else []
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        return None
    by_class: dict[str, str] = {}
    for path in class_paths(place):
        by_class.setdefault(path.rpartition(".")[2], path)
    close = nearest_name(str(target).rpartition(".")[2], by_class)
    hint = (
        f"; did you mean '{by_class[close]}'?"
        if close
        else "".join(f", such as '{p}'" for p in [*by_class.values()][:1])
    )
    return f"{place}._target_ is {to_hydra(target)}; it must be the dotted path of a class, with its module{hint}"


def class_paths(place: str) -> Iterator[str]:
    """Yield the classes that options of the group have at a place, then the other classes of their packages."""
    group, _, inner = place.partition(".")
    found: dict[str, None] = {}
    for file in options(group).values():
        content = read_config(file) or {}
        for path, node in targets(content.get(group, content)):
            if group in DICT_GROUPS or path == inner:
                found[str(node["_target_"])] = None
    yield from found
    for package in dict.fromkeys(path.rsplit(".", 2)[0] for path in found if path.startswith(OWN)):
        yield from classes_in(package)


def classes_in(package: str) -> Iterator[str]:
    """Yield the dotted paths of the public classes in the modules of a package of nnzoo."""
    source = source_of(package)
    for file in sorted(source.parent.glob("*.py")) if source and source.name == "__init__.py" else ():
        for node in parse(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield f"{package}.{file.stem}.{node.name}"
