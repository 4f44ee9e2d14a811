"""A config.yaml that contradicts the checkpoint of its run."""

from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.training.contradictions import ABSENT, check_config, contradiction, differences, is_compared, warn_of_config

TRAINED = {"model": {"_target_": "a.B", "hidden": [4]}, "seed": 0, "trainer": {"max_epochs": 2}, "name": None}


class Stored:
    """A run directory, or a checkpoint, with a config."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.path = Path("runs/one/last.ckpt")
        self.saved = config

    def __call__(self) -> dict[str, Any]:
        return self.saved


def pair(**changes: Any) -> tuple[Any, Any]:
    run, checkpoint = Stored({**TRAINED, **changes}), Stored(TRAINED)
    run.path = Path("runs/one")
    run.config, checkpoint.config = run, TRAINED  # type: ignore[attr-defined]
    return run, checkpoint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"seed": 1}, "seed=1, last.ckpt has 0"),
        ({"model": {"_target_": "a.B", "hidden": [5, 6]}}, "model.hidden=[5, 6], last.ckpt has [4]"),
        ({"model": {"_target_": "a.B"}}, "no model.hidden, last.ckpt has [4]"),
        ({"loss": "größer"}, 'loss="größer", last.ckpt has no such setting'),
        ({"loss": "x" * 80}, f'loss="{"x" * 59}, last.ckpt has no such setting'),
        ({"trainer": {"max_epochs": 5}, "name": "other", "callbacks": {}, "output_dir": "a"}, None),
        ({"trainer": {"overfit_batches": 3}}, "trainer.overfit_batches=3, last.ckpt has no such setting"),
    ],
)
def test_the_first_setting_that_differs(changes: dict[str, Any], message: str | None) -> None:
    run, checkpoint = pair(**changes)
    config = Path("runs/one/config.yaml")
    expected = None if message is None else f"{config} has {message}"
    assert contradiction(run, checkpoint) == expected
    if expected is None:
        check_config(run, checkpoint)
        warn_of_config(run, checkpoint, "config.yaml")
        return
    with pytest.raises(UserError) as error:
        check_config(run, checkpoint)
    assert str(error.value) == f"{expected}; set it back, or train another run with it: nnzoo rerun"
    with pytest.warns(DataWarning) as warned:
        called_by(run, checkpoint)
    assert str(warned[0].message) == f"{expected}; config.yaml is used"
    assert warned[0].filename == __file__  # of the function that calls the caller


def called_by(run: Any, checkpoint: Any) -> None:
    warn_of_config(run, checkpoint, "config.yaml")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("seed", True),
        ("model.hidden", True),
        ("data.val", True),
        ("data.root", False),
        ("trainer.max_epochs", False),
        ("trainer.truncated_bptt_steps", True),
        ("trainer.accumulate_grad_batches", True),
        ("callbacks.best.monitor", False),
        ("choices.model", False),
        ("output_dir", False),
    ],
)
def test_settings_that_are_compared(key: str, expected: bool) -> None:
    assert is_compared(key) is expected


def test_differences_in_order() -> None:
    one = {"a": {"b": 1, "c": 2, "d": 0}, "e": [1], "f": {}}
    other = {"z": 3, "a": {"c": 2, "b": 5, "y": 4}, "e": [2], "f": 6}
    assert [*differences(one, other)] == [
        ("a.b", 1, 5),
        ("a.d", 0, ABSENT),
        ("a.y", ABSENT, 4),
        ("e", [1], [2]),
        ("f", {}, 6),
        ("z", ABSENT, 3),
    ]
