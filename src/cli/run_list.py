"""The table of `nnzoo runs list`, as text, JSON or CSV."""

from collections.abc import Sequence

from ..formatting import as_csv, format_table
from ..runs.filters import value_of
from ..runs.index import Run
from ..runs.record import Summary
from .cells import as_json, csv_text, json_cell, text_cell

COLUMNS = ("status", "age", "model", "data", "metric", "val", "test", "tags", "run")
DATA_COLUMNS = ("run", *Summary._fields)  # of JSON and CSV


def list_text(runs: Sequence[Run], columns: Sequence[str]) -> str:
    """Return the table of runs; the column of tags is left out if there are none."""
    shown = [c for c in columns if c != "tags" or any(run.summary.tags for run in runs)]
    return format_table([list(shown), *([text_cell(run, key) for key in shown] for run in runs)])


def list_json(runs: Sequence[Run], columns: Sequence[str]) -> str:
    """Return the runs as a JSON list of objects; null for a key that a run does not have."""
    return as_json([{key: json_cell(run, key) for key in columns} for run in runs])


def list_csv(runs: Sequence[Run], columns: Sequence[str]) -> str:
    """Return the runs as CSV with all digits; an empty cell for null and for a key that a run does not have."""
    rows = [[csv_text(key, value_of(run, key)) for key in columns] for run in runs]
    return as_csv([columns, *rows]).removesuffix("\n")
