"""The format of a table: the user's settings, and the detected format."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ...errors import UserError
from .messages import quote_cell

MISSING = (
    "", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "NaT", "null", "NULL", "Null",
    "None", "none", "NONE", "?", "-", "#N/A", "#NA", "<NA>",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """The user's settings for the format of a table; None means that it is detected.

    separator: one character, "tab", or " " for runs of blanks; decimal: "." or ","; thousands: one character;
    header: whether the first line holds names; encoding: its name in Python; missing_values: cells that mean "missing",
    besides empty ones, instead of MISSING, as text or as parsed from a config; skip_rows: number of lines above the
    table, None for a line sep=; and lines that start with #. Raises UserError for invalid settings.
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
            raise UserError(f"data.separator={quote_cell(mark)} must be one character, such as , or ; or tab")
        if self.decimal not in (None, ".", ","):
            raise UserError(f"data.decimal={quote_cell(self.decimal)} must be . or ,")
        group = self.thousands
        if group is not None and (len(group) != 1 or group.isalnum() or group in "+-"):
            raise UserError(f"data.thousands={quote_cell(group)} must be one character, such as , or .")
        if self.skip_rows is not None and self.skip_rows < 0:
            raise UserError(f"data.skip_rows={self.skip_rows} must be a number of lines, 0 or more")
        if group is not None and group == self.decimal:
            raise UserError(f"data.thousands and data.decimal are both {quote_cell(group)}")

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
    """The format of a table.

    separator: one character, " " for runs of blanks, "" for a single column; thousands: None without a separator;
    ambiguous_decimal: True if every row can be two integers or one number with a decimal comma ("20,10"), and neither
    a header nor a setting decides.
    """

    separator: str
    decimal: str
    thousands: str | None
    header: bool
    encoding: str
    ambiguous_decimal: bool = False
