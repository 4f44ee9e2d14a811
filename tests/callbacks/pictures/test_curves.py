"""Curves that a run has logged, worked by hand."""

from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.figure import Figure
from nnzoo.callbacks.pictures import curves, generated
from nnzoo.callbacks.pictures.curves import best_epoch, draw_learning_curves, draw_loss_parts, nearly_equal, part_name
from nnzoo.callbacks.pictures.generated import draw_game
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint

LOSS = {"train/loss": {1: 3.0, 2: 1.0}, "val/loss": {1: 2.0, 2: 4.0}}
ACC = {"train/acc": {1: 0.5, 2: 0.75}, "val/acc": {1: 0.25, 2: 0.5}}
SHOWN = {"training": {1: 3.0, 2: 1.0}, "validation": {1: 2.0, 2: 4.0}}


def examples(logged: Any, *callbacks: Checkpoint, primary: str = "val/acc") -> Any:
    task = SimpleNamespace(primary=(primary, "max"))
    return SimpleNamespace(logged=logged, task=task, trainer=SimpleNamespace(checkpoint_callbacks=callbacks))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list of what is drawn."""
    found: list[Any] = []
    for module, name in ((curves, "learning_curves"), (curves, "loss_parts"), (generated, "learning_curves")):
        monkeypatch.setattr(module, f"plot_{name}", lambda *given: found.append(given) or Figure())
    return found


def test_loss_and_first_metric(drawn: list[Any]) -> None:
    draw_learning_curves(examples(LOSS | ACC, ModelCheckpoint(monitor="val/acc", mode="max")))
    draw_learning_curves(examples(LOSS))
    draw_learning_curves(examples(LOSS | ACC, primary="val/loss"))
    draw_learning_curves(examples({"train/loss": LOSS["train/loss"], "train/new": {1: 0.0}}, primary="val/new"))
    accuracy = {"training": {1: 0.5, 2: 0.75}, "validation": {1: 0.25, 2: 0.5}}
    assert drawn == [
        ({"loss": SHOWN, "accuracy": accuracy}, ("best weights", 2)),
        ({"loss": SHOWN}, None),
        ({"loss": SHOWN}, None),
        ({"loss": {"training": {1: 3.0, 2: 1.0}}, "new": {"training": {1: 0.0}}}, None),
    ]


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ({"a": {1: 1.00009, 2: 5.0}}, True),
        ({"a": {1: 1.00011, 2: 5.0}}, False),
        ({"a": {1: 1.0, 2: 5.1}}, False),
        ({"a": {1: 1.0}}, False),
        ({"a": {1: 1.0, 2: 5.0}, "b": {}}, False),
        ({"b": {1: 1.0, 2: 5.0}}, False),
    ],
)
def test_metrics_that_are_equal_up_to_rounding(other: Any, equal: bool) -> None:
    values = {"a": {1: 1.0, 2: 5.0}}
    assert nearly_equal(values, other) == nearly_equal(other, values) == equal


def test_best_epoch_of_either_direction() -> None:
    logged = {"val/acc": {1: 0.5, 2: 0.9, 3: 0.9}, "train/acc": {1: 0.9, 2: 0.1, 3: 0.2}}
    for monitor, mode, epoch in [("val/acc", "max", 2), ("val/acc", "min", 1), ("train/acc", "min", 2)]:
        best = ModelCheckpoint(monitor=monitor, mode=mode)
        assert best_epoch(examples(logged, Checkpoint(), ModelCheckpoint(), best)) == epoch
    assert best_epoch(examples(logged, ModelCheckpoint(monitor="val/f1", mode="max"))) is None


def test_parts_have_their_weights(drawn: list[Any]) -> None:
    assert part_name("kl_divergence", 1) == "kl divergence"
    assert part_name("kl_divergence", 0.25) == "0.25 x kl_divergence"
    summed = examples({"train/a": {1: 3.0}, "train/b_c": {1: 2.0}, "val/a": {1: 1.0}})
    summed.task.loss_parts = {"a": 2.0, "b_c": 1}
    draw_loss_parts(summed)
    assert drawn == [({"training": {"2 x a": {1: 6.0}, "b c": {1: 2.0}}},)]


def test_losses_and_accuracies_of_two_networks(drawn: list[Any]) -> None:
    names = ("generator_loss", "discriminator_loss", "accuracy_on_real", "accuracy_on_generated")
    figure = draw_game(examples({f"train/{name}": {1: float(k)} for k, name in enumerate(names)}))
    assert drawn == [
        (
            {
                "loss": {"generator's loss": {1: 0}, "discriminator's loss": {1: 1}},
                "accuracy": {"on real points": {1: 2}, "on generated points": {1: 3}},
            },
        )
    ]
    assert figure.get_suptitle() == "generator and discriminator, training"
