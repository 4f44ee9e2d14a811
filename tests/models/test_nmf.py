"""Non-negative matrix factorization against scikit-learn's. Aggarwal 2.5.1.4, exercise 2.9."""

from pathlib import Path

import nnzoo
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.layers.init import initialize
from nnzoo.models.nmf import NMF
from sklearn import decomposition
from torch.linalg import pinv
from torch.testing import assert_close

from tests.inference.small_runs import train
from tests.support.runs import checkpoint

N, F, K = 8, 12, 3


@pytest.fixture(scope="module")
def data():
    torch.manual_seed(0)
    return torch.rand(N, K, dtype=torch.float64) @ torch.rand(K, F, dtype=torch.float64) + 0.3 * torch.rand(N, F)


@pytest.fixture(scope="module")
def judge(data):
    """Both factors, at the least error."""
    fitted = decomposition.NMF(K, init="nndsvda", tol=1e-9, max_iter=20000)
    u = torch.from_numpy(fitted.fit_transform(data.numpy()))
    return u, torch.from_numpy(fitted.components_)


def test_the_solution_of_scikit_learn_is_stationary(data, judge):
    """With W D = U its code is U; the gradient of V is 0, or positive where V is 0."""
    u, v = judge
    net = NMF(in_features=F, code=K).double()
    net.encoder[0].weight.data = (pinv(data) @ u).T
    net.decoder[0].weight.data = v.T.clone()
    assert_close(net.encode(data), u, atol=1e-9, rtol=0)
    loss = (net(data) - data).square().sum()
    assert_close(loss, (u @ v - data).square().sum())
    loss.backward()
    gradient = net.decoder[0].weight.grad
    inside = v.T > 1e-6
    assert gradient[inside].abs().max() < 1e-4 * loss
    assert gradient[~inside].min() > -1e-4
    code = net.encode(data)
    w_gradient = net.encoder[0].weight.grad
    assert w_gradient.abs().max() < 1e-3 * (code.abs().max() * loss)


def test_training_reaches_the_error_of_scikit_learn(data, judge):
    u, v = judge
    torch.manual_seed(1)
    net = NMF(in_features=F, code=K).double()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(1500):
        optimizer.zero_grad()
        loss = (net(data) - data).square().sum()
        loss.backward()
        optimizer.step()
        net.decoder[0].project_weights()
    factors = net.encode(data), net.decoder[0].weight
    assert min(factor.min() for factor in factors) >= 0
    least = float((u @ v - data).square().sum())
    assert least * 0.99 < loss.item() < least * 1.02


def test_no_unit_dies_on_sparse_counts():
    """Counts of 1000 words, nearly all 0: the default optimizer gets close to the error of scikit-learn."""
    generator = torch.Generator().manual_seed(0)
    topics = torch.rand(4, 1000, generator=generator).pow(20)
    shares = torch.rand(60, 4, generator=generator).pow(3)
    counts = torch.poisson(200 * (shares / shares.sum(1, True)) @ (topics / topics.sum(1, True)), generator=generator)
    assert (counts == 0).float().mean() > 0.8
    fitted = decomposition.NMF(4, init="nndsvda", max_iter=500)
    u = fitted.fit_transform(counts.numpy())
    least = float(((u @ fitted.components_ - counts.numpy()) ** 2).mean())
    torch.manual_seed(0)
    net = NMF(in_features=1000, code=4)
    assert net(counts).mean().item() == pytest.approx(counts.mean().item(), rel=0.1)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    for _ in range(300):
        optimizer.zero_grad()
        loss = (net(counts) - counts).square().mean()
        loss.backward()
        optimizer.step()
        net.decoder[0].project_weights()
    assert (net.encode(counts) > 0).any(0).all()
    assert loss.item() < 1.02 * least


def test_initial_weights_are_not_negative():
    net = NMF(in_features=F, code=K)
    assert all(p.min() >= 0 for p in net.parameters())
    initialize(net, "normal")
    assert net.decoder[0].weight.min() >= 0
    assert net.decoder[0].weight.max() > 0
    assert (net.encoder[0].weight < 0).any()


def test_a_run(tmp_path: Path) -> None:
    """Weights are not negative in the checkpoint, and negative inputs are refused in training and prediction."""
    run = train(tmp_path, "model=nmf", "data=digits", "data.size=8", "model.code=3")
    least = checkpoint(run)["state_dict"]["net.model.decoder.0.weight"].min()
    assert least == 0
    with pytest.raises(UserError, match=r"^the input has values from -1 to -0; those of the data are from 0 to 1"):
        nnzoo.predict(run, -torch.eye(64).view(64, 1, 8, 8), which="last")
    with pytest.raises(UserError, match=r"^model 'nmf' takes inputs of at least 0; those of the data are from -1 to 1"):
        train(tmp_path, "model=nmf", "data=sign_product")
    with pytest.raises(UserError, match=r"^NMF: code is 0; it needs at least 1 unit$"):
        train(tmp_path, "model=nmf", "model.code=0", "data=digits", "data.size=8")


def test_the_column_with_negative_numbers_is_named(tmp_path: Path) -> None:
    own, other = tmp_path / "own.csv", tmp_path / "other.csv"
    own.write_text("a,b\n" + "\n".join(f"{i % 7},{i / 2 - 2.5}" for i in range(40)))
    other.write_text("a\n" + "\n".join(str(i % 7) for i in range(40)))
    given = ["model=nmf", "data=array", "data.target=[]"]
    message = (
        r"^model 'nmf' takes inputs of at least 0; .*: column b is from -2.5 to 17; transforms=unit_interval scales"
    )
    with pytest.raises(UserError, match=message):
        train(tmp_path, *given, f"data.path='{own}'", "data.standardize=false")
    with pytest.raises(UserError, match=r": they are standardized; data.standardize=false leaves them as they are"):
        train(tmp_path, *given, f"data.path='{other}'")
    run = train(tmp_path, *given, f"data.path='{other}'", "data.standardize=false")
    with pytest.raises(UserError, match=r"column a: -3.0 is outside \[0, inf\]"):
        nnzoo.predict(run, {"a": [1.0, -3.0]}, which="last")
