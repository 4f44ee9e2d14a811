"""Principal components against scikit-learn on real data, and as runs."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses.base import Loss
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.mlp import MLP
from nnzoo.models.nmf import NMF
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.learners import pca
from nnzoo.tasks.learners.pca import PrincipalComponents, first_directions
from scipy.linalg import subspace_angles
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, TruncatedSVD
from torch import Tensor, nn
from torch.testing import assert_close

from tests.inference.small_runs import over_all, sizes, train
from tests.support.optima import minimize
from tests.support.tasks import make
from tests.support.trainers import fit

F, K = 64, 6
SPEC = DataSpec("real", (F,), "input", F, low=0.0, high=1.0)


@pytest.fixture(scope="module")
def digits() -> Tensor:
    """Return the 8x8 digits: (1797, 64)."""
    return torch.tensor(load_digits().data / 16)


def linear(**settings: bool) -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(in_features=F, hidden=(), code=K, **settings)  # type: ignore[arg-type]


def solved(net: nn.Module, x: Tensor, folder: Path, *, spec: DataSpec = SPEC, mask: Tensor | None = None) -> float:
    """Solve in one pass over batches; return the training error."""
    wrapped = Network(net, identity, masked=spec.per_step)
    loader = Loader(Batch(x.float(), x.float(), mask), batch_size=500, per_step=spec.per_step)
    (seen,) = fit(make(PrincipalComponents, wrapped, Squared(), spec), loader, loader, folder, epochs=1)
    return seen["train/mse"]


@pytest.mark.parametrize("tied", [True, False])
def test_with_biases_it_is_scikit_learns_pca(digits: Tensor, tmp_path: Path, tied: bool) -> None:
    net, judge = linear(tied=tied), PCA(K).fit(digits)
    error = solved(net, digits, tmp_path)
    signs = np.sign((judge.components_ * net.encoder[0].weight.detach().numpy()).sum(1, keepdims=True))
    directions = torch.from_numpy(judge.components_ * signs).float()
    assert_close(net.encoder[0].weight.detach(), directions, atol=1e-4, rtol=0)
    assert_close(net.decoder[0].weight.detach(), directions.T, atol=1e-4, rtol=0)
    codes = torch.from_numpy(judge.transform(digits) * signs.T).float()
    assert_close(net.encode(digits.float()).detach(), codes, atol=1e-4, rtol=0)
    rebuilt = judge.inverse_transform(judge.transform(digits))
    assert_close(net(digits.float()).detach(), torch.from_numpy(rebuilt).float(), atol=1e-4, rtol=0)
    assert error == pytest.approx(np.square(rebuilt - digits.numpy()).mean(), rel=1e-5)
    assert (net.encoder[0].weight.amax(1) == net.encoder[0].weight.abs().amax(1)).all()  # the sign is definite


def test_without_biases_it_is_the_truncated_singular_value_decomposition(digits: Tensor, tmp_path: Path) -> None:
    net = linear(bias=False, tied=True)
    judge = TruncatedSVD(K, algorithm="arpack").fit(digits.numpy())
    solved(net, digits, tmp_path)
    assert subspace_angles(net.encoder[0].weight.detach().numpy().T, judge.components_.T).max() < 1e-3
    assert net.decoder[0].bias is None


def test_gradients_reach_the_same_subspace(digits: Tensor, tmp_path: Path) -> None:
    """The same network, learned in two ways."""
    direct, trained = linear(tied=True), linear().double()
    error = solved(direct, digits, tmp_path)
    loss = Squared()
    minimize(lambda: loss(trained(digits), digits).mean(), trained.parameters(), max_iter=200)
    assert loss(trained(digits), digits).mean().item() == pytest.approx(error, rel=1e-3)
    basis = direct.encoder[0].weight.detach().numpy().T
    assert np.degrees(subspace_angles(trained.decoder[0].weight.detach().numpy(), basis).max()) < 3


def test_padding_does_not_count(digits: Tensor, tmp_path: Path) -> None:
    steps = digits[:1500].view(300, 5, F).clone()
    mask = torch.ones(300, 5, dtype=torch.bool)
    mask[:200, 2:] = False
    real = steps[mask]
    steps[~mask] = 7
    net = linear(tied=True)
    solved(net, steps, tmp_path, spec=DataSpec("real", (F,), "input", F, sequence=True, per_step=True), mask=mask)
    judge = PCA(K).fit(real)
    rebuilt = torch.from_numpy(judge.inverse_transform(judge.transform(real))).float()
    assert_close(net(real.float()).detach(), rebuilt, atol=1e-4, rtol=0)


def test_a_run_and_its_predictions(tmp_path: Path) -> None:
    """Predictions of all examples have the errors that the run reports."""
    x = np.random.default_rng(0).normal(size=(60, 5)) @ np.random.default_rng(1).normal(size=(5, 5))
    run = train(tmp_path, "model=pca", "model.code=2", "trainer.max_epochs=1", data=x, target=[])
    found = nnzoo.predict(run, x, which="last")["prediction"]
    scale = nnzoo.load(run).preprocessing.to_dict()["columns"]
    scales = np.array([column["scale"] for column in scale])
    mse = np.square((found - x) / scales).mean()
    assert mse == pytest.approx(over_all(run, "mse", sizes(60)), rel=1e-4)


@pytest.mark.parametrize(
    ("net", "loss", "message"),
    [
        (
            Autoencoder(in_features=F),
            Squared(),
            "^task 'pca' needs a linear autoencoder without hidden layers; Auto",
        ),
        (NMF(in_features=F), Squared(), "^task 'pca' needs a linear autoencoder without hidden layers; NMF is none "),
        (MLP(in_features=F, out_features=F), Squared(), "^task 'pca' needs a linear autoencoder without hidden layers"),
        (Autoencoder(in_features=F, hidden=(), top_r=2), Squared(), "^task 'pca' needs a linear autoencoder without "),
        (Autoencoder(in_features=F, hidden=(), code_activation="relu"), Squared(), "^task 'pca' needs a linear auto"),
        (Autoencoder(in_features=F, hidden=(), code=65), Squared(), "^model.code is 65; the data has 64 inputs, which"),
        (
            Autoencoder(in_features=F, hidden=(), corruption="masking"),
            Squared(),
            "^task 'pca' has no steps in which model.corruption could have an effect; leave it out$",
        ),
        (
            Autoencoder(in_features=F, hidden=()),
            BinaryCrossEntropy(),
            "^principal components minimize the squared error, not BinaryCrossEntropy; choose loss=squared$",
        ),
    ],
)
def test_what_does_not_fit_is_refused(net: nn.Module, loss: Loss, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make(PrincipalComponents, net, loss, SPEC)


def test_fewer_examples_than_components(digits: Tensor, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^model.code is 6; 5 training examples have no more components$"):
        solved(linear(), digits[:5], tmp_path)


def test_a_few_directions_of_many_inputs_are_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(30, 12, generator=generator, dtype=torch.float64)
    expected = first_directions(x.t() @ x, 3)
    monkeypatch.setattr(pca, "LARGE", 10)
    torch.testing.assert_close(first_directions(x.t() @ x, 3), expected)
