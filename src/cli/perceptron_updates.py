"""`nnzoo perceptron_updates`: the updates of a perceptron one by one."""

from ..config.compose import compose
from ..teaching.limits import MAX_STEPS, check_online, check_traced, with_perceptron
from ..training.saved import plain
from .arguments import parse_arguments, parse_flag, parse_number
from .run_arguments import parse_form
from .teaching_arguments import check_picture, refuse_misspelled, save_picture

ARGUMENTS = ("steps", "shuffle", "output", "frames")


def command(args: list[str]) -> int:
    """Print the updates as a table or as CSV; output=FILE.png draws them, frames=FOLDER each into a file."""
    form, args = parse_form(args, ("--csv",))
    found, overrides = parse_arguments(args, ARGUMENTS, ())
    refuse_misspelled(overrides, ARGUMENTS)
    steps = parse_number("steps", found.get("steps", str(MAX_STEPS)), int)
    shuffle = parse_flag("shuffle", found.get("shuffle", "true"))
    if "output" in found:
        check_picture(found["output"])
    config = plain(compose(with_perceptron(overrides)))
    check_traced(config, steps)
    check_online(config)
    from ..teaching.perceptron import updates_of

    updates = updates_of(config, steps=steps, shuffle=shuffle)
    print(updates.table.to_csv(index=False, lineterminator="\n").rstrip("\n") if form else updates)
    if "output" in found:
        save_picture(updates.plot(), found["output"])
    if "frames" in found:
        print(f"pictures     {len(updates.frames(found['frames']))} in {found['frames']}")
    return 0
