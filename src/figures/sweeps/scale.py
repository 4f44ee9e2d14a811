"""Linear, logarithmic and categorical scales of settings and objectives."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeGuard

CLEARLY = 1.4  # times more evenly
FEW = 12  # with at most this many different settings, each has a tick


@dataclass(frozen=True)
class Scale:
    """Where settings are on an axis: numbers at their value, categories at 0, 1, 2, ...

    threshold: of a symlog scale, below which it is linear.
    """

    kind: Literal["linear", "log", "symlog", "category"]
    categories: tuple[str, ...] = ()
    threshold: float = 1.0

    def place(self, setting: float | str) -> float:
        """Return the coordinate of a setting."""
        return self.categories.index(str(setting)) if self.kind == "category" else float(setting)

    def forward(self, x: float) -> float:
        """Return the position of a coordinate, such that equal distances look equal."""
        if self.kind == "log":
            return math.log10(x)
        if self.kind == "symlog":
            size = abs(x) / self.threshold
            return math.copysign(size if size <= 1 else 1 + math.log10(size), x)
        return x

    def inverse(self, position: float) -> float:
        """Return the coordinate at a position."""
        if self.kind == "log":
            return 10**position
        if self.kind == "symlog":
            size = abs(position)
            return math.copysign(self.threshold * (size if size <= 1 else 10 ** (size - 1)), position)
        return position

    def limits(self, coordinates: Sequence[float], below: float, above: float) -> tuple[float, float]:
        """Return the limits of an axis. below, above: free space, as fractions of the range of the coordinates."""
        positions = [self.forward(x) for x in coordinates]
        low, high = min(positions), max(positions)
        if high - low <= 1e-9 * abs(high):  # a single position, apart from rounding errors
            extra = 0.5 if self.kind != "linear" or not high else 0.05 * abs(high)
            low, high = low - extra, high + extra
        span = high - low
        return self.inverse(low - below * span), self.inverse(high + above * span)


def scale_of(settings: Sequence[float | str], log: bool) -> Scale:
    """Return the scale of a key.

    log: whether its space is logarithmic. A few chosen numbers get a log scale, too, if that spaces them clearly more
    evenly. Numbers that are not all positive get a log scale which is linear around 0.
    """
    if not all(is_number(setting) for setting in settings):
        return Scale("category", tuple(dict.fromkeys(map(str, settings))))
    numbers = sorted({float(setting) for setting in settings})
    sizes = sorted({abs(x) for x in numbers if x})
    few = 3 <= len(numbers) <= FEW and numbers[0] >= 0
    if not sizes or not (log or (few and evenness([math.log(x) for x in sizes]) > CLEARLY * evenness(sizes))):
        return Scale("linear")
    return Scale("log") if numbers[0] > 0 else Scale("symlog", threshold=sizes[0])


def evenness(numbers: Sequence[float]) -> float:
    """Return the smallest difference of increasing numbers as a fraction of their range, 0 for a single number."""
    gaps = [b - a for a, b in pairwise(numbers)]
    return min(gaps) / sum(gaps) if gaps else 0.0


def is_number(setting: float | str) -> TypeGuard[float]:
    """Return whether a setting is a finite number. Truth values are categories."""
    return isinstance(setting, int | float) and not isinstance(setting, bool) and math.isfinite(setting)
