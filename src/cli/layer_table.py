"""`nnzoo info NAME input=3x224x224`: the layers of a network."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..config.files import options
from ..errors import UserError, unknown
from ..formatting import as_csv, format_table
from .arguments import parse_arguments, parse_number, refuse_unknown
from .cells import as_json, format_size
from .run_arguments import parse_form

if TYPE_CHECKING:
    from ..analysis.layers.costs import LayerCost

KNOWN = ("input", "classes")
CLASSES = 1000
BYTES = 4  # of a number in float32
HEADER = ("layer", "kind", "output", "parameters", "multiplications", "memory", "receptive field")
NUMBERS = slice(3, 6)  # columns that are aligned on the right


def command(args: Sequence[str]) -> int:
    """Print the layers of a network as a table, as CSV or as JSON."""
    form, rest = parse_form(list(args), ("--json", "--csv"))
    found, others = parse_arguments(rest, KNOWN, ())
    if not found.get("input"):
        raise UserError("the layers of a network need input=SHAPE, such as 3x224x224 or 784")
    overrides = [arg for arg in others if arg.startswith("model.")]
    names = [arg for arg in others if arg not in overrides]
    refuse_unknown([arg for arg in names if "=" in arg and not arg.startswith("model=")], (*KNOWN, "model"))
    name = " ".join(names).removeprefix("model=").removeprefix("model ")
    if name not in options("model"):
        raise unknown("model", name, options("model"))
    shape, classes = parse_shape(found["input"]), parse_number("classes", found.get("classes", str(CLASSES)), int)
    if classes < 1:
        raise UserError(f"classes is {classes}; it must be at least 1")
    from ..training.layer_table import layer_table

    layers = layer_table(name, shape, classes, overrides)
    rows = [record(each) for each in layers]
    if form == "--json":
        print(as_json(rows))
    elif form == "--csv":
        cells = ([by(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows)
        print(as_csv([[*rows[0]], *cells]).rstrip("\n"))
    else:
        print(as_text(layers))
    return 0


def parse_shape(text: str) -> tuple[int, ...]:
    """Return the shape of an input: 784, steps and features as in 20x3, or channels, height and width as in 3x224x224.

    Raises UserError for other texts.
    """
    if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*){0,2}", text):
        raise UserError(
            f"input is '{text}'; it takes a shape such as 3x224x224 (channels first) or 20x3 (steps and features), "
            "or a number such as 784"
        )
    return tuple(map(int, text.split("x")))


def record(layer: "LayerCost") -> dict[str, Any]:
    """Return a layer as plain data."""
    field = layer.field
    extents = (None, None, None) if field is None else map(list, zip(field.height, field.width, strict=True))
    size, stride, start = extents
    return {
        "layer": layer.name,
        "kind": layer.kind,
        "output": list(layer.shape),
        "parameters": layer.parameters,
        "multiplications": layer.multiplications,
        "bytes": BYTES * layer.values,
        "receptive_field": size,
        "receptive_field_stride": stride,
        "receptive_field_start": start,
    }


def as_text(layers: Sequence["LayerCost"]) -> str:
    """Return the layers as a table with their sums."""
    total = [sum(values) for values in zip(*((e.parameters, e.multiplications, e.values) for e in layers), strict=True)]
    rows = [[each.name, each.kind, by(each.shape), *numbers(*sizes_of(each)), field_of(each)] for each in layers]
    rows = [[*HEADER], *rows, ["total", "", "", *numbers(*total), ""]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        row[NUMBERS] = [cell.rjust(width) for cell, width in zip(row[NUMBERS], widths[NUMBERS], strict=True)]
    parameters = format_size(BYTES * total[0])
    return f"""{format_table(rows)}

For one input. Multiplications are those of weights. Memory is that of outputs in float32, without activation functions
and dropout, which can overwrite their inputs; the parameters take {parameters}."""


def sizes_of(layer: "LayerCost") -> tuple[int, int, int]:
    """Return the numbers of parameters, multiplications and output values."""
    return layer.parameters, layer.multiplications, layer.values


def numbers(parameters: int, multiplications: int, values: int) -> list[str]:
    """Return the cells of the numbers of a row."""
    return [f"{parameters:,}", f"{multiplications:,}", format_size(BYTES * values)]


def by(sides: Sequence[int]) -> str:
    """Return sides as in 64x224x224."""
    return "x".join(map(str, sides))


def field_of(layer: "LayerCost") -> str:
    """Return the size of the receptive field: "all" for a value that depends on all positions, empty if unknown."""
    if layer.field is None:
        return ""
    height, width = layer.field
    return by((height.size, width.size)) if height.stride and width.stride else "all"
