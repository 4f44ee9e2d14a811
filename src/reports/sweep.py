"""The report of a sweep."""

import json
import os
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from ..formatting import format_number
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
    ranked = sweep.ranked()
    name = path.resolve().name
    return page(
        f"sweep {name} · nnzoo",
        [
            header("sweep", name, sentence(sweep)),
            paragraph(f"Damaged, and left out: {', '.join(damaged)}." if damaged else "", "alert"),
            section("Best trial", best_trial(sweep, folder)),
            section("Trials", trials(sweep, ranked, folder)),
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
    found = [row for row in sweep.rows if row[TRIAL] == sweep.best_trial]
    given = {key: found[0].get(key, "") for key in sweep.swept} if found else {}
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
    """Return the value of the best trial and its distance from the second."""
    metric, value = sweep.best.get("metric"), sweep.best.get("value")
    if metric is None or not isinstance(value, int | float):
        return ""
    text = f": {metric} {format_number(value)}"
    others = [row for row in sweep.ranked() if row[TRIAL] != sweep.best_trial and row.get(STATUS) == DONE]
    second = sweep.value(others[0]) if others else None
    best = next((sweep.value(row) for row in sweep.rows if row[TRIAL] == sweep.best_trial), None)
    if second is None or best is None:
        return text
    if second == best:
        return f"{text}, as trial {others[0][TRIAL]}"
    return f"{text}, {'higher' if best > second else 'lower'} by {abs(best - second):.2g} than trial {others[0][TRIAL]}"


def trials(sweep: Sweep, ranked: list[Row], folder: Path) -> Html:
    """Return the table of trials, from the best to the worst; the whole table is folded."""
    metric = sweep.objective.rpartition("/")[2] if sweep.objective else None
    same = [name for name in sweep.metrics if metric is None or name.rpartition("/")[2] == metric]
    order = sorted(same, key=lambda name: name != sweep.objective)
    others = [name for name in sweep.metrics if name not in order]
    by = f"Sorted by {sweep.objective}, {'highest' if sweep.maximize else 'lowest'} first." if sweep.objective else ""
    return join(
        [
            paragraph(by),
            trial_table(sweep, ranked, order, folder),
            folded("All metrics", trial_table(sweep, ranked, [*order, *others], folder) if others else ""),
        ]
    )


def trial_table(sweep: Sweep, rows: list[Row], metrics: list[str], folder: Path) -> Html:
    """Return the table of trials with some of the metrics; a trial links to its run."""
    fixed = [name for name in (TRIAL, STATUS) if name in sweep.columns]
    count = [COUNT] if COUNT in sweep.columns else []
    body = [
        [
            trial_link(sweep, row[TRIAL], folder),
            *(status_label(row[name]) for name in fixed if name == STATUS),
            *(row[name] for name in (*sweep.swept, *count)),
            *(metric_cell(row, name) for name in metrics),
        ]
        for row in rows
    ]
    best = next((k for k, row in enumerate(rows) if row[TRIAL] == sweep.best_trial), None)
    header_row = [*fixed, *sweep.swept, *count, *metrics]
    return table(header_row, body, texts=len(fixed) + len(sweep.swept), current=best)


def metric_cell(row: Row, name: str) -> str:
    """Return a metric, with its standard deviation over seeds if there are several."""
    value, spread = number(row.get(name, "")), number(row.get(name + SPREAD, ""))
    text = row.get(name, "") if value is None else format_number(value)
    return f"{text} ± {spread:.2g}" if spread is not None else text


def trial_link(sweep: Sweep, trial: str, folder: Path) -> Html | str:
    """Return the number of a trial, linked to its run directory if it has one."""
    found = sweep.runs(trial)
    return link(found[0].path, trial, folder) if found else trial


def link(path: Path, text: str, folder: Path) -> Html:
    """Return a relative link from the folder of the page to a directory."""
    relative = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    return element("a", text, {"href": f"./{quote(os.fsencode(relative))}/"})


def links(sweep: Sweep, trial: str, folder: Path) -> Html:
    """Return links to the run directories of a trial, and to their reports if they have been written."""
    items = []
    for run in sweep.runs(trial):
        parts: list[str] = [link(run.path, run.path.name, folder)]
        if (run.path / NAME).is_file():
            address = link(run.path, "", folder).partition('href="')[2].partition('"')[0]
            parts += [" · ", element("a", "report", {"href": Html(address + NAME)})]
        items.append(element("li", parts))
    return element("ul", items, {"class": "runs"}) if items else Html()


def failures(sweep: Sweep, folder: Path) -> Html:
    """Return the trials that are not done, with their messages."""
    rows = [row for row in sweep.rows if row.get(STATUS) != DONE]
    body = [
        [trial_link(sweep, row[TRIAL], folder), status_label(row.get(STATUS, "")), element("span", message(sweep, row), {"class": "wrap"})]
        for row in rows
    ]
    return table([TRIAL, STATUS, "message"], body, texts=3) if rows else Html()


def message(sweep: Sweep, row: Row) -> str:
    """Return why a trial is not done: from the table, else from the status of its runs."""
    written = [row[name] for name in MESSAGES if row.get(name)]
    return written[0] if written else "; ".join(dict.fromkeys(filter(None, map(status_message, (r.path for r in sweep.runs(row[TRIAL]))))))


def status_message(run: Path) -> str:
    """Return the message in the status of a run, "" if there is none."""
    try:
        return str(json.loads((run / "status.json").read_text(encoding="utf-8")).get("message") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def runs(sweep: Sweep, folder: Path) -> Html:
    """Return links to the directories of all runs, folded."""
    items = [links(sweep, row[TRIAL], folder) for row in sweep.rows]
    return folded("Directories of all runs", *items)


def settings(path: Path) -> Html:
    """Return the settings of the sweep, folded."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return folded(path.name, preformatted(text) if text else "")
