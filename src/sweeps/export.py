"""The table of a sweep for a paper or another program."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError, unknown
from ..formatting import format_number, format_table
from .directory import SweepDirectory

FORMATS = ("text", "csv", "markdown", "latex", "json")
LATEX = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
         "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}  # fmt: skip
SIGNS = {"text": "±", "markdown": "±", "latex": r"$\pm$"}


def export_table(sweep: Path, style: str, *, columns: Sequence[str] = (), top: int | None = None) -> str:
    """Return the table of a sweep. columns: as in sweep.csv, empty = settings and main metrics; top: number of rows.

    CSV and JSON have full precision; the others have means with standard deviations over seeds and folds.
    Raises UserError for an unknown format or column, and if the directory is not that of a sweep.
    """
    if style not in FORMATS:
        raise unknown("format", style, FORMATS)
    if top is not None and top < 1:
        raise UserError(f"top is {top}; it must be at least 1")
    directory = SweepDirectory(sweep)
    metric = directory.record()["metric"]
    try:
        with directory.table.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            known, rows = list(reader.fieldnames or ()), list(reader)[:top]
    except OSError as error:
        raise UserError(f"{directory.table} does not exist; the sweep has not written its results yet") from error
    for name in columns:
        if name not in known:
            raise unknown("column", name, known)
    chosen = list(columns) or main_columns(known, metric)
    if style == "json":
        return json.dumps([{name: as_value(row[name]) for name in (columns or known)} for row in rows], indent=2)
    if style == "csv":
        head = list(columns) or known
        return "\n".join(map(csv_line, [head, *([row[name] for name in head] for row in rows)]))
    cells = [[with_sd(row, name, SIGNS[style]) for name in chosen] for row in rows]
    if style == "text":
        return format_table([chosen, *cells])
    if style == "markdown":
        lines = [chosen, ["---"] * len(chosen), *cells]
        return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
    return latex(chosen, cells)


def main_columns(known: Sequence[str], metric: str) -> list[str]:
    """Return the trial, the settings, the number of runs, and the metric on the validation and the test split."""
    settings = list(known[: known.index("status")])
    split, _, name = metric.partition("/")
    wanted = ["n", f"{split}/best/{name}", f"test/best/{name}", f"{split}/last/{name}", f"test/last/{name}", "status"]
    best = any(column.startswith(f"{split}/best/") for column in known)
    return [*settings, *(c for c in wanted if c in known and (not best or "/last/" not in c))]


def as_value(text: str) -> str | int | float | None:
    """Return a cell as a number if it is one, None if it is empty."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text or None


def with_sd(row: dict[str, str], name: str, sign: str) -> str:
    """Return a cell, numbers with four digits, with the standard deviation if there is one."""
    value = as_value(row[name])
    text = format_number(value) if isinstance(value, int | float) else row[name]
    around = as_value(row.get(f"{name}_sd") or "")
    return f"{text} {sign} {around:.2g}" if isinstance(around, int | float) else text


def csv_line(cells: Sequence[str]) -> str:
    """Return a line of CSV."""
    return ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(',"\n') else cell for cell in cells)


def latex(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a LaTeX tabular for the package booktabs."""
    body = [" & ".join(map(escape, row)) + r" \\" for row in [head, *rows]]
    columns = "l" * len(head)
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", body[0], r"\midrule", *body[1:], r"\bottomrule"]
    return "\n".join([*lines, r"\end{tabular}"])


def escape(cell: str) -> str:
    """Return a cell with LaTeX's special characters escaped, except in the plus-minus sign."""
    return SIGNS["latex"].join("".join(LATEX.get(c, c) for c in part) for part in cell.split(SIGNS["latex"]))
