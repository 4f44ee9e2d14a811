"""The description of a run by `nnzoo runs show`, as text or JSON."""

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import UserError
from ..formatting import format_number, format_table
from ..runs.directory import RunDirectory
from ..runs.index import Run
from ..runs.record import Summary, guarded
from ..runs.scan import file_sizes
from .cells import as_json, escape, format_size, json_cell, text_cell
from .outcome import format_metrics

LAST_EPOCHS = 5


def show_json(run: Run) -> str:
    """Return the description of a run as JSON."""
    return as_json(description(run))


def description(run: Run) -> dict[str, Any]:
    """Return everything that is shown of a run as plain data; parts that cannot be read are empty."""
    directory = RunDirectory(run.path)
    epochs: list[dict[str, float]] = readable(directory.history, [])
    return {
        "run": run.name,
        "path": str(run.path),
        **{key: json_cell(run, key) for key in Summary._fields},
        "overrides": readable(directory.overrides, []),
        "config": readable(directory.config, {}),
        "results": readable(directory.results, {}),
        "last_epochs": epochs[-LAST_EPOCHS:],
        "environment": readable(directory.environment, {}),
        "files": file_sizes(run.path),
    }


def readable(read: Callable[[], Any], otherwise: Any) -> Any:
    """Return the result of a function, `otherwise` if it raises UserError."""
    try:
        return read()
    except UserError:
        return otherwise


def show_text(run: Run) -> str:
    """Return the description of a run as text."""
    found, summary = description(run), run.summary
    head = [["run", escape(str(run.path))], ["status", summary.status], ["message", escape(summary.message)]]
    head += [["time", f"{found['time'].replace('T', ' ')} ({text_cell(run, 'age')} ago)"]]
    head += [["tags", ", ".join(summary.tags)], ["model", summary.model], ["data", summary.data]]
    parts = [format_table([row for row in head if row[1]])]
    damage: list[str] = []
    none: list[str] = []
    overrides = guarded(RunDirectory(run.path).overrides, none, damage) or damage
    parts.append(section("overrides", [escape(line) for line in overrides] or ["none: every setting has its default"]))
    if found["results"]:
        parts.append(section("metrics", format_metrics(found["results"]).splitlines()))
    if rows := found["last_epochs"]:
        names = list(dict.fromkeys(name for row in rows for name in row))
        cells = [[format_number(row[name]) if name in row else "" for name in names] for row in rows]
        parts.append(section("last epochs", format_table([names, *cells]).splitlines()))
    if known := environment_rows(found["environment"]):
        parts.append(section("environment", format_table(known).splitlines()))
    sizes = [[escape(name), format_size(count)] for name, count in found["files"].items()]
    parts.append(section("files", format_table(sizes).splitlines()))
    return "\n\n".join(parts)


def section(title: str, lines: Sequence[str]) -> str:
    """Return indented lines below a title."""
    return "\n".join([title, *(f"  {line}" for line in lines)])


def environment_rows(environment: dict[str, Any]) -> list[list[str]]:
    """Return name and value of what is known of a run's environment."""
    command = environment.get("command")
    known = environment | ({"command": shlex.join(command)} if isinstance(command, list) else {})
    return [[str(name), escape(str(value))] for name, value in known.items() if value is not None]
