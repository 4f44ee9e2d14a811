"""Overview of a run in TensorBoard: its config as text, and charts of training and validation metrics."""

from typing import Any

import pytorch_lightning as pl
import yaml

from ..tasks.base import Task
from .writers import writers


class Overview(pl.Callback):
    """Write the resolved config and a layout in which training and validation metrics share a chart, once per run."""

    def __init__(self) -> None:
        self.written = False

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the config and the layout."""
        if self.written:
            return
        self.written = True
        text = yaml.safe_dump(task.config, sort_keys=False)
        charts: dict[str, list[str]] = {}  # tags are regular expressions, matched from the start
        for metric in (*task.metric_names("train"), *task.metric_names("val")):
            charts.setdefault(metric.partition("/")[2], []).append(f"{metric}$")
        for writer in writers(trainer):
            writer.add_text("config", f"```yaml\n{text}```")
            writer.add_custom_scalars({"Overview": {name: ["Multiline", tags] for name, tags in charts.items()}})

    def state_dict(self) -> dict[str, Any]:
        """Return whether the overview was written."""
        return {"written": self.written}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state: a resumed run does not write the overview again."""
        self.written = state_dict["written"]
