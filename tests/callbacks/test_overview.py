from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from nnzoo.callbacks.overview import Overview
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout
from tensorboard.util.tensor_util import make_ndarray

from .conftest import Fit
from .small_tasks import CONFIG, PLANE, events, make_task


def test_config_and_charts_are_written_once(tmp_path: Path, fit: Fit) -> None:
    callback = Overview()
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [callback])
    resumed = Overview()
    resumed.load_state_dict(callback.state_dict())
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [resumed])
    logged = events(tmp_path)
    texts = logged.Tensors("config/text_summary")
    assert len(texts) == 1
    text = make_ndarray(texts[0].tensor_proto).item().decode()
    assert text.startswith("```yaml\n")
    assert text.endswith("\n```")
    assert yaml.safe_load(text.removeprefix("```yaml\n").removesuffix("```")) == CONFIG
    layout = Layout.FromString(make_ndarray(logged.Tensors("custom_scalars__config__")[0].tensor_proto).item())
    charts = {c.title: {chart.title: list(chart.multiline.tag) for chart in c.chart} for c in layout.category}
    assert charts == {  # no counts, which depend on the number of examples
        name: {
            f"{name}, validation": [f"curves/val/{name}$"],
            f"{name}, training": [f"curves/train/{name}$"],
        }
        for name in ("acc", "loss")
    }
    assert list(charts) == ["acc", "loss"]  # the metric that ranks runs is first


def test_a_metric_of_one_split_has_one_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    layouts: list[Any] = []
    writer = SimpleNamespace(add_text=lambda *_: None, add_custom_scalars=layouts.append)
    monkeypatch.setattr("nnzoo.callbacks.overview.writers", lambda trainer: [writer, writer])
    monkeypatch.setattr("nnzoo.callbacks.overview.ranking_metrics", lambda task: ["val/f1", "val/loss"])
    names = {"train": ["train/loss"], "val": ["val/f1", "val/loss"]}
    task: Any = SimpleNamespace(config=CONFIG, metric_names=names.get)
    Overview().on_fit_start(None, task)  # type: ignore[arg-type]
    loss = {
        "loss, validation": ["Multiline", ["curves/val/loss$"]],
        "loss, training": ["Multiline", ["curves/train/loss$"]],
    }
    assert layouts == [{"f1": {"f1, validation": ["Multiline", ["curves/val/f1$"]]}, "loss": loss}] * 2
