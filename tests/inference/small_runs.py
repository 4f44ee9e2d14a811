"""Short runs on user data, and comparisons of their predictions with their metrics."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pytest
from nnzoo.builders.heads import build_head
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.inference.trained import Trained
from nnzoo.preprocessing.default import default
from nnzoo.runs.directory import RunDirectory
from nnzoo.spec import DataSpec
from nnzoo.transforms import Transforms

from tests.support.catalogue import config_of

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
    """Train for a moment and return the run directory."""
    overrides = overrides if any(line.startswith("model=") for line in overrides) else (*LINEAR, *overrides)
    return nnzoo.train(*SMALL, *overrides, output_dir=folder, **settings).directory


def untrained(model: str, spec: DataSpec, **settings: Any) -> Trained:
    """Return a network with its initial weights, as if it were trained."""
    config = config_of(model)
    config = config | {"model": config["model"] | settings}
    loss = build_loss(config, spec)
    return Trained(
        network=build_network(config, spec, loss),
        head=build_head(config, spec, loss),
        preprocessing=default(spec),
        transforms=Transforms(),
        config=config,
    )


def sizes(n: int) -> dict[str, int]:
    """Return the default sizes of the splits of `n` examples."""
    test = round(0.2 * n)
    val = round(0.1 * (n - test))
    return {"train": n - test - val, "val": val, "test": test}


def over_all(run: Path, metric: str, weights: Mapping[str, int] | None = None) -> float:
    """Return a metric of a run over all splits: the sum, or the mean weighted by split."""
    metrics = {name.partition("/")[0]: values[metric] for name, values in RunDirectory(run).results().items()}
    assert set(metrics) == {"train", "val", "test"}
    if weights is None:
        return sum(metrics.values())
    return sum(metrics[name] * weights[name] for name in metrics) / sum(weights.values())


def cross_entropy(output: "np.ndarray[Any, Any]", classes: "np.ndarray[Any, Any]") -> float:
    """Return the mean cross-entropy of logits (N, K) for classes (N,)."""
    shifted = output.astype(np.float64) - output.max(1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(classes)), classes]).mean())


def check_classes(run: Path, found: Mapping[str, Any], truth: "np.ndarray[Any, Any]") -> None:
    """Compare predictions for all examples of the training file with the metrics of the run."""
    classes = np.array(sorted(set(truth.tolist())))
    assert len(set(found["prediction"].tolist())) > 1, "a constant prediction tests nothing"
    wrong = int((found["prediction"] != truth).sum())
    assert wrong == over_all(run, "errors")
    loss = cross_entropy(found["output"], classes.searchsorted(truth))
    assert loss == pytest.approx(over_all(run, "loss", sizes(len(truth))), rel=1e-4)


def check_reals(run: Path, found: Mapping[str, Any], truth: "np.ndarray[Any, Any]") -> None:
    """Compare predictions (N,) or (N, D), in the user's units, with the metrics of the run."""
    assert found["prediction"].shape == truth.shape
    mse = float(((found["prediction"] - truth) ** 2).mean())
    assert mse == pytest.approx(over_all(run, "mse", sizes(len(truth))), rel=1e-4)
