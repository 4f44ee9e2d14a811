"""Tables of text, CSV and its relatives: how they are written, and their rows as pandas frames."""

from .file import TableFile
from .options import DETECT, MISSING, TableFormat, TableOptions

__all__ = ["DETECT", "MISSING", "TableFile", "TableFormat", "TableOptions"]
