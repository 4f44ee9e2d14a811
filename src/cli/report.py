"""`nnzoo report`: a page about a run or a sweep, or the page of published results."""

from ..errors import UserError
from .arguments import parse_arguments, refuse_unknown
from .run_arguments import run_path

KNOWN = ("run", "sweep", "output")


def command(args: list[str]) -> int:
    """Write a report: of run=RUN, of sweep=DIR, or docs/RESULTS.md without arguments."""
    found, others = parse_arguments(args, KNOWN, ())
    refuse_unknown(others, KNOWN)
    if not found:
        from ..experiments.report import write_report

        print(f"results in {write_report()}")
        return 0
    given = [key for key in ("run", "sweep") if key in found]
    if len(given) != 1:
        raise UserError(f"nnzoo report takes run=RUN or sweep=DIR, not {'both' if given else 'output= alone'}")
    if empty := [key for key, value in found.items() if not value]:
        raise UserError(f"{empty[0]}=... is required")
    from ..reports import write

    if given == ["run"]:
        path = write.run_report(run_path(found["run"]), found.get("output"))
    else:
        path = write.sweep_report(found["sweep"], found.get("output"))
    print(f"report in {path}")
    return 0
