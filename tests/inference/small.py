"""Runs on data of one's own that take a moment, and what is compared after them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pytest
from nnzoo.runs.directory import RunDirectory

SMALL = (
    "trainer.max_epochs=2",
    "trainer.accelerator=cpu",
    "trainer.threads=1",
    "evaluate=[train,val,test]",
    "logger=none",
    *(f"~callbacks.{name}" for name in ["best", "progress", "hparams", "overview", "figures", "boundaries", "samples"]),
)
LINEAR = ("model=linear", "optimizer.lr=0.1")


def train(folder: Path, *overrides: str, **settings: Any) -> Path:
    """Train a moment; return the run."""
    overrides = overrides if any(line.startswith("model=") for line in overrides) else (*LINEAR, *overrides)
    return nnzoo.train(*SMALL, *overrides, output_dir=folder, **settings).directory


def sizes(n: int) -> dict[str, int]:
    """Return how many of `n` examples each split has by default."""
    test = round(0.2 * n)
    val = round(0.1 * (n - test))
    return {"train": n - test - val, "val": val, "test": test}


def over_all(run: Path, metric: str, weights: Mapping[str, int] | None = None) -> float:
    """Return a figure of a run over all splits: the sum, or the mean by the weights of the splits."""
    figures = {name.partition("/")[0]: values[metric] for name, values in RunDirectory(run).results().items()}
    assert set(figures) == {"train", "val", "test"}
    if weights is None:
        return sum(figures.values())
    return sum(figures[name] * weights[name] for name in figures) / sum(weights.values())


def cross_entropy(output: "np.ndarray[Any, Any]", places: "np.ndarray[Any, Any]") -> float:
    """Return the mean loss of raw outputs (N, K) for the places (N,) of the right classes."""
    shifted = output.astype(np.float64) - output.max(1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(places)), places]).mean())


def check_classes(run: Path, found: Mapping[str, Any], truth: "np.ndarray[Any, Any]") -> None:
    """Hold predictions for all examples of the training file against the run's own figures."""
    classes = np.array(sorted(set(truth.tolist())))
    assert len(set(found["prediction"].tolist())) > 1, "a network that says one thing alone shows nothing"
    wrong = int((found["prediction"] != truth).sum())
    assert wrong == over_all(run, "errors")
    loss = cross_entropy(found["output"], classes.searchsorted(truth))
    assert loss == pytest.approx(over_all(run, "loss", sizes(len(truth))), rel=1e-4)


def check_reals(run: Path, found: Mapping[str, Any], truth: "np.ndarray[Any, Any]") -> None:
    """Hold predictions (N,) or (N, D), in the user's units, against the run's own figures."""
    assert found["prediction"].shape == truth.shape
    mse = float(((found["prediction"] - truth) ** 2).mean())
    assert mse == pytest.approx(over_all(run, "mse", sizes(len(truth))), rel=1e-4)
