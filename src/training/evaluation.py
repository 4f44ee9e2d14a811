"""Evaluation of a network on the splits of its data."""

import pytorch_lightning as pl

from ..callbacks.evaluation import isolated_evaluation
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..tasks.base import Task
from .plan import Plan


def evaluate_split(trainer: pl.Trainer, plan: Plan, split: str) -> dict[str, float]:
    """Return the metrics of the current weights on a split, and those of the evaluations."""
    task, data = plan.task, plan.data
    task.split = split  # type: ignore[assignment]
    loader = data.eval_loader(split)
    loader.to(task.device)
    trainer.test(task, loader, verbose=False)
    found = {name: float(trainer.callback_metrics[f"{split}/{name}"]) for name in metric_names(task)}
    return found | further_metrics(plan, split)


def further_metrics(plan: Plan, split: str) -> dict[str, float]:
    """Return the metrics of the evaluations of the current weights on a split."""
    found: dict[str, float] = {}
    for evaluation in plan.evaluations.values():
        with isolated_evaluation(plan.task):
            found |= evaluation.compute(plan.task, plan.data, split)
    return found


def metric_names(task: Task) -> list[str]:
    """Return the names of the metrics without a split."""
    return [name.partition("/")[2] for name in task.metric_names("test")]


def evaluate_all(trainer: pl.Trainer, plan: Plan, directory: RunDirectory) -> dict[str, dict[str, float]]:
    """Return the metrics of the last and the best weights on the splits to evaluate. The last weights stay loaded."""
    task, splits = plan.task, plan.config["evaluate"]
    found = {f"{split}/last": evaluate_split(trainer, plan, split) for split in splits}
    best = directory.checkpoint("best")
    if best.is_file():
        last = {k: v.detach().clone() for k, v in task.state_dict().items()}
        task.load_state_dict(Checkpoint.read(best).task_state)
        found |= {f"{split}/best": evaluate_split(trainer, plan, split) for split in splits}
        task.load_state_dict(last)
    return found
