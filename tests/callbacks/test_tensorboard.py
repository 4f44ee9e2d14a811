import os
from pathlib import Path

import pytest
import torch
from nnzoo.callbacks.tensorboard import TensorBoard
from nnzoo.errors import DataWarning

from .small_tasks import PLANE, events, make_task


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
