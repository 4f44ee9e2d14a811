"""What a run says at its end, and the tables of sweeps."""

from collections.abc import Sequence
from typing import Any


def number(value: float) -> str:
    """Return a figure as people read it: counts as integers, the rest with four digits."""
    return str(int(value)) if abs(value) < 1e9 and value == int(value) else f"{value:.4g}"


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
    lines = [f"{result.status}: {result.message}"] if result.status != "done" else []
    if result.metrics:
        lines.append(figures(result.metrics))
    lines.append(f"run          {result.directory}")
    lines.append(f"dashboard    tensorboard --logdir {result.directory.parent}")
    return "\n".join(lines)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as left-aligned columns; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
