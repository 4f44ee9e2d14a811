"""Where a sweep runs, and by which metric its trials are compared: decided once, before the first trial."""

from itertools import islice, product
from pathlib import Path
from typing import Any

from ..errors import UserError, unknown
from ..files.paths import expand_path
from ..runs.directory import RunDirectory
from ..runs.names import safe_name
from .directory import SweepDirectory, find_unfinished
from .job import Description
from .plan import SweepPlan, first_value
from .space import Choice

TRIES = 20  # trials of which one must work
DIRECTIONS = {"minimize": "min", "maximize": "max"}


def parent_of(plan: SweepPlan) -> Path:
    """Return the folder in which the directory of the sweep is."""
    if plan.settings.dir is not None:
        return expand_path(plan.settings.dir).parent
    return expand_path(plan.output_dir) / "sweeps"


def find_directory(plan: SweepPlan, name: str) -> tuple[SweepDirectory, bool]:
    """Return the directory of the sweep, and whether it continues there. Raises UserError if it is another sweep's."""
    if plan.settings.dir is not None:
        return given_directory(plan, SweepDirectory(expand_path(plan.settings.dir)))
    parent = parent_of(plan)
    if plan.settings.resume and (found := find_unfinished(parent, plan.fingerprint())) is not None:
        return found, True
    return SweepDirectory(RunDirectory.create(parent, safe_name(name) or "sweep").path), False


def given_directory(plan: SweepPlan, given: SweepDirectory) -> tuple[SweepDirectory, bool]:
    """Return the directory `sweep.dir`, created if necessary, and whether the sweep continues there."""
    try:
        given.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to sweep.dir {given.path}: {error.strerror}") from error
    if not given.record_file.is_file() and not set(given.path.iterdir()) - {given.path / "lock"}:
        return given, False
    record = given.record()
    if record["fingerprint"] != plan.fingerprint():
        raise UserError(
            f"sweep.dir {given.path} belongs to another sweep: {record['command']}; leave sweep.dir out, or choose a "
            "new directory"
        )
    return given, True


def default_name(plan: SweepPlan) -> str:
    """Return a name for a sweep: its model and data, the parameters, and the strategy."""
    given = dict(text.split("=", 1) for text in plan.overrides if "=" in text)
    if "name" in given:
        return given["name"]
    parts = [given[key] for key in ("experiment", "model", "data") if key in given]
    parts += [param.key.rpartition(".")[2].lstrip("+") for param in plan.space.params]
    node = plan.settings.strategy
    named = str(node.get("sampler", node)["_target_"]).rpartition(".")[2].removesuffix("Sampler").lower()
    return "-".join([*parts, *([named] if named != "grid" else [])])


def first_points(plan: SweepPlan) -> list[tuple[str, ...]]:
    """Return the overrides of a few trials, among which every value of the first parameters occurs."""
    axes = [
        [f"{p.key}={value}" for value in p.values] if isinstance(p, Choice) else [first_value(p)]
        for p in plan.space.params
    ]
    replicate = tuple(f"{key}={value}" for key, value in plan.replicates[0])
    return [(*point, *replicate) for point in islice(product(*axes), TRIES)]


def choose_metric(plan: SweepPlan, described: Description) -> dict[str, Any]:
    """Return the metric of the comparison, its mode, and the number of examples in its split.

    Raises UserError if the metric is not measured or has no direction.
    """
    modes = described.modes
    given, direction = plan.settings.metric, plan.settings.direction
    metric = next(iter(modes)) if given == "auto" else given
    if metric not in modes:
        raise unknown("metric sweep.metric", metric, modes)
    mode = DIRECTIONS.get(direction, modes[metric])
    if mode is None:
        raise UserError(
            f"metric '{metric}' does not say whether higher is better; set sweep.direction to minimize or maximize"
        )
    if modes[metric] not in (None, mode):
        better = "lower" if mode == "max" else "higher"
        raise UserError(f"sweep.direction={direction}: {metric} is better when it is {better}; leave it out")
    return {"metric": metric, "mode": mode, "examples": described.examples[metric.partition("/")[0]]}
