"""The report of a sweep."""

import os
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from ..formatting import format_number
from ..runs.directory import RunDirectory
from .html import Html, element, folded, join, pairs, paragraph, preformatted, section, table
from .images import pictures
from .page import header, page, status_label
from .sweep_files import COUNT, DONE, PRUNED, STATUS, TRIAL, Row, Sweep, number, read_sweep
from .write import NAME


def sweep_page(path: Path, folder: Path) -> str:
    """Return the report of a sweep as a page; folder: where it will be, for relative links.

    Raises UserError if the sweep has no table or no best trial.
    """
    sweep = read_sweep(path)
    figures, damaged = pictures(sweep.directory.figures)
    name = path.resolve().name
    return page(
        f"sweep {name} · nnzoo",
        [
            header("sweep", name, sentence(sweep)),
            paragraph(state(sweep), "alert"),
            paragraph(f"Damaged, and left out: {', '.join(damaged)}." if damaged else "", "alert"),
            section("Best trial", best_trial(sweep, folder)),
            section("Trials", trials(sweep, folder)),
            section("Figures", figures),
            section("Failures", failures(sweep, folder)),
            section("Runs", runs(sweep, folder)),
            section("Settings", settings(sweep)),
        ],
    )


def sentence(sweep: Sweep) -> Html:
    """Return the number of trials by status."""
    counts = Counter(row.get(STATUS, "") for row in sweep.rows)
    parts = [status_label(status, f"{n} {status}") for status, n in counts.most_common()]
    total = len(sweep.rows)
    return join([f"{total} trial{'s' * (total != 1)}: ", join(parts, ", "), "."], "")


def state(sweep: Sweep) -> str:
    """Return the status of a sweep that is not done, with its message."""
    status, message = sweep.directory.status(), RunDirectory(sweep.directory.path).message()
    return "" if status in (DONE, "unknown") else f"The sweep is {status}" + f": {message}" * bool(message)


def best_trial(sweep: Sweep, folder: Path) -> Html:
    """Return the best trial: its settings, its result, and the commands that train it again."""
    given = {key: sweep.best_row.get(key, "") for key in sweep.swept}
    several = bool(sweep.best.get("command_all_runs"))
    again = "Train its first run again:" if several else "Train it again:"
    commands = {again: "command", "Train all its runs again:": "command_all_runs"}
    return join(
        [
            paragraph(join([element("strong", f"Trial {sweep.best_trial}"), result(sweep), "."], ""), "lead"),
            pairs(given),
            *(
                join([paragraph(text), preformatted(str(sweep.best[key]), "command")])
                for text, key in commands.items()
                if sweep.best.get(key)
            ),
            links(sweep, sweep.best_trial, folder),
        ]
    )


def result(sweep: Sweep) -> str:
    """Return the value of the best trial, its spread over runs, and its distance from the second."""
    value, row, examples = sweep.best.get("value"), sweep.best_row, sweep.record.get("examples")
    if not sweep.objective or not isinstance(value, int | float):
        return ""
    text = f": {sweep.objective} {format_number(value)}"
    if (spread := sweep.spread(row, sweep.objective)) is not None:
        text += f" ± {spread:.2g} (mean and standard deviation of {row.get(COUNT)} runs)"
    if examples:
        text += f" on {examples} examples"
    others = [each for each in sweep.ranked() if each[TRIAL] != sweep.best_trial and each.get(STATUS) == DONE]
    best, second = sweep.value(row), sweep.value(others[0]) if others else None
    if second is None or best is None:
        return text
    if difference := sweep.best.get("difference"):
        return f"{text}; {difference}"
    if second == best:
        return f"{text}, as trial {others[0][TRIAL]}"
    return f"{text}, {'higher' if best > second else 'lower'} by {abs(best - second):.2g} than trial {others[0][TRIAL]}"


def trials(sweep: Sweep, folder: Path) -> Html:
    """Return the table of trials, from the best to the worst; the table with all metrics is folded."""
    objective = sweep.objective
    split, _, metric = objective.partition("/")
    further = [name for name in sweep.metrics if name.endswith(f"/{sweep.checkpoint}/{metric}")]  # of all splits
    shown = [name for name in further if name.partition("/")[0] != split]
    known = [objective] if objective in sweep.metrics else []
    others = [name for name in sweep.metrics if name not in (*known, *shown)]
    by = f"Sorted by {objective}, {'highest' if sweep.maximize else 'lowest'} first." if known else ""
    whole = trial_table(sweep, [*known, *shown, *others], folder) if others else ""
    return join([paragraph(by), trial_table(sweep, [*known, *shown], folder), folded("All metrics", whole)])


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
    return metric_cell(sweep, row, column) if column in sweep.metrics else row[column]


def metric_cell(sweep: Sweep, row: Row, column: str) -> str:
    """Return a metric, with its standard deviation over the runs if there are several."""
    value, spread = number(row[column]), sweep.spread(row, column)
    text = row[column] if value is None else format_number(value)
    return f"{text} ± {spread:.2g}" if spread is not None else text


def trial_link(sweep: Sweep, trial: str, folder: Path) -> Html | str:
    """Return the number of a trial, linked to its first run directory if it has one."""
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
    """Return the trials that are neither done nor pruned, with their messages."""
    rows = [row for row in sweep.rows if row.get(STATUS) not in (DONE, PRUNED)]
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
    written = row.get("message") or ""
    return written or "; ".join(dict.fromkeys(filter(None, (run.message() for run in sweep.runs.get(row[TRIAL], [])))))


def runs(sweep: Sweep, folder: Path) -> Html:
    """Return links to the directories of all runs, folded."""
    return folded("Directories of all runs", *(links(sweep, row[TRIAL], folder) for row in sweep.rows))


def settings(sweep: Sweep) -> Html:
    """Return the command and the settings of the sweep."""
    file, command = sweep.directory.record_file, sweep.record.get("command")
    text = file.read_text(encoding="utf-8") if sweep.record else ""
    return join(
        [
            join([paragraph("The command of the sweep:"), preformatted(str(command), "command")]) if command else "",
            folded(file.name, preformatted(text) if text else ""),
        ]
    )
