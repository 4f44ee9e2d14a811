"""Arguments of commands on runs: the directory, runs, filters, and the form of the output."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError, unknown
from ..files.paths import expand_path
from ..runs.filters import FILTER, Filter, select, sort_runs
from ..runs.index import Run, Runs, load_runs
from ..runs.lookup import open_runs, relative_path, run_named
from .arguments import parse_arguments, refuse_unknown


def parse_form(args: list[str], known: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the chosen form of the output, "" for text, and the other arguments. Raises UserError for other flags."""
    flags = [arg for arg in args if arg.startswith("--")]
    if wrong := next((flag for flag in flags if flag not in known), None):
        raise unknown("argument", wrong, known)
    if len(set(flags)) > 1:
        raise UserError(f"choose one of {' and '.join(flags)}")
    return (flags[0] if flags else ""), [arg for arg in args if arg not in flags]


def parse_names(args: list[str], *, more: tuple[str, ...] = ()) -> tuple[Path, list[str], dict[str, str]]:
    """Return the root, the runs or filters, and the values of the arguments `more`. Raises UserError for a flag."""
    known = ("output_dir", *more)
    found, names = parse_arguments(args, known, ())
    refuse_unknown([name for name in names if name.startswith("--")], known)
    return root_of(found, []), names, found


def root_of(found: dict[str, str], folders: Sequence[str]) -> Path:
    """Return the directory whose runs are meant."""
    return expand_path(folders[0] if folders else found.get("output_dir") or "outputs")


def run_path(name: str) -> str:
    """Return the path of the run that a user names by a path or, in outputs/, by its name, see `run_named`."""
    return run_named(name, root_of({}, []))


def choose_runs(root: Path, names: Sequence[str]) -> list[Run]:
    """Return the runs that a user names, or those that fulfil all filters, the oldest first."""
    if are_filters(root, names):
        return filtered(load_runs(root), names)
    return open_runs(root, names)


def are_filters(root: Path, names: Sequence[str]) -> bool:
    """Return whether the arguments are filters, not runs, whose names may contain "=".

    Raises UserError if there are both.
    """
    filters = [
        name
        for name in names
        if FILTER.fullmatch(name) and relative_path(root, name) is None and not os.path.isdir(name)
    ]
    if filters and len(filters) < len(names):
        raise UserError(f"cannot use '{filters[0]}'; give either runs or filters; there is no such run in {root}")
    return bool(filters)


def filtered(loaded: Runs, filters: Sequence[str]) -> list[Run]:
    """Return the runs that fulfil all filters, the oldest first."""
    runs = select(list(loaded.runs.values()), [Filter.parse(text) for text in filters])
    return sort_runs(runs, "time")
