"""Tables of text (CSV and its relatives) as pandas frames.

Shapes: N rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from .table_format import MISSING, TableFormat, TableOptions

if TYPE_CHECKING:
    from pandas import DataFrame

DETECT = TableOptions()


class TableFile:
    """A table in a file. The constructor detects its form from the first rows.

    path; options: what the user said. format: how it is written; names: of the columns in the order of the file, ""
    for an unnamed one, "1", "2", ... where there is no header; labels: what the columns of a frame are called: the
    names, and "column N" for an unnamed one. Raises UserError, with file and line, for what cannot be read or is
    ambiguous.
    """

    format: TableFormat
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def __init__(self, path: Path, options: TableOptions = DETECT) -> None:
        self.path = path
        self.options = options
        self.format = TableFormat(options.separator or ",", options.decimal or ".", options.thousands, True, "utf-8")
        names = self.rows(nrows=0).columns
        self.names = tuple("" if name.startswith("Unnamed: ") else name for name in names)
        self.labels = tuple(name or f"column {number}" for number, name in enumerate(self.names, 1))

    def read(self, *, text: Collection[str] = (), columns: Collection[str] | None = None) -> DataFrame:
        """Return the rows, index 0 to N - 1.

        Columns of numbers are int64 (whole, none missing) or float64, of true and false bool, all others str with
        NaN for missing cells. text: labels of columns to be read as text as it is written; columns: labels of those
        wanted. Raises UserError, with file, line and column, for a cell or row that does not fit.
        """
        frame = self.rows(dtype=dict.fromkeys(text, str))
        frame.columns = list(self.labels)
        return frame if columns is None else frame[[label for label in self.labels if label in columns]]

    def chunks(
        self, rows: int, *, text: Collection[str] = (), columns: Collection[str] | None = None
    ) -> Iterator[DataFrame]:
        """Yield the table `rows` rows at a time; the index goes on from piece to piece.

        All columns but those in `text` must hold numbers (float64) or true and false (bool). Raises UserError.
        """
        frame = self.read(text=text, columns=columns)
        for start in range(0, len(frame), rows):
            yield frame.iloc[start : start + rows]

    def line(self, row: int) -> int:
        """Return the line of the file, from 1, in which row 0, 1, ... begins. Reads the file up to there."""
        return row + 2

    def cell(self, row: int, column: str) -> str:
        """Return a cell as it is written, without blanks around it. Reads the file up to there."""
        return str(self.read(text=[column])[column].iloc[row])

    def rows(self, **settings: object) -> DataFrame:
        """Read by pandas."""
        import pandas

        marks = self.options.missing_values or MISSING
        try:
            return pandas.read_csv(self.path, sep=self.format.separator, na_values=marks, keep_default_na=False, **settings)  # type: ignore[call-overload]
        except ValueError as error:
            raise UserError(f"{self.path} cannot be read as a table: {error}") from None
