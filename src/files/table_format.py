"""How a table is written: what the user said about it, and what was detected."""

from dataclasses import dataclass
from typing import NamedTuple

MISSING = (
    "", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL", "Null", "None", "none", "NONE", "?", "-",
    "#N/A", "#NA", "<NA>", "NaT",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What the user said about a table; None is detected.

    separator: one character, "tab", or " " for runs of blanks; decimal: "." or ","; thousands: one character;
    header: whether the first line holds names; encoding: as Python names it; missing_values: cells that mean
    "missing" (MISSING); an empty cell always does.
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    encoding: str | None = None
    missing_values: tuple[str, ...] | None = None


class TableFormat(NamedTuple):
    """How a table is written.

    separator: one character, " " for runs of blanks, "" for a single column; thousands: None where there is none;
    ambiguous_decimal: every row is two whole numbers, or one number with a decimal comma ("20,10"), and no header tells.
    """

    separator: str
    decimal: str
    thousands: str | None
    header: bool
    encoding: str
    ambiguous_decimal: bool = False
