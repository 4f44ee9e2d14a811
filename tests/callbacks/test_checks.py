"""Callbacks that do not work when a Lightning batch is many steps."""

from pathlib import Path

import pytest
from nnzoo.errors import UserError

from tests.support.runs import STEPS, train

LIGHTNING = "pytorch_lightning.callbacks"
BEST = "callbacks.best.every_n_train_steps"


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            "EMAWeightAveraging",
            "averages after each Lightning batch, not each step; use callbacks=ema or callbacks=swa, or",
        ),
        (
            "WeightAveraging",
            "averages after each Lightning batch, not each step; use callbacks=ema or callbacks=swa, or",
        ),
        ("StochasticWeightAveraging, swa_lrs: 0.1", "cannot change the learning rate here; use callbacks=swa"),
        (
            "GradientAccumulationScheduler, scheduling: {0: 4}",
            "has no effect here; use a larger loader.batch_size",
        ),
        ("BatchSizeFinder", "has no effect here; use nnzoo train -m loader.batch_size=32,64,128"),
        ("LearningRateFinder", "has no effect here; use nnzoo train -m optimizer.lr="),
        ("LearningRateMonitor", "counts Lightning's batches; lr is logged every epoch without it"),
        ("DeviceStatsMonitor", "counts Lightning's batches; use debug=profile"),
        ("TQDMProgressBar", "counts Lightning's batches; use callbacks.progress"),
    ],
)
def test_unsupported_callbacks_are_refused(tmp_path: Path, node: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        train(tmp_path, f"+callbacks.mine={{_target_: {LIGHTNING}.{node}}}")
    assert str(caught.value).startswith(f"callbacks.mine: {node.partition(',')[0]} ")
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_by_step(tmp_path: Path) -> None:
    """A slice of many steps would skip some of them; single steps skip none."""
    with pytest.raises(UserError, match=f"{BEST} is checked only after each Lightning batch; use every_n_epochs, or"):
        train(tmp_path, f"+{BEST}=10")
    settings = (f"+{BEST}=10", "trainer.steps_per_slice=1", "callbacks.best.monitor=null", "trainer.max_epochs=1")
    further = ("callbacks.best.save_top_k=-1", "callbacks.best.filename='at-{step}'")
    directory = train(tmp_path, *settings, *further).directory
    names = sorted(path.stem for path in (directory / "checkpoints").iterdir())
    assert names == ["at-10", "at-20", "last"]
    assert STEPS == 26


def test_lightnings_averages_with_single_steps(tmp_path: Path) -> None:
    """They agree with ours."""
    ours = train(tmp_path, "callbacks=ema", "callbacks.ema.decay=0.9").metrics["test/last"]
    node = f"+callbacks.mine={{_target_: {LIGHTNING}.EMAWeightAveraging, decay: 0.9}}"
    theirs = train(tmp_path, node, "trainer.steps_per_slice=1").metrics["test/last"]
    assert theirs["loss"] == pytest.approx(ours["loss"], rel=1e-6)
