"""The lines that are printed at the end of a run."""

import shlex
from pathlib import Path
from typing import Any

from ..formatting import format_number


def format_values(values: dict[str, float]) -> str:
    """Return metrics in one line."""
    return "  ".join(f"{name} {format_number(value)}" for name, value in values.items())


def format_metrics(metrics: dict[str, dict[str, float]]) -> str:
    """Return the metrics of all splits and checkpoints, one line each, those of the best checkpoint first."""
    order = sorted(metrics, key=lambda name: (name.partition("/")[0], name))
    return "\n".join(f"{name:12} {format_values(metrics[name])}" for name in order)


def one_line_summary(result: Any) -> str:
    """Return the status or the main metrics of a run in one line."""
    if result.status != "done":
        return f"{result.status}: {result.message}"
    main = next(iter(sorted(result.metrics)), None)
    return f"{main} {format_values(result.metrics[main])}" if main else "done"


def summary(result: Any) -> str:
    """Return the last lines of a run: metrics, directory and the command that opens TensorBoard."""
    lines = [f"{result.status}: {result.message}"] if result.message else []
    if result.metrics:
        lines.append(format_metrics(result.metrics))
    if result.units:
        lines.append(f"units        {result.units}")
    if result.weights:
        lines.append(f"weights      {result.weights}")
    if result.engine:
        lines.append(f"engine       {result.engine}")
    lines.append(f"run          {shlex.quote(str(result.directory))}")
    lines.append(tensorboard_line(result.directory.parent))
    return "\n".join(lines)


def print_summary(result: Any) -> int:
    """Print the summary of a run; return the exit code."""
    print(summary(result))
    return int(result.status != "done")


def tensorboard_line(directory: Path) -> str:
    """Return the line with the command that opens TensorBoard for the runs in a directory."""
    return f"dashboard    nnzoo board {shlex.quote(str(directory))}"
