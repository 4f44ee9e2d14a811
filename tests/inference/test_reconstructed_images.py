"""Convolutional autoencoders on the user's images: reconstructions, codes and resumed runs."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
from nnzoo.runs.directory import RunDirectory

from tests.support.runs import same, weights

from .small_runs import over_all, sizes, train

N = 40
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 3, 7, 6), dtype=np.uint8)  # an odd height, three channels
SMALL = ("model.channels=[4]", "model.kernel=3", "trainer.max_epochs=2")


@pytest.mark.parametrize(
    ("name", "loss", "code"),
    [
        ("conv_autoencoder", "absolute", 4 * 4 * 3),
        ("flat_conv_autoencoder", "bce", 32),
    ],
)
def test_metrics_codes_and_reconstructions_agree(tmp_path: Path, name: str, loss: str, code: int) -> None:
    run = train(tmp_path, f"model={name}", *SMALL, f"loss={loss}", data=PIXELS, target=[])
    found = nnzoo.predict(run, PIXELS, which="last")
    assert found["prediction"].shape == PIXELS.shape
    error = found["prediction"] - PIXELS / 255
    assert (error**2).mean() == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)
    assert abs(error).mean() == pytest.approx(over_all(run, "mae", sizes(N)), rel=1e-4)
    if loss == "absolute":
        assert over_all(run, "loss", sizes(N)) == pytest.approx(over_all(run, "mae", sizes(N)), rel=1e-4)
    net = nnzoo.load(run, which="last")
    codes = net.transform(PIXELS)
    assert codes.shape == (N, code)
    rebuilt = net.inverse_transform(codes)
    switches = net.model.switches and net.model.pool is not None
    assert np.allclose(rebuilt, found["prediction"], atol=1e-5) == (not switches)


def test_a_resumed_run_equals_one_without_a_break(tmp_path: Path) -> None:
    settings = ("model=conv_autoencoder", *SMALL, "model.corruption=gaussian", "loader.batch_size=10")
    whole = train(tmp_path / "whole", *settings, data=PIXELS, target=[])
    broken = train(tmp_path / "broken", *settings, "trainer.max_epochs=1", data=PIXELS, target=[])
    nnzoo.resume(broken, "trainer.max_epochs=2", data=PIXELS)
    assert same(weights(whole), weights(broken))
    assert RunDirectory(whole).results() == RunDirectory(broken).results() != {}
