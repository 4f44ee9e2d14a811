"""`nnzoo runs rm`: delete runs and sweeps."""

import sys

from ..errors import UserError
from ..runs.index import load_runs
from ..runs.lookup import find, relative_path
from ..runs.removal import ancestors, check_removable, remove
from ..runs.scan import file_sizes
from .arguments import parse_flag
from .cells import escape, format_size
from .run_arguments import are_filters, filtered, parse_names


def rm(args: list[str]) -> int:
    """Delete runs and sweeps, after asking if standard input is a terminal."""
    root, names, found = parse_names(args, more=("yes", "force"))
    yes, force = (parse_flag(key, found.get(key, "false")) for key in ("yes", "force"))
    if not names:
        raise UserError("nnzoo runs rm takes runs, directories of sweeps, or filters")
    loaded = load_runs(root)
    if are_filters(root, names):
        sweeps, runs = [], filtered(loaded, names)
    else:
        paths = {name: relative_path(root, name) for name in names}
        sweeps = [path for path in dict.fromkeys(paths.values()) if path is not None and path in loaded.sweeps]
        named = [find(loaded, name) for name, path in paths.items() if path not in sweeps]
        inside = [run for name, run in loaded.runs.items() if not set(sweeps).isdisjoint(ancestors(name))]
        runs = list({run.name: run for run in (*named, *inside)}.values())
    check_removable(loaded, runs, sweeps, force=force)
    chosen = {name: root / name for name in (*sweeps, *(run.name for run in runs))}
    targets = {name: path for name, path in chosen.items() if chosen.keys().isdisjoint(ancestors(name))}
    sizes = {name: sum(file_sizes(path).values()) for name, path in targets.items()}
    if not targets:
        print(f"nothing to delete: none of the runs in {root} fulfils {' '.join(names)}")
        return 0
    if not yes and not confirmed(sizes):
        print("nothing was deleted")
        return 1
    check_removable(loaded, runs, sweeps, force=force)  # again: a run may have been resumed before the answer
    for name, path in targets.items():
        remove(path)
        print(f"deleted {escape(str(path))} ({format_size(sizes[name])})", flush=True)
    total = sum(sizes.values())
    print(f"{count(len(targets))} deleted, {total} bytes")
    return 0


def confirmed(sizes: dict[str, int]) -> bool:
    """Ask on the terminal whether to delete. Raises UserError if standard input is not a terminal."""
    if not sys.stdin.isatty():
        raise UserError(f"standard input is not a terminal to ask on; yes=true deletes {count(len(sizes))}")
    for name, number in sizes.items():
        print(f"{escape(name)} ({format_size(number)})")
    try:
        answer = input(f"delete {count(len(sizes))}, {format_size(sum(sizes.values()))}? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in ("y", "yes")


def count(number: int) -> str:
    """Return a number of directories."""
    return f"{number} {'directory' if number == 1 else 'directories'}"
