"""What listings show of a run: its state, metrics and settings, read from the files of its directory. No torch."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..errors import UserError
from .directory import CONFIG, WHICH, RunDirectory
from .output_directory import STATUS

T = TypeVar("T")
DAMAGED = "damaged"
MODES = {
    "loss": "min",
    "acc": "max",
    "iou": "max",
    "localization_error": "min",
    "errors": "min",
    "mistakes": "min",
    "seq_acc": "max",
    "seq_errors": "min",
    "f1": "max",
    "precision": "max",
    "recall": "max",
    "perplexity": "min",
    "bits": "min",
    "mse": "min",
    "rmse": "min",
    "mae": "min",
    "r2": "max",
    "energy_distance": "min",
    "sequence_acc": "max",
    "token_acc": "max",
}
"""Metric -> "min" or "max" as the classes of metrics have it, which cannot be imported without torch."""


class Summary(NamedTuple):
    """The state of a run and its main metrics.

    status: as in status.json, "killed" in place of "running" without a process, or "damaged" if a file is missing or
    unreadable, which `message` names; time: of the last change of the status, in seconds since 1970; model, data:
    chosen options; metric: name of the metric that selects the best epoch; val, test: its values, of the best weights
    if there are any; epochs: number of epochs done.
    """

    status: str
    message: str
    time: float
    model: str
    data: str
    metric: str
    val: float | None
    test: float | None
    epochs: int | None
    tags: list[str]


class Details(NamedTuple):
    """All settings (`optimizer.lr`, and `optimizer` for the chosen option) and metrics (`val/best/acc`) of a run."""

    config: dict[str, Any]
    metrics: dict[str, float]


def read_record(path: Path) -> tuple[Summary, Details]:
    """Return what listings show of the run in a directory. A file that cannot be read makes the run damaged."""
    directory, errors = RunDirectory(path), list[str]()
    state: dict[str, Any] = guarded(directory.state, {}, errors)
    status, message = state.get("status"), state.get("message") or ""
    config: dict[str, Any] = {}
    if (path / CONFIG).exists() or status != "failed":  # a run of a sweep can fail before it has a config
        config = guarded(directory.config, {}, errors)
    if not errors and status is None:
        errors.append(f"{STATUS} {'has no status' if (path / STATUS).exists() else 'is missing'}")
    settings = flatten(config)
    history: list[dict[str, float]] = guarded(directory.history, [], errors)
    results: dict[str, float] = guarded(lambda: metrics_of_results(directory), {}, errors)
    tags: list[str] = guarded(directory.tags, [], errors)
    metrics = metrics_of_history(history, settings) | results
    metric = primary_metric(history, [key.rpartition("/")[2] for key in metrics], settings) or ""
    seconds = state.get("time")
    summary = Summary(
        status=DAMAGED if errors else str(status),
        message=errors[0].removeprefix(f"{path}/") if errors else str(message),
        time=changed(path) if seconds is None else float(seconds),
        model=chosen(settings, "model"),
        data=chosen(settings, "data"),
        metric=metric,
        val=lookup(metrics, f"val/{metric}"),
        test=lookup(metrics, f"test/{metric}"),
        epochs=int(history[-1]["epoch"]) if history else None,
        tags=tags,
    )
    return summary, Details(settings, metrics)


def guarded(read: Callable[[], T], otherwise: T, errors: list[str]) -> T:
    """Return the result of a function; if it raises UserError, add the message to `errors` and return `otherwise`."""
    try:
        return read()
    except UserError as error:
        errors.append(str(error))
        return otherwise


def changed(path: Path) -> float:
    """Return the time of the last change in a directory, 0 if it is not accessible."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def flatten(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a config by their dotted keys, and the chosen option of each group by the group's name.

    The parameters of a trial are left out, since they repeat other settings.
    """
    choices = {str(key): value for key, value in (config.get("choices") or {}).items()}
    settings = dict(leaves({key: value for key, value in config.items() if key != "choices"}))
    return choices | {k: v for k, v in settings.items() if k not in choices and not k.startswith("trial.params.")}


def leaves(node: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted key and value of all values in nested mappings."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def chosen(settings: dict[str, Any], group: str) -> str:
    """Return the chosen option of a group; without one, the name of its class."""
    return str(settings.get(group) or str(settings.get(f"{group}._target_", "")).rpartition(".")[2])


def primary_metric(history: list[dict[str, float]], names: Sequence[str], settings: dict[str, Any]) -> str | None:
    """Return the metric that ranks runs, without its split: that which selects the best epoch.

    Without a history, it is the first of `names` after the loss.
    """
    if found := ranking_metric(history, settings):
        return found.rpartition("/")[2]
    return next((name for name in names if name != "loss"), next(iter(names), None))


def ranking_metric(history: list[dict[str, float]], settings: dict[str, Any]) -> str | None:
    """Return the metric, `split/name`, that selects the best epoch: the first after the loss unless it is set."""
    monitor = settings.get("callbacks.best.monitor")
    if isinstance(monitor, str) and monitor != "auto":
        return monitor
    columns = dict.fromkeys(name for row in history for name in row)
    for split in ("val", "train"):
        if names := [name for name in columns if name.startswith(f"{split}/")]:
            return names[1] if names[0] == f"{split}/loss" and len(names) > 1 else names[0]
    return None


def best_row(history: list[dict[str, float]], settings: dict[str, Any]) -> dict[str, float] | None:
    """Return the row of the best epoch; on a tie that with the lower loss, then the earlier. None without best weights.

    This is the rule of `callbacks.best.ModelCheckpoint`.
    """
    metric = ranking_metric(history, settings)
    mode = settings.get("callbacks.best.mode")
    if metric is None or mode is None or (settings["callbacks.best.monitor"] == "auto" and metric.startswith("train/")):
        return None
    split, _, name = metric.partition("/")
    mode = MODES.get(name) if mode == "auto" else mode
    rows = [row for row in history if not math.isnan(row.get(metric, math.nan))]
    if mode not in ("min", "max") or not rows:
        return None
    sign = 1 if mode == "min" else -1
    return min(rows, key=lambda row: (sign * row[metric], row.get(f"{split}/loss", math.inf), row["epoch"]))


def metrics_of_history(history: list[dict[str, float]], settings: dict[str, Any]) -> dict[str, float]:
    """Return the metrics of the best and the last epoch by `split/best/name` and `split/last/name`."""
    last = {name: value for row in history for name, value in row.items()}
    rows = {"best": best_row(history, settings) or {}, "last": last}
    found = {}
    for which, row in rows.items():
        for column, value in row.items():
            split, slash, name = column.partition("/")
            if slash:
                found[f"{split}/{which}/{name}"] = value
    return found


def metrics_of_results(directory: RunDirectory) -> dict[str, float]:
    """Return the final metrics by `split/which/name`. Raises UserError if the file is damaged."""
    results = directory.results().items()
    return {f"{key}/{name}": float(value) for key, metrics in results for name, value in metrics.items()}


def lookup(metrics: dict[str, float], key: str) -> float | None:
    """Return a metric by `split/which/name`, or by `split/name`: of the best weights, else of the last; or None."""
    if key in metrics:
        return metrics[key]
    split, _, name = key.partition("/")
    return next((metrics[full] for which in WHICH if (full := f"{split}/{which}/{name}") in metrics), None)
