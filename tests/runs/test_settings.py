from typing import Any

from nnzoo.runs.settings import Settings, describe, differing

CONFIG: dict[str, Any] = {
    "seed": 3,
    "choices": {"model": "mlp", "data": "digits", "optimizer": "sgd", "loss": None},
    "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [4, 3], "bias": True, "dropout": None},
    "optimizer": {"_target_": "torch.optim.SGD", "lr": 0.5},
    "callbacks": {"early_stopping": {"patience": 2}, "projector": {"points": 9}},
    "trainer": {"max_epochs": 3, "gradient_clip_val": float("inf")},
}
OVERRIDES = (
    "model=mlp",
    "optimizer=sgd",
    "optimizer.lr=0.5",
    "model.hidden=[4,3]",
    "model.dropout=null",
    "trainer.gradient_clip_val=inf",
    "model.bias=true",
    "seed=3",
    "+data.seed=4",
    "output_dir=/somewhere",
    "trainer.threads=1",
    "~callbacks.figures",
    "callbacks.projector.points=9",
    "callbacks.early_stopping.patience=2",
    "logger=none",
)


def member(lr: float, **params: Any) -> dict[str, Any]:
    """Return the config of a run of a sweep."""
    trial = {"number": 0, "params": {"optimizer.lr": lr, **params}}
    return CONFIG | {"optimizer": {"lr": lr}, "trial": trial}


def test_chosen_settings_of_a_single_run() -> None:
    """Choices and overrides, but neither constants, seeds nor settings without effect on learning."""
    assert Settings(CONFIG, OVERRIDES).chosen() == {
        "model": "mlp",
        "data": "digits",
        "optimizer": "sgd",
        "optimizer.lr": 0.5,
        "model.hidden": "[4, 3]",
        "trainer.gradient_clip_val": "inf",
        "model.bias": True,
        "callbacks.early_stopping.patience": 2,
    }


def test_chosen_settings_of_a_sweep_are_the_swept_ones() -> None:
    config = member(0.01, model="mlp", seed=1) | {"seed": 1}
    config["trial"]["params"]["model.hidden"] = [8]
    assert Settings(config, OVERRIDES).chosen() == {"optimizer.lr": 0.01, "model": "mlp", "model.hidden": "[8]"}


def test_groups_are_readable_and_ignore_seeds() -> None:
    assert Settings(CONFIG, ["optimizer.lr=0.5", "seed=1"]).group() == "digits mlp sgd optimizer.lr=0.5"
    one = Settings(member(0.01), ["optimizer.lr=0.01", "trainer.max_epochs=3", "seed=0"]).group()
    assert one == "0 lr=0.01 digits mlp sgd trainer.max_epochs=3"
    assert Settings(member(0.01), ["optimizer.lr=0.01", "trainer.max_epochs=3", "fold=1"]).group() == one
    assert Settings(member(0.02), ["optimizer.lr=0.02", "trainer.max_epochs=3"]).group() != one
    assert Settings(member(0.01), ["optimizer.lr=0.01", "trainer.max_epochs=3", "model.bias=true"]).group() != one


def test_differing_settings() -> None:
    """Values that a run does not set are its defaults; what it sets comes before them, and seeds are last."""
    other = CONFIG | {"model": {"hidden": [8]}, "optimizer": {"lr": 0.1}, "seed": 5}
    first, second = differing(
        [Settings(CONFIG, ["model.hidden=[4,3]"]), Settings(other, ["seed=5", "optimizer.lr=0.1"])]
    )
    assert list(first.items()) == [("model.hidden", "[4, 3]"), ("optimizer.lr", 0.5), ("seed", 3)]
    assert list(second.items()) == [("optimizer.lr", 0.1), ("model.hidden", "[8]"), ("seed", 5)]
    assert differing([Settings(CONFIG, OVERRIDES)] * 2) == [{}, {}]


def test_description() -> None:
    assert describe({"optimizer.lr": 0.1, "model": "mlp", "seed": 1}) == "lr=0.1 mlp seed=1"
