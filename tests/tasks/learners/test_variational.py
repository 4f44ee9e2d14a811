"""The variational task: divergence, gradients, optimum of a linear network, evaluation and resuming."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.images.digits import Digits
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.regression.huber import Huber
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.vae import VAE
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.learners.variational import Variational, divergence
from torch import Tensor
from torch.distributions import Normal, kl_divergence
from torch.testing import assert_close

from tests.support.runs import checkpoint, rows, same, weights
from tests.support.tasks import make

D, K = 5, 3
DOUBLE = {"dtype": torch.float64}


def spec_of(size: int = D) -> DataSpec:
    return DataSpec("real", (size,), "input", size, low=0.0, high=1.0)


def task_of(*, size: int = D, code: int = K, hidden: tuple[int, ...] = (), loss: Any = None, **settings: Any) -> Any:
    torch.manual_seed(0)
    net = Network(VAE(in_features=size, hidden=hidden, code=code), identity, masked=False)
    return make(Variational, net, loss or Squared(), spec_of(size), **settings).double()


def random_batch(n: int = 8, size: int = D) -> Batch:
    x = torch.rand(n, size, generator=torch.Generator().manual_seed(1), **DOUBLE)
    return Batch(x, x)


# Divergence


def test_divergence_of_torch() -> None:
    mean, log_variance = torch.randn(6, K, **DOUBLE), torch.randn(6, K, **DOUBLE)
    codes, standard = Normal(mean, log_variance.exp().sqrt()), Normal(torch.zeros(K, **DOUBLE), torch.ones(K, **DOUBLE))
    assert_close(divergence(mean, log_variance), kl_divergence(codes, standard).sum(-1))


def test_divergence_by_monte_carlo() -> None:
    """The mean of log q(h) - log p(h) over sampled codes."""
    torch.manual_seed(0)
    mean, sigma = torch.tensor([0.5, -1.0]), torch.tensor([0.5, 1.5])
    h = mean + sigma * torch.randn(100_000, 2)
    gap = (Normal(mean, sigma).log_prob(h) - Normal(0.0, 1.0).log_prob(h)).sum(-1)
    assert_close(divergence(mean, 2 * sigma.log()), gap.mean(), atol=0.02, rtol=0)


def test_divergence_is_zero_only_for_a_standard_normal() -> None:
    zero = torch.zeros(1, **DOUBLE)
    assert divergence(zero, zero) == 0
    grid = torch.cartesian_prod(torch.linspace(-1, 1, 9, **DOUBLE), torch.linspace(-1, 1, 9, **DOUBLE))
    others = grid[grid.any(1)]
    assert (divergence(others[:, :1], others[:, 1:]) > 0).all()


# The objective


@pytest.mark.parametrize("loss", [Squared(), BinaryCrossEntropy()])
def test_objective_and_gradients_of_the_code(loss: Any) -> None:
    """Aggarwal eq. 4.17-4.22, with the gradient by sigma."""
    task, batch, weight = task_of(loss=loss, weight=0.7), random_batch(), 0.7
    mean, sigma, z = torch.randn(8, K, **DOUBLE), torch.rand(8, K, **DOUBLE) + 0.2, torch.randn(8, K, **DOUBLE)
    log_variance = (2 * sigma.log()).requires_grad_()
    step = task.objective(batch, batch.x, mean.requires_grad_(), log_variance, z)
    step.loss.backward()

    layer = task.net.model.head
    h = (mean + z * sigma).detach()
    output = h @ layer.weight.T + layer.bias
    if isinstance(loss, Squared):
        reconstruction, by_output = (output - batch.x).square(), 2 * (output - batch.x)
    else:
        p = output.sigmoid()
        reconstruction = -(batch.x * p.log() + (1 - batch.x) * (1 - p).log())
        by_output = p - batch.x
    kl = (mean.square() + sigma.square() - 2 * sigma.log() - 1).sum(1) / 2
    assert_close(step.notes["reconstruction"], reconstruction.sum(1).mean())
    assert_close(step.notes["kl"], kl.mean())
    assert_close(step.loss, reconstruction.sum(1).mean() + weight * kl.mean())
    by_h = by_output @ layer.weight
    assert_close(mean.grad, (by_h + weight * mean) / 8)
    by_sigma = (z * by_h + weight * (sigma - 1 / sigma)) / 8
    assert_close(log_variance.grad, by_sigma * sigma / 2)


def test_weighted_parts_add_up_to_the_loss() -> None:
    task = task_of(weight=0.25)
    step = task.compute(Batch(x := torch.rand(6, D, **DOUBLE), x))
    assert_close(sum(weight * step.notes[name] for name, weight in task.loss_parts.items()), step.loss)


def test_without_divergence_and_with_tiny_sigma_it_is_an_autoencoder() -> None:
    task, batch = task_of(hidden=(4,), weight=0.0), random_batch()
    plain = Autoencoder(in_features=D, hidden=(4,), code=K).double()
    with torch.no_grad():
        last = task.net.model.encoder.head
        last.weight[K:], last.bias[K:] = 0, -80  # log variances
        sources = [layer for part in (task.net.model.encoder, task.net.model.decoder) for layer in part.layers[::2]]
        for layer, source in zip([*plain.encoder[:3:2], *plain.decoder[::2]], sources, strict=True):
            layer.weight.copy_(source.weight[: layer.out_features])
            layer.bias.copy_(source.bias[: layer.out_features])
    loss = (plain(batch.x) - batch.x).square().sum(1).mean()
    step = task.compute(batch)
    assert_close(step.loss, loss)
    assert_close(step.output, plain(batch.x))
    step.loss.backward()
    loss.backward()
    assert_close(task.net.model.head.weight.grad, plain.decoder[-1].weight.grad)


def optimum(x: Tensor, *, code: int, weight: float) -> Any:
    """The objective of a linear network and its notes at the optimum, found by L-BFGS without sampling noise.

    The expectation over z of a quadratic function is its mean over the 2 K points +-sqrt(K) e_k.
    """
    task = task_of(size=x.shape[1], code=code, weight=weight)
    corners = torch.cat([torch.eye(code, **DOUBLE), -torch.eye(code, **DOUBLE)]) * code**0.5
    many = x.repeat_interleave(2 * code, 0)
    z = corners.repeat(len(x), 1)
    optimizer = torch.optim.LBFGS(
        task.net.parameters(), max_iter=400, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def evaluate() -> Any:
        return task.objective(Batch(many, many), many, *task.variational.posterior(many), z)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss: Tensor = evaluate().loss
        loss.backward()
        return loss

    optimizer.step(closure)
    step = evaluate()
    return [step.loss.item(), *(step.notes[name].item() for name in ("reconstruction", "kl", "active_units"))]


SPREAD = torch.tensor([2.0, 1.0, 0.5, 0.2], **DOUBLE)


@pytest.fixture(scope="module")
def points() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    rotation = torch.linalg.qr(torch.randn(4, 4, generator=generator, **DOUBLE))[0]
    return torch.randn(20, 4, generator=generator, **DOUBLE) * SPREAD @ rotation + 1


@pytest.mark.parametrize(("code", "weight"), [(2, 0.3), (3, 1.0), (3, 20.0)])
def test_optimum_of_a_linear_network_is_probabilistic_pca(points: Tensor, code: int, weight: float) -> None:
    """With noise variance s = weight / 2; Lucas et al. 2019. Components with a variance below s collapse."""
    s = weight / 2
    variances = torch.linalg.eigvalsh(points.T.cov(correction=0)).flip(0)
    kept = [v for v in variances[:code].tolist() if v > s]
    kl = sum(0.5 * np.log(v / s) for v in kept)
    reconstruction = s * len(kept) + float(variances[len(kept) :].sum())
    expected = [reconstruction + weight * kl, reconstruction, kl, len(kept)]
    assert optimum(points, code=code, weight=weight) == pytest.approx(expected, abs=2e-4)


def test_balance_does_not_depend_on_the_sizes(points: Tensor) -> None:
    """Code units without use and pixels that are always 0 do not change the optimum."""
    usual = optimum(points, code=2, weight=1.0)
    empty = torch.cat([points, torch.zeros(20, 6, **DOUBLE)], 1)
    assert optimum(empty, code=2, weight=1.0) == pytest.approx(usual, abs=2e-4)
    weight = 2.5  # keeps two components
    assert optimum(points, code=4, weight=weight) == pytest.approx(optimum(points, code=2, weight=weight), abs=2e-4)


# Evaluation


def evaluated(task: Any, batch_size: int, x: Tensor) -> dict[str, float]:
    task.on_validation_epoch_start()
    with torch.no_grad():
        for batch in Loader(Batch(x, x), batch_size=batch_size, unsupervised=True):
            task.measure("val", batch)
    task.flush("val")
    found: dict[str, float] = task.accumulators["val"].compute()
    return found


def test_evaluation_does_not_depend_on_anything_else() -> None:
    task, x = task_of(hidden=(4,)).eval(), random_batch(300).x
    state = torch.get_rng_state()
    whole = evaluated(task, 300, x)
    assert evaluated(task, 300, x) == whole
    for size in (7, 64, 256):
        found = evaluated(task, size, x)
        del found["active_units"]  # counted in each batch
        assert found == pytest.approx({name: whole[name] for name in found})
    assert torch.equal(torch.get_rng_state(), state)


def test_metrics_are_those_of_the_mean_code() -> None:
    task, x = task_of(hidden=(4,)).eval(), random_batch(30).x
    found = evaluated(task, 30, x)
    assert list(found) == ["loss", "mse", "rmse", "mae", "r2", "reconstruction", "kl", "active_units"]
    assert found["mse"] == pytest.approx((task.net(x) - x).square().mean().item())
    assert found["reconstruction"] > D * found["mse"]  # of a sampled code
    assert found["loss"] == pytest.approx(found["reconstruction"] + found["kl"])


def test_active_units_are_counted() -> None:
    task, x = task_of().eval(), random_batch(30).x
    last = task.net.model.encoder.head
    with torch.no_grad():
        last.weight[:], last.bias[:] = 0, 1
        assert evaluated(task, 30, x)["active_units"] == 0
        last.weight[1, 0] = 3.0
        assert evaluated(task, 30, x)["active_units"] == 1


# Runs

DIGITS = ("model=vae", "model.hidden=[6]", "model.code=2", "data=digits", "data.size=8", "loss=bce")
SHORT = ("~callbacks.figures", "trainer.accelerator=cpu", "trainer.threads=1", "loader.batch_size=100")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("vae")
    settings = ("trainer.max_epochs=2", "optimizer.lr=0.03", "evaluate=[train,test]", "task.weight=0.5")
    return api.train(*DIGITS, *SHORT, *settings, output_dir=folder)


def test_predictions_have_the_reported_error(run: Any) -> None:
    """Round trip: reconstructions of the test images by `predict`, and their codes by `encode`."""
    trained = api.load(run.directory, which="last")
    images = Digits(size=8).splits["test"].batch().x
    found = trained.predict(images)["prediction"]
    error = float(np.square(found - images.numpy()).mean())
    assert error == pytest.approx(run.metrics["test/last"]["mse"], rel=1e-5)
    mean = trained.model.encode(images.flatten(1)).detach().numpy()
    np.testing.assert_allclose(trained.encode(images)["code"], mean, atol=1e-6)
    assert api.evaluate(run.directory) == run.metrics


def test_samples_are_decoded_codes(run: Any) -> None:
    trained = api.load(run.directory)
    found = trained.sample(6, seed=3)
    torch.manual_seed(3)
    expected = trained.model.decode(torch.randn(6, 2)).sigmoid().view(6, 1, 8, 8)
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-6)


def test_resumed_training_is_exact(tmp_path: Path) -> None:
    settings = (*DIGITS, *SHORT, "trainer.steps_per_slice=3", "callbacks.last.every_seconds=0", "trainer.max_epochs=3")
    whole = api.train(*settings, output_dir=tmp_path / "whole").directory
    half = api.train(*settings, "trainer.max_steps=20", output_dir=tmp_path / "half").directory
    api.resume(half, "trainer.max_steps=-1")
    assert checkpoint(half)["global_step"] == 39
    for which in ("last", "best"):
        assert same(weights(half, which), weights(whole, which))
    assert rows(half) == rows(whole)


@pytest.mark.parametrize(
    ("loss", "settings", "message"),
    [
        (Squared(), {"weight": -1.0}, "task.weight is -1.0; it must be at least 0 and finite"),
        (Squared(), {"weight": float("nan")}, "task.weight is nan"),
        (Huber(), {}, "takes loss=squared or loss=bce, not Huber"),
        (BinaryCrossEntropy(outputs="mean"), {}, "loss.outputs=mean has no effect: task 'variational' sums"),
    ],
)
def test_refused_settings(loss: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        task_of(loss=loss, **settings)


def test_network_without_a_distribution_of_codes_is_refused() -> None:
    net = Network(Autoencoder(in_features=D), identity, masked=False)
    with pytest.raises(UserError, match=r"such as model=vae; Autoencoder does not$"):
        make(Variational, net, Squared(), spec_of(), optimizer=partial(torch.optim.SGD, lr=0.1))
