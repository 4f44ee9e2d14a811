"""The figures of a sweep: files in `figures/`, and images in TensorBoard."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ..errors import UserError
from ..figures.sweeps.curves import plot_trial_curves
from ..figures.sweeps.data_sizes import plot_data_sizes
from ..figures.sweeps.history import plot_history
from ..figures.sweeps.importances import plot_importances
from ..figures.sweeps.parallel import plot_parallel
from ..figures.sweeps.slices import plot_slices
from ..figures.sweeps.trial import Mode, Trial
from ..formatting import sample_std
from ..runs.history import read_history
from .directory import SweepDirectory
from .engine import label_of
from .results import Results, TrialRow
from .study import Study

DPI = 150
CURVES = 5  # best trials whose curves are drawn
MIN_TRIALS = 4  # finished ones from which importances are computed
PED_ANOVA = "PED-ANOVA"
TRAIN = "data.train"  # key of the number of training examples


def write_figures(results: Results, study: Study, directory: SweepDirectory) -> None:
    """Draw the figures that apply to a sweep and save them."""
    directory.figures.mkdir(exist_ok=True)
    images: dict[str, bytes] = {}
    for name, figure in figures(results, study):
        path = directory.figures / f"{name}.png"
        figure.savefig(path, dpi=DPI)
        images[name] = path.read_bytes()
    write_events(images, directory.path)


def figures(results: Results, study: Study) -> Iterator[tuple[str, Figure]]:
    """Yield name and figure; slices first, since they answer which setting is best."""
    trials = [drawn(row, results) for row in results.trials]
    metric, mode, log = results.metric, as_mode(results.mode), results.log
    if results.keys:
        yield "slices", plot_slices(trials, metric, mode, log)
    if by_size := data_sizes(trials):
        yield "data_sizes", plot_data_sizes(by_size, metric, mode)
    if len(trials) > 1:
        yield "history", plot_history(trials, metric, mode)
    if len(results.keys) > 1 and len(trials) > 1:
        yield "parallel", plot_parallel(trials, metric, mode, log)
        if importances := study.importances(MIN_TRIALS):
            done = sum(row.status == "done" for row in results.trials)
            yield "importances", plot_importances(importances, PED_ANOVA, done)
    if series := curves(results):
        yield "curves", plot_trial_curves(series, metric, mode)


def as_mode(mode: str) -> Mode:
    """Return min or max."""
    return "min" if mode == "min" else "max"


def drawn(row: TrialRow, results: Results) -> Trial:
    """Return a trial as the figures take it."""
    values = row.values(results.metric)
    return Trial(
        number=row.number,
        params={key: as_number(value) for key, value in row.point.items()},
        status=row.status,
        value=row.value,
        sd=sample_std(values) if len(values) > 1 else None,
        n=len(values),
    )


def as_number(value: str | int | float) -> str | float:
    """Return a value as a number if it is one."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return number if math.isfinite(number) else str(value)


def data_sizes(trials: Sequence[Trial]) -> dict[str, dict[int, Trial]]:
    """Return the trials by their other settings and their number of training examples.

    Settings with a single number are left out, and trials with all examples, whose number is not known.
    """
    found: dict[str, dict[int, Trial]] = {}
    for trial in trials:
        size = trial.params.get(TRAIN)
        if isinstance(size, float):
            others = {key: value for key, value in trial.params.items() if key != TRAIN}
            found.setdefault(label_of(others) or "all trials", {})[int(size)] = trial
    return {label: line for label, line in found.items() if len(line) > 1}


def curves(results: Results) -> dict[str, list[list[float]]]:
    """Return the metric of the best trials by epoch: label -> runs -> values."""
    found: dict[str, list[list[float]]] = {}
    for row in results.ranked()[:CURVES]:
        runs = [curve(run.directory.metrics_file, results.metric) for run in row.runs if run.status == "done"]
        if runs := [each for each in runs if each]:
            found[label_of(row.point) or f"trial {row.number}"] = runs
    return found


def curve(file: Path, metric: str) -> list[float]:
    """Return a metric by epoch; epochs without it have the value of the last one that has."""
    try:
        rows = read_history(file)
    except UserError:  # a damaged file; the tables do not need it
        return []
    values: list[float] = []
    for row in rows:
        if metric in row:
            values.append(row[metric])
        elif values:
            values.append(values[-1])
    return values


def write_events(images: dict[str, bytes], folder: Path) -> None:
    """Write images to an event file in the directory of the sweep, in place of earlier ones. Needs no torch."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    writer = EventFileWriter(str(folder))
    for name, png in images.items():
        image = Summary.Image(encoded_image_string=png, colorspace=3)
        writer.add_event(Event(step=0, summary=Summary(value=[Summary.Value(tag=f"sweep/{name}", image=image)])))
    writer.close()
