"""The paths in the states of callbacks."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import read
from nnzoo.runs.checkpoint_io import AtomicIO
from nnzoo.runs.checkpoint_paths import names_only, with_paths

from tests.runs.test_checkpoint import CONTENT


def state(path: str) -> dict[str, Any]:
    score = torch.tensor(0.5)
    return {
        "monitor": "val/acc",
        "dirpath": os.path.dirname(path),
        "best_model_score": score,
        "best_model_path": path,
        "best_k_models": {path: score},
        "kth_best_model_path": path,
        "last_model_path": "",
    }


def test_a_file_has_names_and_a_callback_paths(tmp_path: Path) -> None:
    saved = state("/runs/a/checkpoints/best.ckpt")
    AtomicIO().save_checkpoint({**CONTENT, "callbacks": {"Best": saved, "Other": {"n": 1}}}, tmp_path / "last.ckpt")
    assert b"/runs" not in (tmp_path / "last.ckpt").read_bytes()
    found = read(tmp_path / "last.ckpt")["callbacks"]
    assert found["Other"] == {"n": 1}
    assert with_paths(found["Best"], "/moved/checkpoints") == state("/moved/checkpoints/best.ckpt")


@pytest.mark.parametrize(
    "path", ["/home/me/notes.ckpt", "local:///home/me/a.ckpt", "../../other/checkpoints/best.ckpt", "s3://a/b.ckpt"]
)
def test_paths_of_a_checkpoint_lie_in_the_folder(path: str) -> None:
    found = with_paths(state(path), "/run/checkpoints")
    assert found == state(f"/run/checkpoints/{os.path.basename(path)}")


@pytest.mark.parametrize("path", ["/home/me", "..", "local://..", ".", "/", 3, None, "a\0.ckpt"])
def test_names_of_other_files_are_refused(path: Any) -> None:
    for changed in ({"best_model_path": path}, {"best_k_models": {path: torch.tensor(1.0)}}):
        with pytest.raises(UserError, match="not the name of a checkpoint"):
            with_paths({**state("a.ckpt"), **changed}, "/run")
        with pytest.raises(UserError, match="not the name of a checkpoint"):
            names_only({"Best": {**state("a.ckpt"), **changed}})


@pytest.mark.parametrize(
    ("key", "value"),
    [("best_k_models", []), ("best_k_models", {"a.ckpt": "x"}), ("kth_value", "x"), ("best_model_score", [1])],
)
def test_malformed_scores_are_refused(key: str, value: Any) -> None:
    with pytest.raises(UserError, match="the checkpoint is damaged"):
        with_paths({**state("a.ckpt"), key: value}, "/run")
