"""`nnzoo trace`: every number of the first training steps."""

from ..config.compose import compose
from ..errors import UserError
from ..teaching.limits import MAX_NUMBERS, check_traced
from ..training.saved import plain
from .arguments import parse_arguments, parse_number
from .run_arguments import parse_form
from .teaching_arguments import check_picture, refuse_misspelled, save_picture

ARGUMENTS = ("steps", "max_numbers", "output")


def command(args: list[str]) -> int:
    """Print the numbers as text, JSON or CSV, or draw the first step into output=FILE.png."""
    form, args = parse_form(args, ("--json", "--csv"))
    found, overrides = parse_arguments(args, ARGUMENTS, ())
    refuse_misspelled(overrides, ARGUMENTS)
    steps = parse_number("steps", found.get("steps", "1"), int)
    max_numbers = parse_number("max_numbers", found.get("max_numbers", str(MAX_NUMBERS)), int)
    if form and "output" in found:
        raise UserError(f"output=FILE.png is a picture; leave out {form}, or output")
    if "output" in found:
        check_picture(found["output"])
    config = plain(compose(overrides))
    check_traced(config, steps, max_numbers)
    from ..teaching.trace import trace_config

    traced = trace_config(config, steps=steps, max_numbers=max_numbers)
    if form:
        print(traced.to_json() if form == "--json" else traced.to_csv().rstrip("\n"))
        return 0
    print(traced)
    if "output" in found:
        save_picture(traced.plot(), found["output"])
    return 0
