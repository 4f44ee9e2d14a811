"""Ticks whose labels fit on an axis."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator

from .labels import format_apart, format_exactly, short_texts
from .scale import FEW, Scale

LETTER, POINT, LINE = 7, 4, 13  # width of a letter, of a point or hyphen, and height of a line, in pixels
LEAST, LONGEST = 5, 14  # letters of a category: at least next to each other, at most upright


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
    at = list(range(len(scale.categories)))
    letters = int(gap / LETTER) - 1
    longest = max(map(len, scale.categories))
    if letters >= longest or (letters >= LEAST and not upright):
        return Ticks(at, short_texts(scale.categories, letters))
    each, letters = (LINE, LONGEST) if upright else (LEAST * LETTER, LEAST - 1)
    every = math.ceil(each / gap)
    return Ticks(at[::every], short_texts(scale.categories, letters)[::every], upright)


def round_ticks(scale: Scale, limits: tuple[float, float], most: int, *, integers: bool = False) -> list[float]:
    """Return at most about `most` round numbers inside of the limits."""
    low, high = limits
    if scale.kind == "linear":
        return [float(x) for x in MaxNLocator(most, integer=integers).tick_values(low, high) if low <= x <= high]
    if scale.kind == "symlog":
        sizes = powers(scale.threshold, max(-low, high, scale.threshold), max(1, most // 2))
        return [x for x in (*(-size for size in reversed(sizes)), 0.0, *sizes) if low <= x <= high]
    ticks = powers(low, high, most)
    return ticks if len(ticks) > 1 else round_ticks(Scale("linear"), limits, most, integers=integers)


def powers(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` numbers from low to high: 1, 2 and 5 times powers of ten, or as many as there may be."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [float(f"{f}e{k}") for k in range(first, last + 1) for f in factors]
        found = [x for x in found if low <= x <= high]
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]


def positions(scale: Scale, at: Sequence[float], limits: tuple[float, float], pixels: float) -> list[float]:
    """Return coordinates in pixels from the beginning of the axis."""
    low, high = map(scale.forward, limits)
    return [(scale.forward(x) - low) / (high - low) * pixels for x in at]


def width(label: str) -> float:
    """Return the approximate width of a tick label in pixels."""
    return sum(POINT if letter in ".,-" else LETTER for letter in label)


def fits(widths: Sequence[float], centres: Sequence[float]) -> bool:
    """Return whether labels have space between them. Widths and centres in pixels."""
    boxes = list(zip(widths, centres, strict=True))
    return all(b - a >= (v + w) / 2 + LETTER / 2 for (v, a), (w, b) in pairwise(boxes))


def set_ticks(axis: Axis, ticks: Ticks) -> None:
    """Set the ticks of an axis, and no minor ones."""
    axis.set_ticks(ticks.at, labels=ticks.labels, rotation=90 if ticks.upright else 0)
    axis.set_ticks([], minor=True)
