"""The adversarial task: steps by hand in float64, optimizers, penalties and metrics."""

import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from nnzoo import api
from nnzoo.analysis.energy_distance import energy_distance
from nnzoo.builders.adapters import Network, identity
from nnzoo.errors import UserError
from nnzoo.losses.adversarial.minimax import Minimax
from nnzoo.losses.adversarial.non_saturating import NonSaturating
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.gan import GAN
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Schedule
from nnzoo.tasks.learners.adversarial import Adversarial
from nnzoo.tasks.metrics.samples import SampleMetrics
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty
from torch import Tensor, nn

from tests.support.runs import checkpoint, rows, same, weights
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

SPEC = DataSpec("real", (2,), "none", 0)
LR, NOTED = 0.1, ["generator_loss", "discriminator_loss", "accuracy_on_real", "accuracy_on_generated"]
SGD = partial(torch.optim.SGD, lr=LR)


def task_of(loss: Any = None, *, hidden: tuple[int, ...] = (), **settings: Any) -> Adversarial:
    """A linear generator of 3 numbers of noise and a logistic discriminator, or deeper ones."""
    torch.manual_seed(0)
    net = GAN(in_features=2, noise=3, generator=hidden, discriminator=hidden)
    settings = {"optimizer": SGD, "lr_ratio": 1.0, **settings}
    return make(Adversarial, Network(net, identity, masked=False), loss or NonSaturating(), SPEC, **settings)


def batch_of(n: int, seed: int = 1) -> Batch:
    return SPEC.fake_batch(n, torch.Generator().manual_seed(seed))


def copies(part: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for p in part.parameters()]


def is_same(part: nn.Module, before: list[Tensor]) -> bool:
    return all(map(torch.equal, part.parameters(), before))


def optimizers(task: Task) -> list[torch.optim.Optimizer]:
    return task.configure_optimizers()[0]


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating()])
@pytest.mark.parametrize("steps", [1, 2])
def test_an_update_by_hand(loss: Any, steps: int) -> None:
    """Gradients written out: x = A z + a is generated, D(x) = sigmoid(w.x + b)."""
    task = task_of(loss, discriminator_steps=steps)
    task.double()
    A, a = copies(task.adversaries.generator)
    w, b = copies(task.adversaries.discriminator)
    real = torch.randn(6, 2, dtype=torch.float64)
    torch.manual_seed(5)
    d_losses, right = [], []
    for part in real.split(6 // steps):
        m = len(part)
        generated = torch.randn(m, 3, dtype=torch.float64) @ A.T + a
        on_real, on_generated = part @ w.T + b, generated @ w.T + b
        d_losses.append(-(on_real.sigmoid().log().mean() + (1 - on_generated.sigmoid()).log().mean()))
        right.append([(on_real > 0).double().mean(), (on_generated < 0).double().mean()])
        by_real, by_generated = (on_real.sigmoid() - 1) / m, on_generated.sigmoid() / m  # derivatives by the log-odds
        w, b = (
            w - LR * (by_real.T @ part + by_generated.T @ generated),
            b - LR * (by_real.sum(0) + by_generated.sum(0)),
        )
    z = torch.randn(6 // steps, 3, dtype=torch.float64)
    d = ((z @ A.T + a) @ w.T + b).sigmoid()
    g_loss = (1 - d).log().mean() if isinstance(loss, Minimax) else -d.log().mean()
    by_point = (-d if isinstance(loss, Minimax) else d - 1) @ w / len(z)  # derivatives by the generated points
    A, a = A - LR * by_point.T @ z, a - LR * by_point.sum(0)

    torch.manual_seed(5)
    step = task.update(Batch(real, real), *optimizers(task))
    for ours, expected in zip(task.net.parameters(), [A, a, w, b], strict=True):
        torch.testing.assert_close(ours.detach(), expected)
    expected_notes = [g_loss, torch.stack(d_losses).mean(), *torch.tensor(right).mean(0).tolist()]
    assert [step.notes[name].item() for name in NOTED] == pytest.approx(list(map(float, expected_notes)))
    assert step.loss.item() == pytest.approx(float(g_loss + torch.stack(d_losses).mean()))


def test_each_step_changes_only_its_own_network() -> None:
    task = task_of(hidden=(4,))
    generator, discriminator = task.adversaries.generator, task.adversaries.discriminator
    for_generator, for_discriminator = optimizers(task)
    before = copies(generator), copies(discriminator)
    task.train_discriminator(batch_of(5).x, for_discriminator)
    assert is_same(generator, before[0])
    assert not is_same(discriminator, before[1])
    assert all(p.grad is None for p in generator.parameters())
    gradients = [p.grad.clone() for p in discriminator.parameters()]
    before = copies(generator), copies(discriminator)
    task.train_generator(batch_of(5).x, for_generator)
    assert is_same(discriminator, before[1])
    assert not is_same(generator, before[0])
    assert all(map(torch.equal, (p.grad for p in discriminator.parameters()), gradients))


def test_several_discriminator_steps_are_one_update(tmp_path: Path) -> None:
    """33 points in batches of 8 are five updates per epoch; the last batch has one point, so it has only one step."""
    task = task_of(hidden=(4,), optimizer=partial(torch.optim.Adam, lr=1e-3), discriminator_steps=3)
    taken: list[int] = []

    class Count(pl.Callback):
        def on_train_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            taken.append(trainer.global_step)

    task.configure_callbacks = lambda: [Count()]  # type: ignore[method-assign]
    fit(task, *loaders(SPEC), tmp_path, epochs=2)
    assert taken == [10]
    steps = [{int(state["step"]) for state in each.state.values()} for each in task.optimizer_list()]
    assert steps == [{10}, {2 * (4 * 3 + 1)}]


def test_discriminator_steps_divide_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    task, seen = task_of(discriminator_steps=3), []
    whole = Adversarial.train_discriminator
    monkeypatch.setattr(
        Adversarial, "train_discriminator", lambda self, real, o: seen.append(real) or whole(self, real, o)
    )
    batch = batch_of(7)
    task.update(batch, *optimizers(task))
    assert [len(part) for part in seen] == [3, 2, 2]
    assert torch.equal(torch.cat(seen), batch.x)


def test_learning_rate_of_the_discriminator() -> None:
    task = task_of(lr_ratio=4.0, schedule=Schedule(partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5)))
    (generator, discriminator), schedules = task.configure_optimizers()
    assert [o.param_groups[0]["lr"] for o in (generator, discriminator)] == pytest.approx([LR, 4 * LR])
    task.update(batch_of(4), generator, discriminator)
    for schedule in schedules:
        schedule.step()
    assert [o.param_groups[0]["lr"] for o in (generator, discriminator)] == pytest.approx([LR / 2, 2 * LR])


def test_schedule_acts_on_both_optimizers(tmp_path: Path) -> None:
    task = task_of(lr_ratio=4.0, schedule=Schedule(partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.1)))
    fit(task, *loaders(SPEC), tmp_path, epochs=2)
    assert [o.param_groups[0]["lr"] for o in task.optimizer_list()] == pytest.approx([LR / 100, 4 * LR / 100])


@pytest.mark.parametrize("algorithm", ["norm", "value"])
def test_both_gradients_are_clipped(algorithm: Any) -> None:
    bound = 1e-3
    free, clipped = task_of(hidden=(4,)), task_of(hidden=(4,), clip_value=bound, clip_algorithm=algorithm)
    for task in (free, clipped):
        torch.manual_seed(2)
        task.update(batch_of(8), *optimizers(task))
    for group, whole in zip(clipped.groups(), free.groups(), strict=True):
        ours, before = (torch.cat([p.grad.flatten() for p in each]) for each in (group, whole))
        size = ours.norm() if algorithm == "norm" else ours.abs().max()
        assert size.item() == pytest.approx(bound, rel=1e-3)  # of each by itself
        assert before.norm() > 10 * bound


def test_penalties_are_added_to_both_losses() -> None:
    plain, penalized = task_of(), task_of(penalties={"weights": WeightPenalty(weight=0.5)})
    before = [p.detach().clone() for p in plain.net.parameters()]
    for task in (plain, penalized):
        torch.manual_seed(2)
        task.train_discriminator(batch_of(8).x, optimizers(task)[1])
    for p, q, start in list(zip(plain.net.parameters(), penalized.net.parameters(), before, strict=True))[2:]:
        torch.testing.assert_close(p - q, LR * 0.5 * start if p.ndim > 1 else torch.zeros_like(p))
    penalized.net.load_state_dict(plain.net.state_dict())
    for task in (plain, penalized):
        torch.manual_seed(2)
        task.train_generator(batch_of(8).x, optimizers(task)[0])
    for p, q, start in list(zip(plain.net.parameters(), penalized.net.parameters(), before, strict=True))[:2]:
        torch.testing.assert_close(p - q, LR * 0.5 * start if p.ndim > 1 else torch.zeros_like(p))


def test_evaluation_is_deterministic_and_does_not_use_training_randomness(tmp_path: Path) -> None:
    task, (_, val) = task_of(hidden=(4,)), loaders(SPEC)
    found = []
    state = torch.get_rng_state()
    for _ in range(2):
        task.on_validation_epoch_start()
        with torch.no_grad():
            for batch in val:
                task.measure("val", batch)
        found.append(task.accumulators["val"].compute())
    assert found[0] == found[1]
    assert torch.equal(torch.get_rng_state(), state)


def test_metrics(tmp_path: Path) -> None:
    """Return the energy distance between held-out points and an equal number of generated points, batch by batch."""
    task, (_, val) = task_of(hidden=(4,)), loaders(SPEC)
    task.on_validation_epoch_start()
    with torch.no_grad():
        for batch in val:
            task.measure("val", batch)
        noise, total = torch.Generator().manual_seed(0), 0.0
        for batch in val:
            generated = task.adversaries.generator(torch.randn(len(batch.x), 3, generator=noise))
            total += len(batch.x) * energy_distance(generated, batch.x).item()
    found = task.accumulators["val"].compute()
    assert found["energy_distance"] == pytest.approx(total / 20)
    assert list(found) == ["loss", "energy_distance", *NOTED]
    assert task.primary == ("val/energy_distance", "min")
    assert task.mode("val/generator_loss") is None
    assert task.metric_names("train") == ["train/loss", *(f"train/{name}" for name in NOTED)]


def test_energy_distance_needs_two_points() -> None:
    metrics = SampleMetrics()
    metrics.update(torch.zeros(1, 2), torch.ones(1, 2), None)
    assert math.isnan(metrics.compute(0.0)["energy_distance"])
    metrics.update(torch.zeros(3, 2), torch.ones(3, 2), None)
    assert metrics.compute(0.0)["energy_distance"] == pytest.approx(2 * 2**0.5)


@pytest.mark.parametrize(
    ("loss", "settings", "message"),
    [
        (NonSaturating(), {"discriminator_steps": 0}, "task.discriminator_steps is 0; it must be at least 1"),
        (NonSaturating(), {"lr_ratio": 0.0}, "task.lr_ratio is 0.0; it must be above 0"),
        (NonSaturating(), {"lr_ratio": math.nan}, "task.lr_ratio is nan"),
        (Squared(), {}, "needs an adversarial loss: loss=non_saturating or loss=minimax"),
    ],
)
def test_invalid_settings_are_refused(loss: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        task_of(loss, **settings)


def test_network_without_two_parts_is_refused() -> None:
    net = Network(MLP(in_features=2, out_features=1), identity, masked=False)
    with pytest.raises(UserError, match=r"a generator and a discriminator, such as model=gan; MLP has none$"):
        make(Adversarial, net, NonSaturating(), SPEC)


def points_as_a_table(rows: int) -> dict[str, Any]:
    return {"data": torch.randn(rows, 2).numpy(), "data.target": [], "callbacks": "none"}


@pytest.mark.parametrize(
    ("split", "without", "sizes"),
    [("val", "data.val=0", {"data.val": 0.1, "data.test": 0.3}), ("test", "evaluate=[]", {"data.test": 0.1})],
)
def test_split_of_one_point_is_refused(tmp_path: Path, split: str, without: str, sizes: dict[str, Any]) -> None:
    with pytest.raises(UserError) as error:
        api.train("model=gan", output_dir=tmp_path, **{**points_as_a_table(10), "data.val": 0.3, **sizes})
    assert str(error.value) == (
        f"energy_distance needs at least 2 examples, but the {split} split has 1; "
        f"increase data.{split} or set {without}"
    )
    assert not list(tmp_path.iterdir())


def test_unmeasured_split_may_have_one_point(tmp_path: Path) -> None:
    settings = {**points_as_a_table(10), "data.test": 0.1, "data.val": 0.0, "evaluate": [], "trainer.max_epochs": 1}
    assert api.train("model=gan", output_dir=tmp_path, **settings).status == "done"


@pytest.mark.parametrize(("batch_size", "steps", "size"), [(4, 5, 4), (32, 9, 7)])
def test_batch_smaller_than_discriminator_steps_is_refused(
    tmp_path: Path, batch_size: int, steps: int, size: int
) -> None:
    settings = {"loader.batch_size": batch_size, "task.discriminator_steps": steps, "data.test": 0.2}
    with pytest.raises(UserError) as error:
        api.train("model=gan", output_dir=tmp_path, **points_as_a_table(10), **settings)
    assert str(error.value) == (
        f"task.discriminator_steps is {steps}, but a batch has only {size} examples "
        f"(loader.batch_size={batch_size}); it must be at most {size}"
    )
    assert not list(tmp_path.iterdir())


RING = (
    "model=gan",
    "model.generator=[6]",
    "model.discriminator=[6]",
    "data=ring",
    "data.train=95",
    "data.val=40",
    "data.test=40",
    "loader.batch_size=10",
    "task.discriminator_steps=2",
    "scheduler=warmup",
    "scheduler.total_iters=25",
    "trainer.accelerator=cpu",
    "trainer.threads=1",
    "trainer.steps_per_slice=3",
    "callbacks.last.every_seconds=0",
    "~callbacks.figures",
)


def test_resumed_training_is_exact(tmp_path: Path) -> None:
    """Interrupted in the second of four epochs: weights, both optimizers, noise and metrics are restored."""
    whole = api.train(*RING, "trainer.max_epochs=4", output_dir=tmp_path / "whole").directory
    half = api.train(*RING, "trainer.max_epochs=4", "trainer.max_steps=14", output_dir=tmp_path / "half").directory
    assert checkpoint(half)["global_step"] == 14
    api.resume(half, "trainer.max_steps=-1")
    assert checkpoint(half)["global_step"] == 40
    for which in ("last", "best"):
        assert same(weights(half, which), weights(whole, which))
    for part in ("optimizer_states", "lr_schedulers"):
        assert len(checkpoint(whole)[part]) == 2
        assert same(checkpoint(half)[part], checkpoint(whole)[part])
    assert rows(half) == rows(whole)


def test_best_checkpoint_has_the_smallest_distance(tmp_path: Path) -> None:
    run = api.train(*RING, "optimizer.lr=0.05", "trainer.max_epochs=6", output_dir=tmp_path)
    distances = [float(row["val/energy_distance"]) for row in rows(run.directory)]
    best = min(range(6), key=distances.__getitem__)
    assert checkpoint(run.directory, "best")["epoch"] == best


@pytest.mark.slow
def test_generated_points_lie_on_the_ring(tmp_path: Path) -> None:
    """For five seeds the generated points have the radius of the ring and cover all of its 36 sectors."""
    for seed in range(5):
        run = api.train(
            *("model=gan", "data=ring", f"seed={seed}", "~callbacks.figures", "~callbacks.generated"),
            *("trainer.accelerator=cpu", "trainer.threads=1"),
            output_dir=tmp_path,
        )
        points = torch.from_numpy(api.load(run.directory).sample(2000))
        radius = points.norm(dim=1)
        near = (radius - 1).abs() < 0.25
        sectors = torch.histc(torch.atan2(points[near, 1], points[near, 0]), 36, -math.pi, math.pi)
        assert radius.mean().item() == pytest.approx(1, abs=0.1)
        assert radius.std() < 0.2
        assert near.float().mean() > 0.9
        assert (sectors > 0).all()
        assert run.metrics["test/best"]["energy_distance"] < 0.03  # 0.6 before training


@pytest.mark.parametrize("layers", ["generator.layers.1", "discriminator.layers.1"])
def test_penalty_on_one_network_only(layers: str) -> None:
    """The other network learns as it does without penalties."""
    plain, penalized = (
        task_of(hidden=(4,), penalties=each) for each in ({}, {"units": ActivationPenalty(weight=3.0, layers=layers)})
    )
    for task in (plain, penalized):
        task.setup("fit")
        optimizers, _ = task.configure_optimizers()
        torch.manual_seed(1)
        task.update(batch_of(8), *optimizers)
    same = [
        all(torch.equal(p, q) for p, q in zip(one.parameters(), other.parameters(), strict=True))
        for one, other in (
            (getattr(plain.adversaries, name), getattr(penalized.adversaries, name))
            for name in ("generator", "discriminator")
        )
    ]
    assert same == ([False, True] if layers.startswith("generator") else [False, False])
