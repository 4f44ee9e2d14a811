"""The report of a sweep."""

import os
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from ..formatting import format_number
from ..runs.atomic import read_json
from ..runs.directory import RunDirectory
from .html import Html, element, folded, join, pairs, paragraph, preformatted, section, table
from .images import pictures
from .page import header, page, status_label
from .sweep_files import COUNT, DONE, MESSAGES, SETTINGS, SPREAD, STATUS, TRIAL, Row, Sweep, number, read_sweep
from .write import NAME


def sweep_page(path: Path, folder: Path) -> str:
    """Return the report of a sweep as a page; folder: where it will be, for relative links.

    Raises UserError if the sweep has no table or no best trial.
    """
    sweep = read_sweep(path)
    figures, damaged = pictures(path / "figures")
    name = path.resolve().name
    return page(
        f"sweep {name} · nnzoo",
        [
            header("sweep", name, sentence(sweep)),
            paragraph(f"Damaged, and left out: {', '.join(damaged)}." if damaged else "", "alert"),
            section("Best trial", best_trial(sweep, folder)),
            section("Trials", trials(sweep, folder)),
            section("Figures", figures),
            section("Failures", failures(sweep, folder)),
            section("Runs", runs(sweep, folder)),
            section("Settings", settings(path / SETTINGS)),
        ],
    )


def sentence(sweep: Sweep) -> Html:
    """Return the number of trials by status."""
    counts = Counter(row.get(STATUS, "") for row in sweep.rows)
    parts = [join([status_label(status, f"{n} {status}")]) for status, n in counts.most_common()]
    total = len(sweep.rows)
    return join([f"{total} trial{'s' * (total != 1)}: ", join(parts, ", "), "."], "")


def best_trial(sweep: Sweep, folder: Path) -> Html:
    """Return the best trial: its settings, its result, and the command that trains it again."""
    given = {key: sweep.best_row.get(key, "") for key in sweep.swept}
    command = str(sweep.best.get("command") or "")
    return join(
        [
            paragraph(join([element("strong", f"Trial {sweep.best_trial}"), result(sweep), "."], ""), "lead"),
            pairs(given),
            join([paragraph("Train it again:"), preformatted(command, "command")]) if command else "",
            links(sweep, sweep.best_trial, folder),
        ]
    )


def result(sweep: Sweep) -> str:
    """Return the value of the best trial, its spread over seeds, and its distance from the second."""
    metric, value = sweep.best.get("metric"), sweep.best.get("value")
    if metric is None or not isinstance(value, int | float):
        return ""
    spread, seeds = number(sweep.best_row.get(f"{sweep.objective}{SPREAD}", "")), sweep.best_row.get(COUNT, "1")
    text = f": {metric} {format_number(value)}"
    if spread is not None:
        text += f" ± {spread:.2g} (mean and standard deviation of {seeds} runs)"
    others = [row for row in sweep.ranked() if row[TRIAL] != sweep.best_trial and row.get(STATUS) == DONE]
    best, second = sweep.value(sweep.best_row), sweep.value(others[0]) if others else None
    if second is None or best is None:
        return text
    if second == best:
        return f"{text}, as trial {others[0][TRIAL]}"
    return f"{text}, {'higher' if best > second else 'lower'} by {abs(best - second):.2g} than trial {others[0][TRIAL]}"


def trials(sweep: Sweep, folder: Path) -> Html:
    """Return the table of trials, from the best to the worst; the table with all metrics is folded."""
    rest = (sweep.objective or "").partition("/")[2]
    same = [name for name in sweep.metrics if not rest or name.partition("/")[2] == rest]  # of the other splits
    first = sorted(same, key=lambda name: name != sweep.objective)
    others = [name for name in sweep.metrics if name not in first]
    by = f"Sorted by {sweep.objective}, {'highest' if sweep.maximize else 'lowest'} first." if sweep.objective else ""
    whole = trial_table(sweep, [*first, *others], folder) if others else ""
    return join([paragraph(by), trial_table(sweep, first, folder), folded("All metrics", whole)])


def trial_table(sweep: Sweep, metrics: list[str], folder: Path) -> Html:
    """Return the ranked trials: the objective, the swept settings, the status, and the other metrics.

    The number of a trial links to its run.
    """
    first = [name for name in metrics if name == sweep.objective]
    known = [name for name in (STATUS, COUNT) if name in sweep.columns]
    columns = [TRIAL, *first, *sweep.swept, *known, *(name for name in metrics if name not in first)]
    ranked = sweep.ranked()
    body = [[trial_cell(sweep, row, name, folder) for name in columns] for row in ranked]
    numbers = [k for k, name in enumerate(columns) if name == COUNT or name in metrics]
    best = next((k for k, row in enumerate(ranked) if row[TRIAL] == sweep.best_trial), None)
    return table(columns, body, numbers=numbers, current=best)


def trial_cell(sweep: Sweep, row: Row, column: str, folder: Path) -> str:
    """Return a cell of the table of trials."""
    if column == TRIAL:
        return trial_link(sweep, row[TRIAL], folder)
    if column == STATUS:
        return status_label(row[STATUS])
    return metric_cell(row, column) if column in sweep.metrics else row[column]


def metric_cell(row: Row, name: str) -> str:
    """Return a metric, with its standard deviation over seeds if there are several."""
    value, spread = number(row.get(name, "")), number(row.get(name + SPREAD, ""))
    text = row.get(name, "") if value is None else format_number(value)
    return f"{text} ± {spread:.2g}" if spread is not None else text


def trial_link(sweep: Sweep, trial: str, folder: Path) -> Html | str:
    """Return the number of a trial, linked to its run directory if it has one."""
    found = sweep.runs.get(trial, [])
    return link(found[0].path, trial, folder) if found else trial


def link(path: Path, text: str, folder: Path) -> Html:
    """Return a link to a directory."""
    return element("a", text, {"href": address(path, folder)})


def address(path: Path, folder: Path) -> str:
    """Return the relative address of a directory from the folder of the page."""
    relative = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    return f"./{quote(os.fsencode(relative))}/"


def links(sweep: Sweep, trial: str, folder: Path) -> Html:
    """Return links to the run directories of a trial, and to their reports if they have been written."""
    items = []
    for run in sweep.runs.get(trial, []):
        parts: list[str] = [link(run.path, run.path.name, folder)]
        if (run.path / NAME).is_file():
            parts += [" · ", element("a", "report", {"href": address(run.path, folder) + NAME})]
        items.append(element("li", parts))
    return element("ul", items, {"class": "runs"}) if items else Html()


def failures(sweep: Sweep, folder: Path) -> Html:
    """Return the trials that are not done, with their messages."""
    rows = [row for row in sweep.rows if row.get(STATUS) != DONE]
    body = [
        [trial_link(sweep, row[TRIAL], folder), status_label(row.get(STATUS, "")), wrapped(message(sweep, row))]
        for row in rows
    ]
    return table([TRIAL, STATUS, "message"], body) if rows else Html()


def wrapped(text: str) -> Html:
    """Return text that is broken into lines in a table."""
    return element("div", text, {"class": "wrap"})


def message(sweep: Sweep, row: Row) -> str:
    """Return why a trial is not done: from the table, else from the status of its runs."""
    written = [row[name] for name in MESSAGES if row.get(name)]
    return "; ".join(dict.fromkeys(written or filter(None, map(status_message, sweep.runs.get(row[TRIAL], [])))))


def status_message(run: RunDirectory) -> str:
    """Return the message in the status of a run, "" if there is none."""
    try:
        return str(read_json(run.path / "status.json").get("message") or "")
    except (OSError, ValueError):
        return ""


def runs(sweep: Sweep, folder: Path) -> Html:
    """Return links to the directories of all runs, folded."""
    items = [links(sweep, row[TRIAL], folder) for row in sweep.rows]
    return folded("Directories of all runs", *items)


def settings(path: Path) -> Html:
    """Return the settings of the sweep, folded."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return folded(path.name, preformatted(text) if text else "")
