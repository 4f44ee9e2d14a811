"""Reading of edge lists, of lists of nodes, and of the classes of nodes from text files.

A line is an edge: two nodes and, in a third column, its weight. Lines that start with # and empty lines are skipped.
"""

import csv
import math
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import UserError
from ..files.text import read
from ..formatting import format_count
from .graph import Edges
from .plain_edges import read_plain_edges

COLUMNS = ("source", "target", "weight")
HEADINGS = (  # of the first column; a first line with one of them and new names is a header
    *("source", "from", "src", "tail", "node1", "node_1", "u", "i", "id1", "from_node", "fromnodeid", "head"),
    *("node", "name", "id", "label"),
)
SEPARATORS = "\t;, "  # semicolons before commas, which may be decimal commas or in names
QUOTED = re.compile('"[^"]*"')


class Row(NamedTuple):
    """A line of a file: its number from 1 and its cells."""

    line: int
    cells: list[str]


class EdgeList(NamedTuple):
    """Edges between named nodes: the names in the order in which they occur, and the edges by their numbers.

    has_weights: whether the file has a column of weights; otherwise all are 1.
    """

    names: list[str]
    edges: Edges
    has_weights: bool


def rows_of(path: Path) -> list[Row]:
    """Return the lines of a file as cells, without comments and empty lines.

    Raises UserError for a file that cannot be read, is empty or not UTF-8, and for an open quotation mark.
    """
    return [*split_lines(path, *lines_of(path))]


def lines_of(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Return the lines of a file with their numbers, without comments and empty lines, and what separates columns.

    These are tabs, semicolons, commas or spaces, whichever comes first in this order in the first line outside
    quotation marks. Raises UserError for a file that cannot be read, is empty or not UTF-8.
    """
    lines = [
        (number, line.strip()) for number, line in enumerate(read(path).split("\n"), 1) if not is_comment(line.strip())
    ]
    if not lines:
        raise UserError(f"{path} has only comments")
    plain = QUOTED.sub("", lines[0][1])
    return lines, next((each for each in SEPARATORS if each in plain), " ")


def is_comment(line: str) -> bool:
    """Return whether a line is empty or starts with #."""
    return not line or line.startswith("#")


def split_lines(path: Path, lines: Sequence[tuple[int, str]], separator: str) -> Iterator[Row]:
    """Yield the cells of lines. Raises UserError for an open quotation mark."""
    for number, line in lines:
        if separator == " ":
            yield Row(number, line.split())
        elif '"' not in line:
            yield Row(number, [cell.strip() for cell in line.split(separator)])
        else:
            try:
                (cells,) = csv.reader([line], delimiter=separator, strict=True)
            except csv.Error as error:
                raise UserError(f"{path}, line {number}: {error}") from None
            yield Row(number, [cell.strip() for cell in cells])


def read_edges(path: Path, *, header: bool | None = None) -> EdgeList:
    """Return the edges of a file with two or three columns. The names of nodes are kept as written.

    header: whether the first line is a header; None: detect, see `is_header`. Raises UserError, with the line, for
    another number of columns, a missing name, and a weight that is not a number above 0.
    """
    lines, separator = lines_of(path)
    plain = read_plain_edges([line for _, line in lines], separator, header=header, may_be_header=may_be_header)
    if plain is not None:
        return EdgeList(*plain)
    rows = [*split_lines(path, lines, separator)]
    columns = len(rows[0].cells)
    if columns not in (2, 3):
        raise UserError(
            f"{path}, line {rows[0].line} has {format_count(columns, 'column')}; an edge has two or three: "
            f"{', '.join(COLUMNS)}"
        )
    if is_header(rows) if header is None else header:
        rows = rows[1:]
    if not rows:
        raise UserError(f"{path} has no edges")
    places: dict[str, int] = {}
    ends = np.empty((2, len(rows)), dtype=np.int64)
    weights = np.ones(len(rows))
    for k, (line, cells) in enumerate(rows):
        if len(cells) != columns:
            raise UserError(
                f"{path}, line {line} has {format_count(len(cells), 'column')}; the first line has {columns}"
            )
        for end in (0, 1):
            if not cells[end]:
                raise UserError(f"{path}, line {line}: the {COLUMNS[end]} is missing")
            ends[end, k] = places.setdefault(cells[end], len(places))
        if columns == 3:
            weights[k] = weight_of(cells[2], f"{path}, line {line}")
    return EdgeList([*places], Edges(ends[0], ends[1], weights), columns == 3)


def is_header(rows: Sequence[Row]) -> bool:
    """Return whether the first line of an edge list is a header.

    Its third column is a word, or in a file without weights its first is a usual heading; and its first two columns are
    not nodes of other lines.
    """
    first, *others = [cells for _, cells in rows]
    return may_be_header(first) and not any(set(first[:2]) & set(cells[:2]) for cells in others)


def may_be_header(cells: Sequence[str]) -> bool:
    """Return whether cells of a first line, of an edge list with as many columns, look like a header."""
    first, _, *weight = cells
    return is_word(weight[0]) if weight else first.lower() in HEADINGS


def is_word(cell: str) -> bool:
    """Return whether a cell is neither empty nor a number."""
    try:
        float(cell or "0")
    except ValueError:
        return True
    return False


def weight_of(cell: str, where: str) -> float:
    """Return the weight of an edge. Raises UserError unless it is a finite number above 0."""
    try:
        weight = float(cell)
    except ValueError:
        raise UserError(f"{where}: the weight '{cell}' is not a number") from None
    check_weight(weight, where)
    return weight


def check_weight(weight: float, where: str) -> None:
    """Raise UserError unless a weight is a finite number above 0."""
    if not 0 < weight < math.inf:
        raise UserError(f"{where}: the weight is {weight:g}; it must be above 0 and finite")


def read_classes(path: Path) -> dict[str, str]:
    """Return the class of each node in a file with two columns: node and class.

    The first line is a header if its first column is a usual heading and its second is not a class of other lines.
    Raises UserError, with the line, for another number of columns, an empty cell, and a node with two classes.
    """
    rows = rows_of(path)
    if rows[0].cells[0].lower() in HEADINGS and not any(rows[0].cells[1:] == row.cells[1:] for row in rows[1:]):
        rows = rows[1:]
    found: dict[str, str] = {}
    for line, cells in rows:
        if len(cells) != 2:
            raise UserError(
                f"{path}, line {line} has {format_count(len(cells), 'column')}; it needs two: node and class"
            )
        if not all(cells):
            missing = "class" if cells[0] else "node"
            raise UserError(f"{path}, line {line}: the {missing} is missing; leave out nodes without a class")
        if found.setdefault(*cells) != cells[1]:
            raise UserError(
                f"{path}, line {line}: node '{cells[0]}' has two classes, '{found[cells[0]]}' and '{cells[1]}'"
            )
    return found


def read_nodes(path: Path, *, used: Collection[str] = ()) -> list[str]:
    """Return the nodes of a file with one name a line.

    A usual heading in the first line is a header unless it is among the nodes that are `used` elsewhere.
    Raises UserError, with the line, for a name that occurs twice.
    """
    found: dict[str, int] = {}
    for number, line in enumerate(read(path).split("\n"), 1):
        name = line.strip()
        if is_comment(name):
            continue
        if name in found:
            raise UserError(f"{path}, line {number}: node '{name}' is in line {found[name]}, too")
        found[name] = number
    first, *others = [*found] or [""]
    return others if first.lower() in HEADINGS and first not in used else [*found]
