"""Distances of decoded samples, of an autoencoder that copies its input."""

from typing import Any

import pytest
import torch
from nnzoo.analysis.energy_distance import energy_distance
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.base import Data
from nnzoo.errors import UserError
from nnzoo.evaluations.samples import DecodedSamples
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task

from tests.support.tasks import make

SPEC = DataSpec("real", (2,), "input", 2)
SPREAD = torch.tensor([[3.0, 1.0], [0.0, 0.5]])


class Points(Data):
    """Points from a normal distribution with the mean (5, -2) and different variances."""

    unsupervised = True
    spec = SPEC

    def __init__(self, n: int = 300, scale: float = 1.0) -> None:
        super().__init__(seed=0)
        self.n = n
        self.spread = scale * SPREAD

    def load(self) -> Any:
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(2 * self.n, 2, generator=generator) @ self.spread + torch.tensor([5.0, -2.0])
        return {
            name: Batch(part, torch.zeros(len(part))) for name, part in zip(("train", "test"), x.chunk(2), strict=True)
        }


def task_of(net: Any) -> Task:
    return make(Task, Network(net, identity, masked=False), Squared(), SPEC)


@pytest.fixture(scope="module")
def copying() -> Task:
    net = Autoencoder(in_features=2, hidden=(), code=2, bias=False)
    with torch.no_grad():
        for layer in (net.encoder[0], net.decoder[0]):
            layer.weight.copy_(torch.eye(2))
    return task_of(net)


def test_distances(copying: Task) -> None:
    data, evaluation = Points(), DecodedSamples(points=200)
    evaluation.check(copying, data)
    with torch.no_grad():
        found = evaluation.compute(copying, data, "test")
        again = evaluation.compute(copying, data, "test")
    assert found == again
    real = data.splits["test"].x[torch.arange(200) * 300 // 200]
    torch.manual_seed(0)
    standard = torch.randn(200, 2, dtype=torch.float64).float()
    assert found["sample_distance"] == pytest.approx(float(energy_distance(standard, real)))
    assert found["sample_distance"] > 3
    assert abs(found["fitted_distance"]) < 0.3  # the data is normal


def test_small_variances_are_kept(copying: Task) -> None:
    with torch.no_grad():
        found = DecodedSamples(points=200).compute(copying, Points(scale=0.01), "test")
    assert abs(found["fitted_distance"]) < 0.003


def test_refused(copying: Task) -> None:
    with pytest.raises(UserError, match="points is 1; it must be at least 2"):
        DecodedSamples(points=1)
    with pytest.raises(UserError, match="need a network with a decoder of codes; MLP has none"):
        DecodedSamples().check(task_of(MLP(in_features=2, out_features=2)), Points())
