"""`nnzoo table`: print the table of a sweep."""

from ..files.paths import expand_path
from .arguments import parse_arguments, parse_list, parse_number, refuse_unknown

KNOWN = ("sweep", "format", "columns", "top")


def table(args: list[str]) -> int:
    """Print the table of a sweep as text, CSV, Markdown, LaTeX or JSON."""
    style = "json" if "--json" in args else None
    found, others = parse_arguments([arg for arg in args if arg != "--json"], KNOWN, ("sweep",))
    refuse_unknown(others, KNOWN)
    columns = parse_list(found.get("columns", ""))
    top = parse_number("top", found["top"], int) if "top" in found else None
    from ..sweeps.export import export_table

    print(export_table(expand_path(found["sweep"]), style or found.get("format", "text"), columns=columns, top=top))
    return 0
