"""`nnzoo weight_changes`: the weights of a run before and after training."""

from .arguments import allowed_packages, parse_arguments, parse_list, refuse_unknown
from .run_arguments import parse_form, run_path
from .teaching_arguments import check_picture, save_picture

KNOWN = ("run", "checkpoint", "parameters", "output", "allow")


def command(args: list[str]) -> int:
    """Print the changes as a table or as CSV; output=FILE.png draws them."""
    form, args = parse_form(args, ("--csv",))
    found, others = parse_arguments(args, KNOWN, ("run",))
    refuse_unknown(others, KNOWN)
    if "output" in found:
        check_picture(found["output"])
    path = run_path(found["run"])
    from ..teaching.weight_changes import weight_changes

    changes = weight_changes(path, checkpoint=found.get("checkpoint", "last"), allow=allowed_packages(found))
    figure = changes.plot(*parse_list(found.get("parameters", ""))) if "output" in found else None
    print(changes.table.to_csv(index=False, lineterminator="\n").rstrip("\n") if form else changes)
    if figure is not None:
        save_picture(figure, found["output"])
    return 0
