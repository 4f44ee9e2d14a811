"""Ticks whose labels fit on an axis."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from ..fonts import letters
from ..style import DPI, WIDTH
from .labels import format_apart, format_exactly, short_texts
from .scale import FEW, Scale

LETTER, POINT, LINE = 7, 4, 13  # width of a letter, of a point or hyphen, and height of a line, in pixels
DECORATION, GAP = 40, 14  # pixels of margins, name and ticks of the y axis; between axes
LEAST, LONGEST = 5, 14  # letters of a category: at least if all have a label, at most if not, or upright


class Ticks(NamedTuple):
    """Ticks at coordinates, with labels. upright: whether the labels are turned by 90 degrees."""

    at: list[float]
    labels: list[str]
    upright: bool = False


def choose_ticks(
    scale: Scale, coordinates: Sequence[float], limits: tuple[float, float], pixels: float, *, upright: bool
) -> Ticks:
    """Return ticks at all coordinates, if they are few, or else at round numbers or at every k-th category.

    coordinates: that occur; pixels: length of the axis; upright: whether labels may be turned by 90 degrees.
    """
    if scale.kind == "category":
        return category_ticks(scale, limits, pixels, upright=upright)
    tried = sorted(set(coordinates))
    if len(tried) <= FEW:
        ticks = Ticks(tried, format_apart(tried))
        if fits(list(map(width, ticks.labels)), positions(scale, tried, limits, pixels)):
            return ticks
        if upright and fits([LINE] * len(tried), positions(scale, tried, limits, pixels)):
            return ticks._replace(upright=True)
    for most in range(7, 1, -1):
        at = round_ticks(scale, limits, most, integers=all(x == int(x) for x in tried))
        labels = format_exactly(at)
        if fits(list(map(width, labels)), positions(scale, at, limits, pixels)):
            return Ticks(at, labels)
    return Ticks(at[:1], labels[:1])


def category_ticks(scale: Scale, limits: tuple[float, float], pixels: float, *, upright: bool) -> Ticks:
    """Return ticks for all categories, or for every k-th one."""
    gap = pixels / (limits[1] - limits[0])
    at = [float(k) for k in range(len(scale.categories))]
    room = int(gap / LETTER) - 1
    longest = max(map(letters, scale.categories))
    if room >= longest or (room >= LEAST and not upright):
        return Ticks(at, short_texts(scale.categories, room))
    room = min(longest, LONGEST)
    every = math.ceil((LINE if upright else LETTER * (room + 1)) / gap)
    return Ticks(at[::every], short_texts(scale.categories, room)[::every], upright)


def round_ticks(scale: Scale, limits: tuple[float, float], most: int, *, integers: bool = False) -> list[float]:
    """Return at most about `most` round numbers inside of the limits."""
    low, high = limits
    if scale.kind == "linear":
        return [float(x) for x in MaxNLocator(most, integer=integers).tick_values(low, high) if low <= x <= high]
    if scale.kind == "symlog":
        sizes = powers(scale.threshold, max(-low, high, scale.threshold), most // 2)
        return [x for x in (*(-size for size in reversed(sizes)), 0.0, *sizes) if low <= x <= high]
    ticks = powers(low, high, most)
    return ticks if len(ticks) > 1 else round_ticks(Scale("linear"), limits, most, integers=integers)


def powers(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` numbers from low to high: 1, 2 and 5 times powers of ten, or every k-th power."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = [((1, 2, 5), 1), ((1, 3), 1), *(((1,), step) for step in range(1, len(exponents) + 1))]
    for factors, step in steps:
        numbers = [float(f"{factor}e{k}") for k in exponents if k % step == 0 for factor in factors]
        found = [x for x in numbers if low <= x <= high]
        if len(found) <= most:
            break
    return found


def positions(scale: Scale, at: Sequence[float], limits: tuple[float, float], pixels: float) -> list[float]:
    """Return coordinates in pixels from the beginning of the axis."""
    low, high = map(scale.forward, limits)
    return [(scale.forward(x) - low) / (high - low) * pixels for x in at]


def axes_width(labels: Sequence[str], columns: int = 1) -> float:
    """Return the approximate width in pixels of axes side by side, whose first one has the tick labels."""
    return (WIDTH * DPI - DECORATION - max(map(width, labels)) - GAP * (columns - 1)) / columns


def width(label: str) -> float:
    """Return the approximate width of a tick label in pixels."""
    return LETTER * letters(label) - (LETTER - POINT) * sum(map(label.count, ".,-"))


def fits(widths: Sequence[float], centres: Sequence[float]) -> bool:
    """Return whether labels have space between them. Widths and centres in pixels."""
    boxes = list(zip(widths, centres, strict=True))
    return all(b - a >= (v + w) / 2 + LETTER / 2 for (v, a), (w, b) in pairwise(boxes))


def set_ticks(axis: Axis, ticks: Ticks) -> None:
    """Set the ticks of an axis, and no minor ones."""
    axis.set_ticks(ticks.at, labels=ticks.labels, rotation=90 if ticks.upright else 0)
    axis.set_ticks([], minor=True)
