"""The comparison of runs by `nnzoo runs compare`, as text, JSON or CSV."""

from collections.abc import Sequence
from typing import Any

from ..formatting import as_csv, format_number, format_table
from ..runs.filters import MISSING, to_text
from ..runs.index import Run
from .cells import as_json, csv_text, escape

SPLITS = ("val", "test", "train")  # order of their metrics


class Comparison:
    """The settings in which runs differ, and all their metrics: key -> one value per run, `MISSING` if it has none.

    The class of an option is left out if the chosen options differ. A missing setting equals null.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        configs = [run.details.config for run in runs]
        all_values = {
            key: [c.get(key, MISSING) for c in configs] for key in dict.fromkeys(k for c in configs for k in c)
        }
        differing = {key: values for key, values in all_values.items() if differ(values)}
        targets = {f"{key}._target_" for key in differing}
        self.config = {key: values for key, values in differing.items() if key not in targets}
        names = sorted(dict.fromkeys(key for run in runs for key in run.details.metrics), key=metric_order)
        self.metrics: dict[str, list[Any]] = {
            key: [run.details.metrics.get(key, MISSING) for run in runs] for key in names
        }


def differ(values: Sequence[Any]) -> bool:
    """Return whether the values of a setting are not all the same."""
    first, *rest = (None if value is MISSING else value for value in values)
    return any(value != first or isinstance(value, bool) != isinstance(first, bool) for value in rest)


def metric_order(key: str) -> tuple[int, str, bool]:
    """Return a key for sorting metrics by split, checkpoint and name; the loss is the last."""
    split, _, rest = key.partition("/")
    which, _, name = rest.partition("/")
    return SPLITS.index(split) if split in SPLITS else len(SPLITS), which, name == "loss"


def compare_text(runs: Sequence[Run]) -> str:
    """Return the comparison as text: numbers and names of the runs, then settings and metrics in numbered columns."""
    found = Comparison(runs)
    numbers = [str(number) for number in range(1, len(runs) + 1)]
    legend = [[number, run.summary.status, escape(run.name)] for number, run in zip(numbers, runs, strict=True)]
    rows = [["", *numbers]]
    rows += [
        [key, *("" if v is MISSING else escape(to_text(key, v)) for v in values)]
        for key, values in found.config.items()
    ]
    if not found.config:
        rows.append(["no setting differs", *("" for _ in runs)])
    if found.metrics:
        rows.append(["" for _ in rows[0]])
    rows += [
        [key, *("" if v is MISSING else format_number(v) for v in values)] for key, values in found.metrics.items()
    ]
    return f"{format_table(legend)}\n\n{format_table(rows)}"


def compare_json(runs: Sequence[Run]) -> str:
    """Return the comparison as JSON: runs, status, config and metrics; null for a key that a run does not have."""
    found = Comparison(runs)
    plain = {
        part: {key: [None if v is MISSING else v for v in values] for key, values in rows.items()}
        for part, rows in (("config", found.config), ("metrics", found.metrics))
    }
    return as_json({"runs": [run.name for run in runs], "status": [run.summary.status for run in runs], **plain})


def compare_csv(runs: Sequence[Run]) -> str:
    """Return the comparison as CSV: a row per setting and metric, a column per run."""
    found = Comparison(runs)
    rows = [["key", *(run.name for run in runs)], ["status", *(run.summary.status for run in runs)]]
    for key, values in (found.config | found.metrics).items():
        rows.append([key, *(csv_text(key, value) for value in values)])
    return as_csv(rows).removesuffix("\n")
