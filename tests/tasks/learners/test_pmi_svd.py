"""Vectors of words by singular value decomposition against numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses.counts.weighted_logistic import WeightedLogistic
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.row_index import RowIndex
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.learners.pmi_svd import PMISVD
from torch import nn
from torch.testing import assert_close

from tests.support.tasks import make
from tests.support.trainers import fit

V, K = 9, 4
SPEC = DataSpec("ids", (2,), "signed_counts", 1, sizes=(V + 1, V + 1))
COUNTS = np.random.default_rng(0).poisson(1.5, (V, V)).astype(float)


def factorization(*, rank: int = K, biases: bool = False) -> MatrixFactorization:
    return MatrixFactorization(num_users=V + 1, num_items=V + 1, rank=rank, biases=biases)


def task_of(model: nn.Module, **settings: float) -> PMISVD:
    return make(PMISVD, Network(model, identity, masked=False), WeightedLogistic(), SPEC, **settings)


def examples() -> Batch:
    """Return the pairs that occur, and others, whose weights must not matter."""
    pairs = np.argwhere(COUNTS) + 1
    sampled = np.argwhere(COUNTS == 0) + 1
    x = torch.from_numpy(np.concatenate([pairs, sampled]))
    y = torch.cat([torch.from_numpy(COUNTS[COUNTS > 0]), torch.full((len(sampled),), -7.0)]).float()[:, None]
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return Batch(x[order], y[order])


def information(*, shift: float, smoothing: float) -> np.ndarray:
    noise = COUNTS.sum(0) ** smoothing
    expected = COUNTS.sum(1, keepdims=True) * noise / noise.sum()
    with np.errstate(divide="ignore"):
        found: np.ndarray = (np.log(COUNTS / expected) - np.log(shift)).clip(min=0)
    return found


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_products_of_vectors_are_the_best_approximation(tmp_path: Path, power: float) -> None:
    net, loader = factorization(), Loader(examples(), batch_size=7)
    fit(task_of(net, power=power, shift=2.0), loader, loader, tmp_path, epochs=1)
    left, sizes, right = np.linalg.svd(information(shift=2.0, smoothing=0.75))
    words, contexts = (net.vectors(which).detach().double() for which in ("input", "output"))
    assert_close(words @ contexts.T, torch.from_numpy((left[:, :K] * sizes[:K]) @ right[:K]), atol=1e-5, rtol=0)
    assert_close(words.norm(dim=0), torch.from_numpy(sizes[:K] ** power), atol=1e-5, rtol=0)
    assert_close(contexts.norm(dim=0), torch.from_numpy(sizes[:K] ** (1 - power)), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: task_of(factorization(biases=True)), "task 'pmi_svd' needs a matrix factorization without biases"),
        (lambda: task_of(RowIndex(num_users=V + 1, out_features=V)), "RowIndex is none with these settings: try model"),
        (lambda: task_of(factorization(rank=V + 1)), "model.rank is 10; the data has 9 words"),
        (lambda: task_of(factorization(), power=1.5), "task.power is 1.5; it must be from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused(call: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        call()  # type: ignore[operator]
