"""The table at the end of a multirun: one row per run, and one row per set of runs that differ only in the seed."""

import shlex
import statistics
from collections import defaultdict
from pathlib import Path

from ..formatting import as_csv, format_number, format_table, sample_std
from ..runs.directory import RunDirectory
from .outcome import tensorboard_line
from .streams import printable


def summarize(sweep: Path) -> str:
    """Write `sweep.csv` into the directory of a multirun and return the table as text.

    Both are read from the directories of the runs, which may have run on other machines.
    """
    found = [(directory, overrides_of(directory)) for directory in run_directories(sweep)]
    swept = varying_keys([o for _, o in found])
    names = [n for _, metrics in (main_metrics(d) for d, _ in found) for n in metrics]
    columns = list(dict.fromkeys(names))
    rows = [[*swept, "status", *columns, "run"]]
    groups: dict[tuple[str, ...], list[dict[str, float]]] = defaultdict(list)
    for directory, settings in found:
        _, metrics = main_metrics(directory)
        cells = [format_number(metrics[c]) if c in metrics else "" for c in columns]
        rows.append([*(settings.get(k, "") for k in swept), directory.status(), *cells, directory.path.name])
        if metrics:
            groups[tuple(settings.get(k, "") for k in swept if k != "seed")].append(metrics)
    (sweep / "sweep.csv").write_text(as_csv(rows), encoding="utf-8")
    text = format_table(rows)
    several = {key: group for key, group in groups.items() if len(group) > 1}
    if "seed" in swept and several:
        rest = [k for k in swept if k != "seed"]
        text += f"\n\nover seeds: mean {plus_minus()} standard deviation\n{seed_table(several, rest, columns)}"
    return f"{text}\n\nsweep        {shlex.quote(str(sweep))}\n{tensorboard_line(sweep)}"


def seed_table(groups: dict[tuple[str, ...], list[dict[str, float]]], swept: list[str], columns: list[str]) -> str:
    """Return the table of means and standard deviations over seeds."""
    rows = [[*swept, "n", *columns]]
    for key, group in groups.items():
        cells = []
        for column in columns:
            values = [metrics[column] for metrics in group if column in metrics]
            around = f" {plus_minus()} {sample_std(values):.2g}" if len(values) > 1 else ""
            cells.append(f"{format_number(statistics.fmean(values))}{around}" if values else "")
        rows.append([*key, str(len(group)), *cells])
    return format_table(rows)


def plus_minus() -> str:
    """Return "±", or "+/-" if standard output cannot encode it."""
    return printable("±", "+/-")


def run_directories(sweep: Path) -> list[RunDirectory]:
    """Return the run directories of a sweep, sorted by their numbers."""
    found = [d for d in sweep.iterdir() if d.is_dir() and d.name.partition("-")[0].isdigit()]
    return [RunDirectory(d) for d in sorted(found, key=lambda d: int(d.name.partition("-")[0]))]


def overrides_of(directory: RunDirectory) -> dict[str, str]:
    """Return key -> value of the overrides of a run."""
    return {key: value for key, _, value in (line.partition("=") for line in directory.overrides())}


def varying_keys(settings: list[dict[str, str]]) -> list[str]:
    """Return the keys whose values differ between runs."""
    keys = dict.fromkeys(key for each in settings for key in each)
    return [key for key in keys if len({each.get(key) for each in settings}) > 1]


def main_metrics(directory: RunDirectory) -> tuple[str, dict[str, float]]:
    """Return name and metrics of the first of test/best, test/last, ..., ("", {}) if there is none."""
    results = directory.results()
    name = next(iter(sorted(results, key=lambda n: (not n.startswith("test"), n))), "")
    return name, results.get(name, {})
