"""Runs that take a moment: a few weights on the 8x8 digits, 26 steps an epoch."""

import csv
from pathlib import Path
from typing import Any

import torch
from nnzoo import api
from nnzoo.runs.checkpoint import read
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.result import Result
from torch import Tensor

STEPS = 26
TINY = (
    "model=mlp",
    "model.hidden=[6]",
    "data=digits",
    "data.size=8",
    "loader.batch_size=50",
    "~callbacks.figures",
    "trainer.accelerator=cpu",
    "trainer.threads=1",
    "trainer.max_epochs=2",
)


def train(folder: Path, *overrides: str) -> Result:
    """Train below a folder."""
    return api.train(*TINY, *overrides, output_dir=folder)


def only(folder: Path) -> Path:
    """Return the one run directory under a folder."""
    (found,) = folder.glob("*/*")
    return found


def checkpoint(directory: Path, which: str = "last") -> dict[str, Any]:
    """Return a checkpoint of a run."""
    return read(directory / "checkpoints" / f"{which}.ckpt")


def weights(directory: Path, which: str = "last") -> dict[str, Tensor]:
    """Return the weights that a checkpoint of a run has."""
    found: dict[str, Tensor] = checkpoint(directory, which)["state_dict"]
    return found


def same(one: Any, other: Any) -> bool:
    """Tell whether nested data are equal to the last bit."""
    if isinstance(one, Tensor):
        return torch.equal(one, other) and one.dtype == other.dtype
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def assert_same_outcome(one: Path, other: Path) -> None:
    """Assert that two runs have the same weights, metrics of epochs and results, to the last bit."""
    for which in ("last", "best"):
        assert same(weights(one, which), weights(other, which)), which
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    assert RunDirectory(one).results() == RunDirectory(other).results() != {}


def rows(directory: Path) -> list[dict[str, str]]:
    """Return the rows of metrics.csv, one an epoch."""
    with (directory / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))
