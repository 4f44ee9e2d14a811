"""The files that Lightning's ModelCheckpoint has written, in its state: a checkpoint has their names, not their paths.

A path in a checkpoint could name any directory, which the callback would remove when it has found better weights.
"""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from torch import Tensor

from ..errors import UserError

FILES = ("best_model_path", "kth_best_model_path", "last_model_path")
BY_FILE = "best_k_models"  # path -> score
FOLDER = "dirpath"


def names_only(states: dict[str, Any]) -> dict[str, Any]:
    """Return the states of callbacks with the names of files in place of their paths."""
    return {key: changed(state, name_of) if is_of_files(state) else state for key, state in states.items()}


def with_paths(state: dict[str, Any], folder: str) -> dict[str, Any]:
    """Return the state of a callback that writes into a folder, with the paths of its files.

    Raises UserError for values that are not names of checkpoints, scores and the like.
    """
    if not is_of_files(state):
        return state
    scores = (state.get("best_model_score"), state.get("current_score"), state.get("kth_value"))
    if not all(score is None or (isinstance(score, Tensor) and score.numel() == 1) for score in scores):
        raise UserError("the checkpoint is damaged: a score of ModelCheckpoint is not a number")
    return {**changed(state, lambda path: f"{folder}/{name}" if (name := name_of(path)) else ""), FOLDER: folder}


def is_of_files(state: dict[str, Any]) -> bool:
    """Return whether the state of a callback names files."""
    return BY_FILE in state or any(key in state for key in FILES)


def changed(state: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return the state of a callback without its folder and with other paths. Raises UserError if it is damaged."""
    found = {key: value for key, value in state.items() if key != FOLDER}
    by_file = found.get(BY_FILE, {})
    if not isinstance(by_file, dict) or not all(isinstance(score, Tensor) for score in by_file.values()):
        raise UserError(f"the checkpoint is damaged: {BY_FILE} has no scores by file")
    found |= {key: change(found[key]) for key in FILES if key in found}
    return found | {BY_FILE: {change(path): score for path, score in by_file.items()}}


def name_of(path: Any) -> str:
    """Return the name of a checkpoint file, "" for none. Raises UserError for other values."""
    name = PurePath(path).name if isinstance(path, str) else None
    if path == "" or (name is not None and name.endswith(".ckpt") and "\0" not in name):
        return name or ""
    raise UserError(f"the checkpoint is damaged: {str(path)[:40]!r} is not the name of a checkpoint")
