"""Text tables (CSV and similar formats): detection of their format, and their rows as pandas frames."""

from .file import TableFile
from .options import DETECT, MISSING, TableFormat, TableOptions

__all__ = ["DETECT", "MISSING", "TableFile", "TableFormat", "TableOptions"]
