"""Overview of a run in TensorBoard: its config as text, and charts of validation beside training metrics."""

from typing import Any

import pytorch_lightning as pl

from ..runs.readers import config_to_yaml
from ..tasks.base import Task
from .hparams import ranking_metrics
from .tensorboard import CURVES
from .writers import writers

SPLITS = {"val": "validation", "train": "training"}


class Overview(pl.Callback):
    """Write the resolved config and a layout of charts, once per run.

    The charts show the metrics that rank runs, which do not depend on the number of examples. All curves of a run have
    one color, so validation and training have a chart each, side by side.
    """

    def __init__(self) -> None:
        self.written = False

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the config and the layout."""
        if self.written:
            return
        self.written = True
        text = config_to_yaml(task.config)
        names = [metric.partition("/")[2] for metric in ranking_metrics(task)]
        there = {*task.metric_names("train"), *task.metric_names("val")}
        layout = {
            name: {  # tags are regular expressions, matched from the start
                f"{name}, {words}": ["Multiline", [f"{CURVES}{split}/{name}$"]]
                for split, words in SPLITS.items()
                if f"{split}/{name}" in there
            }
            for name in names
        }
        for writer in writers(trainer):
            writer.add_text("config", f"```yaml\n{text}```")
            writer.add_custom_scalars(layout)

    def state_dict(self) -> dict[str, Any]:
        """Return whether the overview was written."""
        return {"written": self.written}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state: a resumed run does not write the overview again."""
        self.written = state_dict["written"]
