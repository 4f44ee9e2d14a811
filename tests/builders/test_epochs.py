"""The number of epochs for data of different sizes."""

from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.builders import epochs
from nnzoo.builders.data import build_data
from nnzoo.builders.epochs import cursor, with_epochs, without_epochs
from nnzoo.config.compose import compose
from nnzoo.errors import UserError


def completed(*overrides: str) -> tuple[dict, dict]:
    config = api.plain(compose(overrides))
    return config, with_epochs(config, build_data(config))


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (["data=iris"], 500),  # 108 examples in 4 batches: 2000 steps
        (["data=breast_cancer"], 154),  # 409 in 13 batches
        (["data=breast_cancer", "loader.batch_size=4"], 20),  # 103 batches
        (["data=breast_cancer", "trainer.limit_train_batches=5"], 400),
        (["data=breast_cancer", "trainer.accumulate_grad_batches=2"], 286),  # 7 steps
        (["data=iris", "loader.batch_size=200"], 500),  # one step, and no more than 500 epochs
        (["data=iris", "trainer.max_epochs=7"], 7),
        (["data=iris", "trainer.max_steps=7"], -1),
        (["data=iris", "model=fisher"], 1),
        (["data=digits"], 20),
        (["data=digits", "model=fisher"], 1),  # the epochs of the task replace those of the data
    ],
)
def test_small_data_has_more_epochs(overrides: list[str], expected: int) -> None:
    _, config = completed("model=linear" if "model=fisher" not in overrides else "model=fisher", *overrides)
    assert config["trainer"]["max_epochs"] == expected


def test_so_few_epochs_that_validation_never_runs_are_refused() -> None:
    with pytest.raises(UserError, match=r"check_val_every_n_epoch=501 is more than trainer.max_epochs=500"):
        completed("model=linear", "data=iris", "trainer.check_val_every_n_epoch=501")


def test_a_schedule_ends_with_the_epochs() -> None:
    given, config = completed("model=linear", "data=iris", "scheduler=cosine")
    assert config["scheduler"]["T_max"] == 500
    assert without_epochs(config) == given
    _, config = completed("model=linear", "data=iris", "scheduler=cosine", "scheduler.T_max=7")
    assert config["scheduler"]["T_max"] == 7


def test_a_run_has_them_and_is_found_again_by_the_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "MOST", 25)
    given = ["model=linear", "data=iris", "loader.batch_size=4000", "callbacks=none", "logger=none"]
    given += [f"output_dir={tmp_path}", "+callbacks.last={_target_: nnzoo.callbacks.last.LastCheckpoint}"]
    result = api.train(*given, "evaluate=[]")
    file = result.directory / "checkpoints" / "last.ckpt"
    assert torch.load(file, weights_only=True)["epoch"] == 25
    (result.directory / "status.json").write_text('{"status": "interrupted"}')
    assert api.train(*given, "evaluate=[]", resume="auto").directory == result.directory


@pytest.mark.parametrize(
    ("settings", "steps", "examples"),
    [
        ((), 4, 108),  # batches of 32
        (("trainer.limit_train_batches=3",), 3, 96),
        (("trainer.overfit_batches=2",), 2, 64),
        (("loader.batch_size=50",), 3, 108),
        (("loader.batch_size=50", "trainer.accumulate_grad_batches=2"), 2, 108),
    ],
)
def test_the_cursor_over_the_training_batches(settings: tuple[str, ...], steps: int, examples: int) -> None:
    config = api.plain(compose(["model=linear", "data=iris", *settings]))
    found = cursor(config, build_data(config))
    assert found.steps_in_epoch == steps
    assert sum(len(batch.y) for batches in found.consume() for batch in batches) == examples


def test_the_cursor_reads_segments_and_buckets() -> None:
    settings = ["model=gru", "data=reber", "trainer.truncated_bptt_steps=3", "loader.batch_size=7"]
    config = api.plain(compose(settings))
    loader: Any = cursor(config, build_data(config)).loader
    assert (loader.segment, loader.batch_size) == (3, 7)
    config = api.plain(compose(["model=gru", "data=reber", "loader.buckets=true"]))
    loader = cursor(config, build_data(config)).loader
    assert loader.buckets
