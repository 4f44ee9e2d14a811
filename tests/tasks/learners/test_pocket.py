"""The pocket algorithm: which weights it keeps, also in a resumed run."""

from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.tasks.learners.pocket import Pocket


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """Two classes that overlap, a fifth of the labels wrong."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(120, 2)).astype("float32")
    y = ((x @ [1.0, 2.0] > 0) ^ (numbers.random(120) < 0.2)).astype(int)
    np.savez(tmp_path / "overlap.npz", x=x, y=y, x_test=x, y_test=y)
    return [
        f"data=array data.path={tmp_path / 'overlap.npz'} data.val=0 loader.batch_size=5 model=pocket".split(),
        f"callbacks=none trainer.threads=1 trainer.accelerator=cpu output_dir={tmp_path} evaluate=[test]".split(),
        ["+callbacks.last._target_=nnzoo.callbacks.last.LastCheckpoint", "+callbacks.last.every_seconds=0"],
    ]


def train(settings: list[list[str]], *further: str) -> api.Result:
    return api.train(*(word for line in settings for word in line), *further)


def test_the_pocket_has_the_fewest_training_errors(settings, monkeypatch):
    """The test set equals the training set, and the last weights are the best so far."""
    counted: list[int] = []
    errors = Pocket.errors
    monkeypatch.setattr(Pocket, "errors", lambda self: counted.append(errors(self)) or counted[-1])
    kept = train(settings, "trainer.max_epochs=6").metrics["test/last"]["errors"]
    assert len(counted) == 1 + 6 * 24
    assert kept == min(counted) < counted[-1]
    walking = train(settings, "trainer.max_epochs=6", "task=rule").metrics["test/last"]["errors"]
    assert walking == counted[-1]  # the pocket does not disturb the walk


def test_resumed_training_is_exact(settings):
    weights = {}
    for name, parts in {"whole": [6], "parts": [2, 6]}.items():
        result = train(settings, f"trainer.max_epochs={parts[0]}", "trainer.steps_per_slice=5")
        for epochs in parts[1:]:
            result = api.resume(result.directory, f"trainer.max_epochs={epochs}")
        saved = torch.load(result.directory / "checkpoints" / "last.ckpt", weights_only=True)
        weights[name] = [*saved["state_dict"].values(), *saved["nnzoo"]["walking"]], saved["nnzoo"]["fewest"]
    assert weights["whole"][1] == weights["parts"][1]
    assert all(map(torch.equal, weights["whole"][0], weights["parts"][0]))
    assert not torch.equal(weights["whole"][0][0], weights["whole"][0][2])
