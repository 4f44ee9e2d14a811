"""Files of recommendations: lists of ids that are read, and recommendations that are written."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ...errors import UserError, join_names
from ...files.paths import TABLES, existing_file
from ...files.tables import TableFile
from ...preprocessing.ids import IdPreprocessing
from ..files import output_path, write
from ..trained import Predictions

USER, ITEM = 0, 1  # places of the columns of ids
LISTED = re.compile(r"""\s*(?:("[^"]*"|'[^']*')\s*(?=,|$)|([^,]*))(?:,|$)""")
"""An id in a list: in quotes, or up to the next comma."""


def ids_from(argument: str, ids: IdPreprocessing, place: int) -> Sequence[str]:
    """Return the ids in an argument: one id, a list [a,b], or a table (.csv, .tsv, .txt) with the column of the ids.

    place: USER or ITEM. The column is named as in the training table; without header it may be the only one. Quotes
    in a list enclose an id with commas.
    Raises UserError if the table cannot be read or has no such column.
    """
    if argument in ids.ids[place]:
        return [argument]
    if not argument.lower().endswith(TABLES):
        listed = LISTED.findall(argument.strip().removeprefix("[").removesuffix("]"))
        return [each for quoted, bare in listed if (each := quoted[1:-1] or bare.strip())]
    header = ids.header if ids.options.header is None else ids.options.header
    file = TableFile(existing_file(argument), replace(ids.options, header=header), ids.written, remedies=())
    column = file.labels[0] if len(file.labels) == 1 and not header else ids.columns[place]
    if column not in file.labels:
        raise UserError(f"{argument} has no column '{column}'; its columns are {join_names(file.labels, 8)}")
    return [str(cell) for cell in file.read(text=[column], columns=[column])[column].dropna()]


def write_recommendations(found: Predictions, source: str | Path, output: str | Path) -> Path:
    """Write recommendations as a table (.csv, .tsv) or arrays (.npz), and return the path.

    source: a file that must not be overwritten. Raises UserError.
    """
    return write(output_path(source, output), iter([found]), pd.DataFrame)
