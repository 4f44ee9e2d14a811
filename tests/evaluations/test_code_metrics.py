"""Zeros and shifts of codes, from the codes that a network returns."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.evaluations import CodeShift
from nnzoo.layers.row_noise import row_normal
from nnzoo.training.result import Result

SETTINGS = ("data=digits", "data.size=8", "trainer.max_epochs=1", "~callbacks.figures", "logger=none")
BOTH = ("evaluations=[code_zeros,code_shift]", "evaluations.code_shift.strength=0.3")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("codes")
    return nnzoo.train(
        *SETTINGS, *BOTH, "model=r_sparse_autoencoder", "model.code=20", "model.top_r=4", output_dir=folder
    )


def test_zeros_and_shifts(result: Result) -> None:
    """Of 20 units 16 are 0 for each example. Noise of 0.3 changes the codes by as much as the encoder says."""
    found = result.metrics["test/last"]
    assert found["code_zeros"] == pytest.approx(0.8)
    data = build_data(nnzoo.api.plain(compose(list(SETTINGS[:2]))))
    x = torch.cat([batch.x for batch in data.eval_loader("test")])
    code = nnzoo.encode(result.directory, x, which="last")["code"].astype(float)
    encoder = nnzoo.load(result.directory, which="last").network.encode
    with torch.no_grad():
        shifted = encoder(x + 0.3 * row_normal(x.flatten(1)).view_as(x)).double().numpy()
    expected = np.square(shifted - code).sum() / np.square(code - code.mean(0)).sum()
    assert found["code_shift"] == pytest.approx(expected, rel=1e-4)
    assert nnzoo.evaluate(result.directory)["test/last"] == pytest.approx(found)


@pytest.mark.parametrize("name", ["code_copies", "code_zeros", "code_shift"])
def test_networks_without_codes_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"one code per example; MLP has none here$"):
        nnzoo.train(*SETTINGS, "model=mlp", f"evaluations={name}", output_dir=tmp_path)
    with pytest.raises(UserError, match=r"^evaluations: strength is 0; it must be above 0 and finite$"):
        CodeShift(strength=0)
