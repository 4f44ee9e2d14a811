"""`nnzoo runs`: list, compare, describe, tag and delete the runs below a directory. Imports no torch."""

import os
import re
from collections.abc import Callable

from ..errors import UserError, unknown
from ..runs.directory import RunDirectory
from ..runs.filters import Filter, check_keys, select, sort_runs
from ..runs.index import load_runs
from ..runs.lookup import open_runs
from .arguments import parse_arguments, parse_list, parse_number
from .cells import escape
from .run_arguments import choose_runs, parse_form, parse_names, root_of
from .run_compare import compare_csv, compare_json, compare_text
from .run_list import COLUMNS, DATA_COLUMNS, list_csv, list_json, list_text
from .run_rm import rm
from .run_show import show_json, show_text

TAG = re.compile(r"[+-](\w[\w.:-]*)")


def runs_command(args: list[str]) -> int:
    """Run `nnzoo runs COMMAND ...` and return the exit code."""
    if not args:
        raise UserError(f"nnzoo runs takes one of: {', '.join(COMMANDS)}")
    if args[0] not in COMMANDS:
        raise unknown("command of nnzoo runs", args[0], COMMANDS)
    return COMMANDS[args[0]](args[1:])


def list_runs(args: list[str]) -> int:
    """Print the runs that fulfil all filters."""
    form, args = parse_form(args, ("--json", "--csv"))
    known = ("output_dir", "sort", "limit", "columns")
    found, others = parse_arguments(args, known, ())
    folders = [arg for arg in others if os.path.isdir(arg)]
    if len(folders) > 1 or (folders and "output_dir" in found):
        raise UserError(f"cannot use '{folders[-1]}'; nnzoo runs list takes one directory")
    root = root_of(found, folders)
    filters = [Filter.parse(arg) for arg in others if arg not in folders]
    limit = parse_number("limit", found["limit"], int) if "limit" in found else None
    loaded = load_runs(root)
    everything = list(loaded.runs.values())
    columns = chosen_columns(found["columns"]) if "columns" in found else DATA_COLUMNS if form else COLUMNS
    check_keys(columns, everything)
    runs = sort_runs(select(everything, filters), found.get("sort", "-time"), limit)
    if form:
        print({"--json": list_json, "--csv": list_csv}[form](runs, columns))
    elif not everything:
        print(f"no runs in {root}")
    else:
        if runs:
            print(list_text(runs, columns))
        if len(runs) < len(everything):
            print(f"{len(runs)} of {len(everything)} runs in {root}")
    return 0


def chosen_columns(text: str) -> list[str]:
    """Return the columns that an argument columns=[a,b] names, and `run`."""
    names = parse_list(text)
    return names if "run" in names else [*names, "run"]


def show(args: list[str]) -> int:
    """Print a description of a run."""
    form, args = parse_form(args, ("--json",))
    root, names, _ = parse_names(args)
    if len(names) != 1:
        raise UserError("nnzoo runs show takes the directory or the name of one run")
    (run,) = open_runs(root, names)
    print(show_json(run) if form else show_text(run))
    return 0


def compare(args: list[str]) -> int:
    """Print the settings in which runs differ, and their metrics."""
    form, args = parse_form(args, ("--json", "--csv"))
    root, names, _ = parse_names(args)
    runs = choose_runs(root, names)
    if len(runs) < 2:
        raise UserError(f"nnzoo runs compare takes at least two runs; there {'is one' if runs else 'are none'}")
    print({"": compare_text, "--json": compare_json, "--csv": compare_csv}[form](runs))
    return 0


def tag(args: list[str]) -> int:
    """Add tags to runs and remove tags from them."""
    changes = [arg for arg in args if TAG.fullmatch(arg)]
    if wrong := next((arg for arg in args if arg[:1] in ("+", "-") and arg not in changes), None):
        raise UserError(f"cannot use '{wrong}'; +NAME adds and -NAME removes a tag of letters, digits and . _ : -")
    root, names, _ = parse_names([arg for arg in args if arg not in changes])
    if not changes or not names:
        raise UserError("nnzoo runs tag takes runs or filters, and tags: +NAME to add one, -NAME to remove one")
    runs = choose_runs(root, names)
    if not runs:
        print(f"nothing to tag: none of the runs in {root} fulfils {' '.join(names)}")
    for run in runs:
        directory = RunDirectory(run.path)
        tags = set(directory.tags())
        for change in changes:
            tags = tags | {change[1:]} if change[0] == "+" else tags - {change[1:]}
        try:
            directory.write_tags(tags)
        except OSError as error:
            raise UserError(f"cannot write to {run.path}: {error.strerror}") from error
        print(f"{escape(run.name)}: {', '.join(sorted(tags)) or 'no tags'}")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "list": list_runs,
    "show": show,
    "compare": compare,
    "rm": rm,
    "tag": tag,
}
