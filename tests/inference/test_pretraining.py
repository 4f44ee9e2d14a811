"""A classifier that begins with the convolutions of an autoencoder, as on their page. Aggarwal 8.5.2.

The network is in this module, as in a package of the user.
"""

from collections.abc import Sequence
from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.models.lenet5 import LeNet5
from nnzoo.runs.directory import RunDirectory

from tests.support.runs import weights

from .small_runs import train

PACKAGE = __name__.partition(".")[0]
DIGITS = ("data=digits", "data.size=16", "trainer.limit_train_batches=2", "evaluate=[val]")


class PretrainedLeNet5(LeNet5):
    """LeNet-5 whose convolutions are initially those of a trained autoencoder; run: directory of its run."""

    def __init__(self, *, in_shape: Sequence[int], num_classes: int, run: str) -> None:
        super().__init__(in_shape=in_shape, num_classes=num_classes)
        encoder = nnzoo.load(run, which="last").model.encoder
        for (trained, _), mine in zip(encoder, (self.layers[0], self.layers[3]), strict=True):  # type: ignore[misc]
            mine.load_state_dict(trained.state_dict())  # type: ignore[has-type]


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("model=conv_autoencoder", "model.channels=[6,16]", "model.padding=0")
    return train(tmp_path_factory.mktemp("autoencoder"), *settings, *DIGITS)


def classifier(folder: Path, autoencoder: Path, *overrides: str) -> Path:
    model = (f"model._target_={__name__}.PretrainedLeNet5", f"+model.run='{autoencoder}'", "~model.activation")
    return train(folder, "model=lenet5", *model, f"allow=[{PACKAGE}]", *DIGITS, *overrides)


def test_filters_are_those_of_the_autoencoder_and_then_its_own(tmp_path: Path, autoencoder: Path) -> None:
    source = weights(autoencoder)
    pairs = [("encoder.0.0", "layers.0"), ("encoder.1.0", "layers.3")]
    at_first = weights(classifier(tmp_path / "first", autoencoder, "optimizer=sgd", "optimizer.lr=1e-12"))
    run = classifier(tmp_path / "trained", autoencoder)
    after = weights(run)
    for one, other in pairs:
        for name in ("weight", "bias"):
            initial = source[f"net.model.{one}.{name}"]
            torch.testing.assert_close(at_first[f"net.model.{other}.{name}"], initial)
            assert not torch.allclose(after[f"net.model.{other}.{name}"], initial)
    net = nnzoo.load(run, which="last", allow=[PACKAGE])
    assert torch.equal(net.model.layers[0].weight, after["net.model.layers.0.weight"])  # type: ignore[index, union-attr]
    images = np.random.default_rng(0).random((3, 1, 16, 16), dtype=np.float32)
    assert net.predict(images)["prediction"].shape == (3,)
    assert nnzoo.evaluate(run, allow=[PACKAGE]) == RunDirectory(run).results()
