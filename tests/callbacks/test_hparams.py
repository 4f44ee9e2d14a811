import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.history import History
from nnzoo.callbacks.hparams import HParams, flatten, group_name
from tensorboard.plugins.hparams.api_pb2 import DATA_TYPE_BOOL, DATA_TYPE_FLOAT64, DATA_TYPE_STRING
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from .conftest import Fit
from .small_tasks import CONFIG, PLANE, events, make_task

SECONDS = 60  # maximum time until the server answers


def content(folder: Path, tag: str) -> HParamsPluginData:
    metadata = events(folder).summary_metadata[f"_hparams_/{tag}"]
    return HParamsPluginData.FromString(metadata.plugin_data.content)


def with_seed(seed: int) -> dict[str, Any]:
    return deepcopy(CONFIG) | {"seed": seed}


def test_flatten() -> None:
    assert flatten(CONFIG | {"data": {"_target_": "a.b.Digits", "shuffle": True}}) == {
        "seed": 0,
        "model": "MLP",
        "model.hidden": "[4, 3]",
        "model.bias": True,
        "optimizer": "SGD",
        "optimizer.lr": 0.5,
        "trainer.max_epochs": 3,
        "trainer.gradient_clip_val": "inf",
        "callbacks.progress": "Progress",
        "data": "Digits",
        "data.shuffle": True,
    }


def test_group_name_ignores_seeds() -> None:
    one = group_name({"seed": 0, "data.seed": 0, "optimizer.lr": 0.5})
    assert group_name({"optimizer.lr": 0.5, "data.seed": 3, "seed": 1}) == one
    assert group_name({"optimizer.lr": 0.6, "data.seed": 0, "seed": 0}) != one


def test_written_to_the_event_file_of_the_run(tmp_path: Path, fit: Fit) -> None:
    history = History(save_dir=str(tmp_path))
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [HParams()], loggers=[history])
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    start = content(tmp_path, "session_start_info").session_start_info
    chosen = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    wanted = {k: v for k, v in flatten(CONFIG).items() if not k.startswith("callbacks")}
    assert chosen == wanted
    assert chosen["model.bias"] is True
    assert start.group_name == group_name(wanted)
    experiment = content(tmp_path, "experiment").experiment
    kinds = {info.name: info.type for info in experiment.hparam_infos}
    assert kinds["model.bias"] == DATA_TYPE_BOOL
    assert kinds["model.hidden"] == DATA_TYPE_STRING
    assert kinds["optimizer.lr"] == kinds["seed"] == DATA_TYPE_FLOAT64
    assert [m.name.tag for m in experiment.metric_infos] == ["hp/val/loss", "hp/val/acc", "hp/val/errors"]
    assert "hp/val/acc" not in (tmp_path / "metrics.csv").read_text()
    assert content(tmp_path, "session_end_info").session_end_info.status


def test_best_so_far_also_in_a_resumed_run(tmp_path: Path, fit: Fit) -> None:
    trainer = fit(make_task(PLANE, torch.nn.Linear(2, 3)), [callback := HParams()], max_epochs=1)
    task = trainer.lightning_module
    callback.best.clear()
    logged: list[dict[str, float]] = []
    for half in ([(0.7, 3.0), (0.9, 2.0)], [(0.8, 2.5), (float("nan"), float("nan")), (0.85, 1.0)]):
        callback._log = lambda _, better: logged.append(better)  # type: ignore[method-assign]
        for acc, loss in half:
            metrics = {
                "val/acc": torch.tensor(acc),
                "val/loss": torch.tensor(loss),
                "val/errors": torch.tensor(7),
            }
            watched = SimpleNamespace(sanity_checking=False, callback_metrics=metrics)
            callback.on_validation_end(watched, task)  # type: ignore[arg-type]
        state = callback.state_dict()
        callback = HParams()
        callback.load_state_dict(state)
    assert [round(better["val/acc"], 3) for better in logged if "val/acc" in better] == [0.7, 0.9]
    assert [better["val/loss"] for better in logged if "val/loss" in better] == [3, 2, 1]
    assert len(logged) == 5


def test_nan_is_never_the_best() -> None:
    callback = HParams()
    modes = {
        "val/loss": "min",
        "val/r2": "max",
        "val/own": None,
    }  # val/own has no direction
    task = SimpleNamespace(metric_names=lambda split: list(modes), mode=modes.get)
    callback._log = lambda _, better: None  # type: ignore[method-assign]
    for value in (float("nan"), 2.0, 3.0, 2.5):
        trainer = SimpleNamespace(sanity_checking=False, callback_metrics=dict.fromkeys(modes, value))
        callback.on_validation_end(trainer, task)  # type: ignore[arg-type]
    assert callback.best == {"val/loss": 2.0, "val/r2": 3.0, "val/own": 2.5}


def test_last_training_metrics_without_validation(tmp_path: Path, fit: Fit) -> None:
    trainer = fit(make_task(PLANE, torch.nn.Linear(2, 3)), [HParams()], validate=False)
    logged = events(tmp_path)
    tags = [m.name.tag for m in content(tmp_path, "experiment").experiment.metric_infos]
    assert tags == ["hp/train/loss", "hp/train/acc", "hp/train/errors"]
    assert logged.Scalars("hp/train/acc")[0].value == pytest.approx(float(trainer.callback_metrics["train/acc"]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve `tmp_path` with TensorBoard and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "-m",
        "tensorboard.main",
        "--logdir",
        str(tmp_path),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    process = subprocess.Popen(
        [sys.executable, *command, "--load_fast=false", "--reload_interval=1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TENSORBOARD_PROXY_URL": ""},
    )
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def ask(address: str, body: dict[str, Any] | None = None) -> Any:
    """Return the first answer of the server that is not empty."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(address, json.dumps(body).encode() if body else None)
    request.add_header("Content-Type", "application/json")
    until = time.monotonic() + SECONDS
    error: Exception | None = None
    while time.monotonic() < until:
        try:
            with opener.open(request, timeout=SECONDS) as response:
                if answer := json.load(response):
                    return answer
        except OSError as problem:
            error = problem
        time.sleep(0.1)
    raise AssertionError(f"no answer from {address}: {error}")


def test_values_shown_by_the_server(tmp_path: Path, fit: Fit, server: str) -> None:
    best = {}
    for seed in range(2):
        torch.manual_seed(seed)
        callback = HParams()
        fit(
            make_task(PLANE, torch.nn.Linear(2, 3), with_seed(seed)),
            [callback],
            folder=tmp_path / f"run{seed}",
        )
        best[f"run{seed}"] = callback.best
    wanted = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
        "colParams": [{"metric": {"tag": "hp/val/acc", "group": ""}}, {"hparam": "optimizer.lr"}],
        "aggregationType": "AGGREGATION_AVG",
        "startIndex": 0,
        "sliceSize": 10,
    }
    expected = {run: {f"hp/{name}": pytest.approx(v, rel=1e-6) for name, v in of.items()} for run, of in best.items()}
    until = time.monotonic() + SECONDS
    while True:  # the server rereads the files periodically
        groups = ask(f"{server}/data/plugin/hparams/session_groups", wanted).get("sessionGroups", [])
        shown = {
            session["name"]: {value["name"]["tag"]: value["value"] for value in session["metricValues"]}
            for session in (groups[0]["sessions"] if groups else [])
        }
        if shown == expected or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert len(groups) == 1  # both seeds
    assert groups[0]["hparams"]["optimizer.lr"] == 0.5
    assert groups[0]["hparams"]["model.bias"] is True
    assert shown == expected
    answer = ask(f"{server}/data/plugin/hparams/experiment", {"experimentName": ""})
    assert "hp_metric" not in json.dumps(answer)
    points = ask(f"{server}/data/plugin/scalars/scalars?tag=val%2Floss&run=run0")
    assert [step for _, step, _ in points] == [1, 2, 3]
