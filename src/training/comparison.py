"""What a run must know of the sweep in which it is compared with others."""

from collections.abc import Callable
from dataclasses import dataclass

from ..data.base import SPLITS
from ..errors import unknown
from .plan import Plan


@dataclass(frozen=True)
class Comparison:
    """How a run is compared. metric: such as val/acc; report: see `Pruning`, None = the run is never stopped early."""

    metric: str
    report: Callable[[int, float], bool] | None = None


def metric_modes(plan: Plan) -> dict[str, str | None]:
    """Return the metrics by which runs of a plan can be compared and their modes, the main one first.

    They are metrics of the validation split or, without one, of the training split.
    """
    validated = plan.validation() is not None
    main = plan.task.primary[0]
    names = plan.task.metric_names("val" if validated else "train")
    if not validated:
        main = "train/" + main.partition("/")[2]
    ordered = sorted(names, key=lambda name: name != main)
    return {name: plan.task.mode(name) for name in ordered}


def set_evaluation(plan: Plan, comparison: Comparison, *, all_splits: bool) -> None:
    """Set the splits to evaluate. Raises UserError if the plan does not measure the metric.

    all_splits: evaluate all splits of the data, not only those in the config.
    """
    modes = metric_modes(plan)
    if comparison.metric not in modes:
        raise unknown("metric sweep.metric", comparison.metric, modes)
    present = [split for split in SPLITS if split in plan.data.splits]
    needed = comparison.metric.partition("/")[0]
    given = plan.config["evaluate"]
    plan.config["evaluate"] = present if all_splits else [*given, *({needed} - set(given))]
