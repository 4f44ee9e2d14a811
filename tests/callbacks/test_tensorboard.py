import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.buffered_events import EventWriter
from nnzoo.callbacks.history import History
from nnzoo.callbacks.tensorboard import TensorBoard, write_events
from nnzoo.errors import DataWarning

from .small_tasks import PLANE, SYMBOLS, events, make_task


def test_metrics_are_logged_by_epoch(tmp_path: Path) -> None:
    logger = TensorBoard(save_dir=str(tmp_path))
    for epoch in range(3):
        logger.log_metrics({"train/loss": 1.0 / (epoch + 1), "val/acc": epoch / 2}, epoch)
    logger.save()
    found = events(tmp_path)  # written before the run ends
    assert [(e.step, e.value) for e in found.Scalars("curves/val/acc")] == [(0, 0.0), (1, 0.5), (2, 1.0)]
    assert [e.step for e in found.Scalars("curves/train/loss")] == [0, 1, 2]
    logger.finalize("success")
    assert all(name.startswith("events.") for name in os.listdir(tmp_path))


@pytest.mark.parametrize("name", ["$HOME", "~", "a ${HOME}"])
def test_events_are_in_a_directory_whose_name_looks_like_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Path(name).mkdir()
    for save_dir in (Path(name), tmp_path / name):
        logger = TensorBoard(save_dir=str(save_dir))
        logger.log_metrics({"loss": 1.0}, 1)
        logger.finalize("success")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_resumed_run_has_neither_gaps_nor_duplicates(tmp_path: Path) -> None:
    first = TensorBoard(save_dir=str(tmp_path))
    for epoch in range(1, 6):
        first.log_metrics({"loss": 0.0}, epoch)
    first.finalize("failed")
    second = TensorBoard(save_dir=str(tmp_path), from_epoch=3)
    for epoch in range(4, 8):
        second.log_metrics({"loss": 1.0}, epoch)
    second.finalize("success")
    assert [(e.step, e.value) for e in events(tmp_path).Scalars("curves/loss")] == [
        *[(1, 0), (2, 0), (3, 0)],
        *[(4, 1), (5, 1), (6, 1), (7, 1)],
    ]


def test_graph_on_request(tmp_path: Path) -> None:
    task = make_task(PLANE, torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3)))
    for folder, graph in (("with", True), ("without", False)):
        (tmp_path / folder).mkdir()
        logger = TensorBoard(save_dir=str(tmp_path / folder), graph=graph)
        random = torch.get_rng_state()
        logger.log_graph(task)
        logger.log_graph(task)  # Lightning calls it again before every evaluation
        assert torch.equal(torch.get_rng_state(), random)
        logger.finalize("success")
    assert events(tmp_path / "without").Tags()["graph"] is False
    names = [node.name for node in events(tmp_path / "with").Graph().node]
    assert len(names) == len(set(names))
    assert any("Linear[2]/bias" in name for name in names), names
    assert task.net.training


def test_network_that_cannot_be_traced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Stubborn(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no tracers\nhere")

    logger = TensorBoard(save_dir=str(tmp_path), graph=True)
    with pytest.warns(
        DataWarning, match="no graph of the network, since it cannot be traced: RuntimeError: no tracers$"
    ):
        logger.log_graph(make_task(PLANE, Stubborn()))
    assert capsys.readouterr().out == ""


def curve(folder: Path) -> list[int]:
    return [event.step for event in events(folder).Scalars("curves/a")]


def test_events_are_written_every_five_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = TensorBoard(save_dir=str(tmp_path))
    times = {"now": 50.0}
    clock = SimpleNamespace(monotonic=lambda: times["now"], time=lambda: 7.0)
    monkeypatch.setattr("nnzoo.callbacks.tensorboard.time", clock)
    for step, (now, written) in enumerate([(50.0, [0]), (54.9, [0]), (55.0, [0, 1, 2]), (59.9, [0, 1, 2])]):
        times["now"] = now
        logger.log_metrics({"a": 1.0}, step or None)  # without a step at the beginning
        assert curve(tmp_path) == written
    assert events(tmp_path).Scalars("curves/a")[0].wall_time == 7.0
    logger.save()
    assert curve(tmp_path) == [0, 1, 2, 3]
    logger.finalize("success")


def test_events_of_several_runs_are_written_together(tmp_path: Path) -> None:
    loggers: list[Any] = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        loggers += [TensorBoard(save_dir=str(tmp_path / name)), History(save_dir=str(tmp_path / name))]
    for logger in loggers[::2]:
        logger.buffer()
        logger.log_metrics({"a": 1.0}, 1)
        logger.save()
    assert [list(folder.iterdir()) for folder in (tmp_path / "a", tmp_path / "b")] == [[], []]
    write_events(loggers)
    assert curve(tmp_path / "a") == curve(tmp_path / "b") == [1]


def test_a_buffered_resumed_run_hides_later_events(tmp_path: Path) -> None:
    first = TensorBoard(save_dir=str(tmp_path))
    for step in range(1, 4):
        first.log_metrics({"a": 1.0}, step)
    first.finalize("failed")
    again = TensorBoard(save_dir=str(tmp_path), from_epoch=1)
    again.buffer()
    again.log_metrics({"a": 2.0}, 2)
    write_events([again])
    assert curve(tmp_path) == [1, 2]


def test_graph_of_a_network_with_a_mask_before_the_first_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traced: list[Any] = []
    monkeypatch.setattr(EventWriter, "add_graph", lambda self, net, inputs: traced.append(inputs))
    for from_epoch, spec in ((None, SYMBOLS), (None, PLANE), (1, PLANE)):
        logger = TensorBoard(save_dir=str(tmp_path), graph=True, from_epoch=from_epoch)
        logger.log_graph(make_task(spec, torch.nn.Linear(spec.shape[0], 3)))
    (x, mask), plane = traced  # none of a resumed run
    assert len(x) == len(mask) == len(plane) == 2
    assert mask.dtype == torch.bool
