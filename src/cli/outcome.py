"""What a run says at its end."""

import shlex
from pathlib import Path
from typing import Any

from ..formatting import format_number


def line(figures: dict[str, float]) -> str:
    """Return figures in one line."""
    return "  ".join(f"{name} {format_number(value)}" for name, value in figures.items())


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


def print_summary(result: Any) -> int:
    """Print the summary of a run; return the exit code."""
    print(summary(result))
    return int(result.status != "done")


def dashboard(directory: Path) -> str:
    """Return the line with the command that shows the runs below a directory."""
    return f"dashboard    tensorboard --logdir {shlex.quote(str(directory))}"
