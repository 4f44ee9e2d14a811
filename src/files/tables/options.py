"""How a table is written: what the user said about it, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ...errors import UserError
from .messages import shown

MISSING = (
    "", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "NaT", "null", "NULL", "Null",
    "None", "none", "NONE", "?", "-", "#N/A", "#NA", "<NA>",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """What the user said about a table; None is detected.

    separator: one character, "tab", or " " for runs of blanks; decimal: "." or ","; thousands: one character;
    header: whether the first line holds names; encoding: as Python names it; missing_values: cells that mean
    "missing" in place of MISSING, as text or as the values that a config makes of them, an empty cell always does;
    skip_rows: lines above the table, None for sep=; and those that begin with #. Raises UserError for what cannot be.
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    encoding: str | None = None
    missing_values: Sequence[str | int | float | None] | None = None
    skip_rows: int | None = None

    def __post_init__(self) -> None:
        if self.missing_values is not None:
            marks = tuple("null" if mark is None else str(mark).strip() for mark in self.missing_values)
            object.__setattr__(self, "missing_values", marks)
        mark = self.mark
        if mark is not None and (len(mark) != 1 or not mark.isascii() or mark in '"\r\n\0' or mark.isalnum()):
            raise UserError(f"data.separator={shown(mark)} must be one character, such as , or ; or tab")
        if self.decimal not in (None, ".", ","):
            raise UserError(f"data.decimal={shown(self.decimal)} must be . or ,")
        group = self.thousands
        if group is not None and (len(group) != 1 or group.isalnum() or group in "+-"):
            raise UserError(f"data.thousands={shown(group)} must be one character, such as , or .")
        if self.skip_rows is not None and self.skip_rows < 0:
            raise UserError(f"data.skip_rows={self.skip_rows} must be a number of lines, 0 or more")
        if group is not None and group == self.decimal:
            raise UserError(f"data.thousands and data.decimal are both {shown(group)}")

    @property
    def mark(self) -> str | None:
        """The separator as one character."""
        return "\t" if self.separator in ("tab", "\\t") else self.separator

    @cached_property
    def missing(self) -> frozenset[str]:
        """The cells that mean "missing"."""
        return frozenset({"", *(MISSING if self.missing_values is None else map(str, self.missing_values))})


DETECT = TableOptions()


class TableFormat(NamedTuple):
    """How a table is written.

    separator: one character, " " for runs of blanks, "" for a single column; thousands: None where there is none;
    ambiguous_decimal: each of the first rows is two whole numbers, or one with a decimal comma ("20,10"), and neither
    a header nor the user tells which.
    """

    separator: str
    decimal: str
    thousands: str | None
    header: bool
    encoding: str
    ambiguous_decimal: bool = False
