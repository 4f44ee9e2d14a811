"""The table at the end of a multirun: a row a run, and a row for each set of runs that differ in the seed alone."""

import csv
import shlex
import statistics
from collections import defaultdict
from pathlib import Path

from ..formatting import format_number, format_table, sample_std
from ..runs.directory import RunDirectory
from .outcome import dashboard
from .streams import shown


def summarize(sweep: Path) -> str:
    """Write `sweep.csv` into the directory of a multirun and return the table for the screen.

    Both are made of what the runs have written, wherever they ran.
    """
    found = [(directory, settings_of(directory)) for directory in members(sweep)]
    swept = varying([o for _, o in found])
    names = [n for _, figures in (main_figures(d) for d, _ in found) for n in figures]
    columns = list(dict.fromkeys(names))
    rows = [[*swept, "status", *columns, "run"]]
    groups: dict[tuple[str, ...], list[dict[str, float]]] = defaultdict(list)
    for directory, settings in found:
        _, figures = main_figures(directory)
        cells = [format_number(figures[c]) if c in figures else "" for c in columns]
        rows.append([*(settings.get(k, "") for k in swept), directory.status(), *cells, directory.path.name])
        if figures:
            groups[tuple(settings.get(k, "") for k in swept if k != "seed")].append(figures)
    with (sweep / "sweep.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    text = format_table(rows)
    several = {key: group for key, group in groups.items() if len(group) > 1}
    if "seed" in swept and several:
        rest = [k for k in swept if k != "seed"]
        text += f"\n\nover seeds: mean {plus_minus()} standard deviation\n{over_seeds(several, rest, columns)}"
    return f"{text}\n\nsweep        {shlex.quote(str(sweep))}\n{dashboard(sweep)}"


def over_seeds(groups: dict[tuple[str, ...], list[dict[str, float]]], swept: list[str], columns: list[str]) -> str:
    """Return the table of means."""
    rows = [[*swept, "n", *columns]]
    for key, group in groups.items():
        cells = []
        for column in columns:
            values = [figures[column] for figures in group if column in figures]
            around = f" {plus_minus()} {sample_std(values):.2g}" if len(values) > 1 else ""
            cells.append(f"{format_number(statistics.fmean(values))}{around}" if values else "")
        rows.append([*key, str(len(group)), *cells])
    return format_table(rows)


def plus_minus() -> str:
    """Return the sign, or what stands for it on a terminal that does not have it."""
    return shown("±", "+/-")


def members(sweep: Path) -> list[RunDirectory]:
    """Return the run directories of a sweep in the order of their numbers."""
    found = [d for d in sweep.iterdir() if d.is_dir() and d.name.partition("-")[0].isdigit()]
    return [RunDirectory(d) for d in sorted(found, key=lambda d: int(d.name.partition("-")[0]))]


def settings_of(directory: RunDirectory) -> dict[str, str]:
    """Return the overrides of a run by key."""
    return {key: value for key, _, value in (line.partition("=") for line in directory.overrides())}


def varying(settings: list[dict[str, str]]) -> list[str]:
    """Return the keys that do not have the same value everywhere."""
    keys = dict.fromkeys(key for one in settings for key in one)
    return [key for key in keys if len({one.get(key) for one in settings}) > 1]


def main_figures(directory: RunDirectory) -> tuple[str, dict[str, float]]:
    """Return the name and the figures of the first of test/best, test/last, ..., without it nothing."""
    results = directory.results()
    name = next(iter(sorted(results, key=lambda n: (not n.startswith("test"), n))), "")
    return name, results.get(name, {})
