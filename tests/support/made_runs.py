"""Run directories made by hand, without training."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

CONFIG: dict[str, Any] = {
    "seed": 0,
    "data": {"_target_": "nnzoo.data.images.digits.Digits", "val": 0.1},
    "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [128]},
    "loss": None,
    "penalties": {},
    "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.001, "amsgrad": False},
    "scheduler": None,
    "trainer": {"max_epochs": 2},
    "callbacks": {"best": {"monitor": "auto", "mode": "auto"}},
    "choices": {"model": "mlp", "data": "digits", "optimizer": "adam", "loss": None, "scheduler": None},
    "trial": None,
}
HISTORY = "epoch,val/loss,val/acc,train/loss,train/acc\n1,0.5,0.9,0.6,0.7\n2,0.7,0.8,0.4,0.9\n"
ENVIRONMENT = {"nnzoo": "0.1.0", "torch": "2.15.0", "cuda": None, "command": ["nnzoo", "train", "name=a b"]}
NOW = 1_790_000_000.0


def made_config(model: str = "mlp", lr: float = 0.001, **others: Any) -> dict[str, Any]:
    """Return a config with another network or learning rate, or other values at its root."""
    target = f"nnzoo.models.{model}.{model.upper()}"
    return {
        **CONFIG,
        "model": {**CONFIG["model"], "_target_": target},
        "optimizer": {**CONFIG["optimizer"], "lr": lr},
        "choices": {**CONFIG["choices"], "model": model},
        **others,
    }


def made_run(
    path: Path,
    config: dict[str, Any] | None = None,
    *,
    status: str = "done",
    message: str = "",
    time: float = NOW,
    acc: float | None = 0.95,
    history: str = HISTORY,
    overrides: tuple[str, ...] = ("model=mlp",),
) -> Path:
    """Write the files of a run; acc: test accuracy of the best weights, None without results."""
    path.mkdir(parents=True)
    (path / "config.yaml").write_text(yaml.safe_dump(CONFIG if config is None else config, sort_keys=False))
    (path / "overrides.yaml").write_text(yaml.safe_dump(list(overrides)))
    (path / "env.json").write_text(json.dumps(ENVIRONMENT))
    (path / "status.json").write_text(json.dumps({"status": status, "message": message, "time": time}))
    (path / "metrics.csv").write_text(history)
    (path / "checkpoints").mkdir()
    (path / "checkpoints" / "last.ckpt").write_bytes(bytes(1000))
    if acc is not None:
        results = {"test/last": {"loss": 0.3, "acc": 0.5}, "test/best": {"loss": 0.2, "acc": acc}}
        (path / "results.json").write_text(json.dumps(results))
    return path


def make_unreadable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the system refuse to list the folders of a name."""
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
