"""Learning curves as inline SVG, whose colours follow the page: one chart for each metric."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from matplotlib.ticker import LogLocator, MaxNLocator

from ..figures.values.curves import FEW, needs_log_scale
from ..formatting import format_number
from ..runs.history import Columns
from .html import Html, element

WIDTH, HEIGHT = 360, 216
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 36  # margins around the axes
SPLITS = {"train": "training", "val": "validation"}

Curves = Mapping[str, Mapping[int, float]]


def charts(history: Columns, primary: str | None, best_epoch: int | None) -> Html:
    """Return a chart for each metric with at least two epochs: the loss first, then the primary metric.

    Numbers of errors are left out if there is a rate: those of splits of different sizes cannot be compared.
    """
    metrics: dict[str, dict[str, dict[int, float]]] = {}
    for name, values in history.items():
        split, _, metric = name.rpartition("/") if "/" not in name else name.partition("/")
        metrics.setdefault(metric, {})[split] = values
    rates = [
        name for name in metrics if not (name.endswith("errors") and f"{name.removesuffix('errors')}acc" in metrics)
    ]
    order = sorted(rates, key=lambda name: (name != "loss", name != primary))
    drawn = [chart(name, metrics[name], best_epoch) for name in order if is_drawable(metrics[name])]
    return element("div", [element("figure", [each]) for each in drawn], {"class": "charts"}) if drawn else Html()


def is_drawable(curves: Curves) -> bool:
    """Return whether a curve has two finite values."""
    return any(sum(map(math.isfinite, values.values())) > 1 for values in curves.values())


def chart(metric: str, curves: Curves, best_epoch: int | None) -> Html:
    """Return the curves of a metric by epoch, training dashed; a vertical line marks the epoch of the best weights."""
    points = [(epoch, value) for values in curves.values() for epoch, value in values.items() if math.isfinite(value)]
    log = all(needs_log_scale([v for v in values.values() if math.isfinite(v)] or [0]) for values in curves.values())
    x, y = Axis([epoch for epoch, _ in points]), Axis([value for _, value in points], log=log)
    parts = [*grid(x, y), element("text", metric + " (log scale)" * log, {"x": LEFT, "y": 13, "class": "title"})]
    if best_epoch is not None:
        parts.append(best_line(x, best_epoch))
    for split, values in sorted(curves.items()):
        parts += curve(split, values, x, y)
    parts += legend([split for split in sorted(curves) if split in SPLITS])
    label = f"{metric} by epoch" + (f"; best epoch {best_epoch}" if best_epoch is not None else "")
    return element("svg", parts, {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": label})


class Axis:
    """The scale of an axis. values: finite; log: logarithmic."""

    def __init__(self, values: Sequence[float], *, log: bool = False) -> None:
        self.log = log
        low, high = min(values), max(values)
        if low == high:
            low, high = low - max(abs(low) * 0.1, 0.1), high + max(abs(high) * 0.1, 0.1)
        self.low, self.high = low, high

    def share(self, value: float) -> float:
        """Return the position of a value, from 0 to 1."""
        if self.log:
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return value / (self.high - self.low) - self.low / (self.high - self.low)

    def ticks(self, whole: bool = False) -> list[float]:
        """Return round values on the axis."""
        if self.log:
            steps = (1.0, 2.0, 5.0) if self.high < 100 * self.low else (1.0,)
            found = LogLocator(subs=steps, numticks=6).tick_values(self.low, self.high)
        else:
            found = MaxNLocator(nbins=5, integer=whole).tick_values(self.low, self.high)
        return [float(value) for value in found if self.low <= value <= self.high]


def across(x: Axis, epoch: float) -> float:
    """Return the horizontal position of an epoch."""
    return round(LEFT + x.share(epoch) * (WIDTH - LEFT - RIGHT), 1)


def down(y: Axis, value: float) -> float:
    """Return the vertical position of a value."""
    return round(HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM), 1)


def grid(x: Axis, y: Axis) -> Iterable[Html]:
    """Yield grid lines and labels of both axes."""
    bottom = HEIGHT - BOTTOM
    for value in y.ticks():
        at = down(y, value)
        yield element("line", "", {"x1": LEFT, "x2": WIDTH - RIGHT, "y1": at, "y2": at, "class": "grid"})
        yield element("text", format_number(value), {"x": LEFT - 6, "y": at + 4, "text-anchor": "end", "class": "soft"})
    for value in x.ticks(whole=True):
        place = {"x": across(x, value), "y": bottom + 15, "text-anchor": "middle", "class": "soft"}
        yield element("text", format_number(value), place)
    yield element("line", "", {"x1": LEFT, "x2": WIDTH - RIGHT, "y1": bottom, "y2": bottom, "class": "grid"})
    yield element("text", "epoch", {"x": LEFT, "y": HEIGHT - 5, "class": "soft"})


def best_line(x: Axis, epoch: int) -> Html:
    """Return a vertical line at the epoch of the best weights."""
    at = across(x, epoch)
    line = element("line", "", {"x1": at, "x2": at, "y1": TOP, "y2": HEIGHT - BOTTOM, "class": "best"})
    anchor = "end" if at > WIDTH - 60 else "start" if at < LEFT + 40 else "middle"
    place = {"x": at, "y": TOP - 4, "text-anchor": anchor, "class": "soft"}
    return element("g", [line, element("text", f"best: epoch {epoch}", place)])


def curve(split: str, values: Mapping[int, float], x: Axis, y: Axis) -> Iterable[Html]:
    """Yield a line for each stretch of finite values, and a marker for each value if there are few."""
    kind = split if split in SPLITS else "other"
    for finite, items in groupby(values.items(), lambda item: math.isfinite(item[1])):
        if finite:
            points = [(across(x, epoch), down(y, value)) for epoch, value in items]
            path = " ".join(f"{a},{b}" for a, b in points)
            yield element("polyline", "", {"points": path, "class": f"curve {kind}"})
    if len(values) <= FEW:
        for epoch, value in values.items():
            if math.isfinite(value):
                title = element("title", f"epoch {epoch}: {format_number(value)}")
                place = {"cx": across(x, epoch), "cy": down(y, value), "r": 2.4, "class": kind}
                yield element("g", [title, element("circle", "", place)])


def legend(splits: Sequence[str]) -> Iterable[Html]:
    """Yield the legend, at the bottom right."""
    at = WIDTH - RIGHT
    for split in reversed(splits):
        name = SPLITS[split]
        yield element("text", name, {"x": at, "y": HEIGHT - 5, "text-anchor": "end"})
        at -= 6 * len(name) + 4
        yield element(
            "polyline", "", {"points": f"{at - 24},{HEIGHT - 9} {at},{HEIGHT - 9}", "class": f"curve {split}"}
        )
        at -= 38
