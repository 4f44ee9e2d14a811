"""`nnzoo report`: a page about a run or a sweep, or the page of published results."""

from ..errors import UserError
from .arguments import parse_arguments, refuse_unknown

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

    make = write.run_report if given == ["run"] else write.sweep_report
    print(f"report in {make(found[given[0]], found.get('output'))}")
    return 0
