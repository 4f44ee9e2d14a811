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
from nnzoo.callbacks.hparams import HParams, ranking_metrics
from nnzoo.callbacks.tensorboard import TensorBoard
from nnzoo.runs.directory import RunDirectory
from tensorboard.plugins.hparams.api_pb2 import STATUS_SUCCESS
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from .conftest import Fit
from .small_tasks import CONFIG, PLANE, events, make_task

SECONDS = 60  # maximum time until the server answers
CHOICES = {"model": "mlp", "data": "digits", "optimizer": "sgd", "loss": None}


def content(folder: Path, tag: str) -> HParamsPluginData:
    metadata = events(folder).summary_metadata[f"_hparams_/{tag}"]
    return HParamsPluginData.FromString(metadata.plugin_data.content)


def member(lr: float, seed: int = 0, number: int = 0) -> dict[str, Any]:
    """Return the config of a run of a sweep."""
    config = deepcopy(CONFIG) | {"seed": seed, "choices": CHOICES}
    return config | {"trial": {"number": number, "params": {"optimizer.lr": lr}}}


def test_written_to_the_event_file_of_the_run(tmp_path: Path, fit: Fit) -> None:
    RunDirectory(tmp_path).write_overrides(["optimizer.lr=0.5", "seed=3"])
    history = History(save_dir=str(tmp_path))
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [HParams()], loggers=[history])
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    start = content(tmp_path, "session_start_info").session_start_info
    assert {name: value.number_value for name, value in start.hparams.items()} == {"optimizer.lr": 0.5}
    assert start.group_name == "optimizer.lr=0.5"
    assert "_hparams_/experiment" not in events(tmp_path).summary_metadata  # it would hide the settings of other runs
    assert "best/val/acc" not in (tmp_path / "metrics.csv").read_text()
    assert content(tmp_path, "session_end_info").session_end_info.status


def test_best_so_far_also_in_a_resumed_run(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, float]] = []
    monkeypatch.setattr("nnzoo.callbacks.hparams.write_scalars", lambda trainer, values, epoch: logged.append(values))
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    callback = HParams()
    for half in ([(0.7, 3.0), (0.9, 2.0)], [(0.8, 2.5), (float("nan"), float("nan")), (0.85, 1.0)]):
        for acc, loss in half:
            metrics = {"val/acc": torch.tensor(acc), "val/loss": torch.tensor(loss), "val/errors": torch.tensor(7)}
            watched = SimpleNamespace(sanity_checking=False, callback_metrics=metrics, current_epoch=0)
            callback.on_validation_end(watched, task)
        state = callback.state_dict()
        callback = HParams()
        callback.load_state_dict(state)
    assert all(list(values) == ["best/val/acc", "best/val/loss"] for values in logged)
    assert [values["best/val/acc"] for values in logged] == pytest.approx([0.7, 0.9, 0.9, 0.9, 0.9])
    assert [values["best/val/loss"] for values in logged] == [3, 2, 2, 2, 1]


def test_curves_of_the_best_values_end_at_the_last_epoch(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [callback := HParams()])
    for metric, best in callback.best.items():
        points = events(tmp_path).Scalars(f"best/{metric}")
        assert [point.step for point in points] == [1, 2, 3]
        assert points[-1].value == pytest.approx(best)


def test_no_best_value_without_validation(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [HParams()], validate=False)
    assert [tag for tag in events(tmp_path).Tags()["scalars"] if tag.startswith("best")] == []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve `tmp_path` with TensorBoard and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "tensorboard.main", "--logdir", str(tmp_path), "--host", "127.0.0.1", "--port", str(port)]
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
    """A sweep over two learning rates with two seeds each."""
    best = {}
    for number, (lr, seed) in enumerate([(0.5, 0), (0.5, 1), (0.1, 0), (0.1, 1)]):
        torch.manual_seed(seed)
        folder = tmp_path / f"{number}-lr={lr}-seed={seed}"
        RunDirectory(folder).path.mkdir()
        RunDirectory(folder).write_overrides([f"optimizer.lr={lr}", f"seed={seed}", "trainer.max_epochs=3"])
        callback = HParams()
        fit(make_task(PLANE, torch.nn.Linear(2, 3), member(lr, seed, number // 2)), [callback], folder=folder)
        best[folder.name] = callback.best
    wanted = {
        "experimentName": "",
        "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
        "colParams": [{"metric": {"tag": "best/val/acc", "group": ""}}, {"hparam": "optimizer.lr"}],
        "aggregationType": "AGGREGATION_AVG",
        "startIndex": 0,
        "sliceSize": 10,
    }
    expected = {run: {f"best/{name}": pytest.approx(v, rel=1e-6) for name, v in of.items()} for run, of in best.items()}
    until = time.monotonic() + SECONDS
    while True:  # the server rereads the files periodically
        groups = ask(f"{server}/data/plugin/hparams/session_groups", wanted).get("sessionGroups", [])
        shown = {
            session["name"]: {
                value["name"]["tag"]: value["value"]
                for value in session["metricValues"]
                if value["name"]["tag"].startswith("best/")
            }
            for group in groups
            for session in group["sessions"]
        }
        if shown == expected or time.monotonic() > until:
            break
        time.sleep(0.1)
    assert shown == expected
    groups.sort(key=lambda group: group["hparams"]["optimizer.lr"])
    assert [group["name"] for group in groups] == [
        "1 lr=0.1 digits mlp sgd trainer.max_epochs=3",
        "0 lr=0.5 digits mlp sgd trainer.max_epochs=3",
    ]
    assert [group["hparams"] for group in groups] == [{"optimizer.lr": 0.1}, {"optimizer.lr": 0.5}]
    assert [len(group["sessions"]) for group in groups] == [2, 2]  # both seeds
    means = [sum(best[run]["val/acc"] for run in best if f"lr={lr}-" in run) / 2 for lr in (0.1, 0.5)]
    averages = [{v["name"]["tag"]: v["value"] for v in g["metricValues"]}["best/val/acc"] for g in groups]
    assert averages == pytest.approx(means)
    answer = ask(f"{server}/data/plugin/hparams/experiment", {"experimentName": ""})
    assert [(info["name"], info["differs"]) for info in answer["hparamInfos"]] == [("optimizer.lr", True)]
    assert [info["name"]["tag"] for info in answer["metricInfos"]][:2] == ["best/val/acc", "best/val/loss"]
    assert "hp_metric" not in json.dumps(answer)
    points = ask(f"{server}/data/plugin/scalars/scalars?tag=best%2Fval%2Floss&run=0-lr%3D0.5-seed%3D0")
    assert [step for _, step, _ in points] == [1, 2, 3]


def test_end_of_a_run_is_readable_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before the files are closed."""
    monkeypatch.setattr("nnzoo.callbacks.hparams.time", SimpleNamespace(time=lambda: 12.5))
    trainer: Any = SimpleNamespace(loggers=[TensorBoard(save_dir=str(tmp_path))])
    HParams().on_train_end(trainer, None)  # type: ignore[arg-type]
    end = content(tmp_path, "session_end_info").session_end_info
    assert (end.status, end.end_time_secs) == (STATUS_SUCCESS, 12.5)


def test_sanity_checks_are_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    monkeypatch.setattr("nnzoo.callbacks.hparams.write_scalars", lambda *given: written.append(given[1:]))
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    metrics = {"val/acc": torch.tensor(0.5), "val/loss": torch.tensor(2.0)}
    callback = HParams()
    trainer: Any = SimpleNamespace(sanity_checking=True, callback_metrics=metrics, current_epoch=4)
    callback.on_validation_end(trainer, task)
    assert (written, callback.best) == ([], {})
    trainer.sanity_checking = False
    callback.on_validation_end(trainer, task)
    assert written == [({"best/val/acc": 0.5, "best/val/loss": 2.0}, 5)]


def test_metrics_with_a_direction_rank_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    task = make_task(PLANE, torch.nn.Linear(2, 3))
    assert ranking_metrics(task) == ["val/acc", "val/loss"]
    monkeypatch.setattr(task.accumulators["val"], "extra", {"f1": None, "mean": None, "acc": None})
    monkeypatch.setattr(task, "mode", lambda metric: None if metric == "val/mean" else "max")
    assert ranking_metrics(task) == ["val/acc", "val/f1", "val/loss"]
