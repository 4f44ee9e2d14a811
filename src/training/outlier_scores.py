"""The outlier scores of the training examples, stored with a run as quantiles, from which thresholds follow."""

from typing import Any

import pytorch_lightning as pl
import torch

from ..analysis.outliers import outlier_scores, quantile_grid, why_no_outliers
from ..callbacks.evaluation import isolated_evaluation
from ..runs.checkpoint import Checkpoint
from ..runs.directory import WHICH, RunDirectory
from ..tasks.base import Task
from .plan import Plan


def write_outlier_scores(trainer: pl.Trainer, plan: Plan, directory: RunDirectory) -> None:
    """Write the quantiles of the training scores with the best and the last weights, if the network gives scores."""
    task = plan.task
    if why_no_outliers(task.spec) is not None:
        return
    found: dict[str, Any] = {}
    current = {name: values.detach().clone() for name, values in task.state_dict().items()}
    for which in WHICH:
        file = directory.checkpoint(which)
        if file.is_file():
            checkpoint = Checkpoint.read(file)
            task.load_state_dict(checkpoint.task_state)
            found[which] = {"step": checkpoint.step, "quantiles": training_quantiles(trainer, plan)}
    task.load_state_dict(current)
    directory.write_outlier_scores(found)


def training_quantiles(trainer: pl.Trainer, plan: Plan) -> list[float]:
    """Return the quantiles of the scores of the training split with the current weights."""
    task: Task = plan.task
    loader = plan.data.eval_loader("train")
    loader.to(task.device)
    plugin = trainer.precision_plugin
    scores = []
    with isolated_evaluation(task), plugin.forward_context():
        for batch in loader:
            x = plugin.convert_input(batch.x)
            scores.append(outlier_scores(task.net, task.head, x, partial=task.spec.partial).rows)  # type: ignore[arg-type]
    return quantile_grid(torch.cat(scores).cpu().numpy())
