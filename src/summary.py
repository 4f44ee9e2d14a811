"""What a run says at its end, and the tables of sweeps."""

import math
import shlex
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def number(value: float) -> str:
    """Return a figure as people read it: four significant digits, all digits before the point from 1e4 to 1e7.

    Whole numbers below 1e9 are written out; very large and very small numbers have an exponent.
    """
    if abs(value) < 1e9 and value == int(value):
        return str(int(value))
    return f"{value:.0f}" if 9999.5 <= abs(value) < 1e7 else f"{value:.4g}"


def spread(values: Sequence[float]) -> float:
    """Return the sample standard deviation, NaN of what is not all finite."""
    return statistics.stdev(values) if all(map(math.isfinite, values)) else math.nan


def line(figures: dict[str, float]) -> str:
    """Return figures in one line."""
    return "  ".join(f"{name} {number(value)}" for name, value in figures.items())


def figures(metrics: dict[str, dict[str, float]]) -> str:
    """Return the figures of all splits and checkpoints, best first."""
    order = sorted(metrics, key=lambda name: (name.partition("/")[0], name))
    return "\n".join(f"{name:12} {line(metrics[name])}" for name in order)


def one_line(result: Any) -> str:
    """Return status and main figures of a run."""
    if result.status != "done":
        return f"{result.status}: {result.message}"
    main = next(iter(sorted(result.metrics)), None)
    return f"{main} {line(result.metrics[main])}" if main else "done"


def summary(result: Any) -> str:
    """Return the last lines of a run: figures, directory, how to look at it."""
    lines = [f"{result.status}: {result.message}"] if result.message else []
    if result.metrics:
        lines.append(figures(result.metrics))
    if result.units:
        lines.append(f"units        {result.units}")
    lines.append(f"run          {shlex.quote(str(result.directory))}")
    lines.append(dashboard(result.directory.parent))
    return "\n".join(lines)


def dashboard(directory: Path) -> str:
    """Return the line with the command that shows the runs below a directory."""
    return f"dashboard    tensorboard --logdir {shlex.quote(str(directory))}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as left-aligned columns; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
