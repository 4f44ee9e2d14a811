"""A classifier that begins with the convolutions of an autoencoder, as on their page. Aggarwal 8.5.2."""

from pathlib import Path

import pytest
import torch

from tests.support.runs import weights

from .small_runs import train

DIGITS = ("data=digits", "data.size=16", "trainer.limit_train_batches=2", "evaluate=[val]")


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("model=conv_autoencoder", "model.channels=[6,16]", "model.padding=0")
    return train(tmp_path_factory.mktemp("autoencoder"), *settings, *DIGITS)


def test_filters_are_those_of_the_autoencoder_and_then_its_own(tmp_path: Path, autoencoder: Path) -> None:
    settings = ("model=lenet5", f"weights={autoencoder}", "weights_by=[2,0]", *DIGITS)
    source = weights(autoencoder)
    at_first = weights(train(tmp_path / "first", *settings, "trainer.max_epochs=0"))
    after = weights(train(tmp_path / "trained", *settings))
    for one, other in (("encoder.0.0", "layers.0"), ("encoder.1.0", "layers.3")):
        for name in ("weight", "bias"):
            initial = source[f"net.model.{one}.{name}"]
            assert torch.equal(at_first[f"net.model.{other}.{name}"], initial)
            assert not torch.allclose(after[f"net.model.{other}.{name}"], initial)
