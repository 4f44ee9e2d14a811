"""The runs below a directory as a pandas DataFrame."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files.paths import expand_path
from .filters import MISSING, Filter, check_keys, select, sort_runs, value_of
from .index import Run, load_runs
from .record import Summary

if TYPE_CHECKING:
    import pandas as pd


def list_runs(
    *filters: str,
    output_dir: str | Path = "outputs",
    columns: Sequence[str] | None = None,
    sort: str = "-time",
    limit: int | None = None,
) -> "pd.DataFrame":
    """Return the runs below a directory as a DataFrame, one row per run, as `nnzoo runs list` does.

    filters: conditions such as "model=mlp", "optimizer.lr<0.1", "val/acc>=0.9", "status=done" or "tag=good", all of
    which must hold. columns: keys of settings and metrics, None = the state, all settings and all metrics of the runs;
    `run` (path relative to output_dir) and `path` (directory, for `nnzoo.load`) are always there. sort: the key to sort
    by, in descending order after a minus. limit: number of rows. Cells are None or NaN if a run does not have the key.
    Raises UserError for an unknown key or directory, and for a limit below 1.
    """
    import pandas as pd  # takes a while

    found = load_runs(expand_path(output_dir))
    runs = list(found.runs.values())
    check_keys(columns or (), runs)
    runs = sort_runs(select(runs, [Filter.parse(text) for text in filters]), sort, limit)
    names = columns or list(dict.fromkeys([*Summary._fields, *(key for run in runs for key in settings_of(run))]))
    rows = [{"run": run.name, "path": str(run.path)} | cells(run, names) for run in runs]
    return pd.DataFrame(rows, columns=list(dict.fromkeys(["run", "path", *names])))


def settings_of(run: Run) -> list[str]:
    """Return the keys of all settings and metrics of a run."""
    return [*run.details.config, *run.details.metrics]


def cells(run: Run, keys: Sequence[str]) -> dict[str, Any]:
    """Return the values of a run by key, without keys that it does not have."""
    found = {key: value for key in keys if (value := value_of(run, key)) is not MISSING}
    return {key: datetime.fromtimestamp(value) if key == "time" else value for key, value in found.items()}
