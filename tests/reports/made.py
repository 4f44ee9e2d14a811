"""Run directories and sweeps made by hand."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from nnzoo.spec import DataSpec
from PIL import Image

HISTORY = """\
epoch,val/loss,val/acc,val/errors,train/loss,train/acc,train/errors
1,1.5,0.5,50,2.25,0.25,300
2,0.5,0.75,25,1.25,0.5,200
3,0.625,0.625,38,1,0.625,150
"""
RESULTS = {
    "test/best": {"loss": 0.53, "acc": 0.71, "errors": 58.0},
    "test/last": {"loss": 0.6, "acc": 0.6, "errors": 80.0},
}
CONFIG = {
    "seed": 0,
    "data": {"_target_": "nnzoo.data.images.digits.Digits", "size": 8, "seed": 0},
    "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [6]},
    "trainer": {"max_epochs": 3, "accelerator": "cpu"},
    "choices": {"model": "mlp", "data": "digits"},
}
ENVIRONMENT = {"nnzoo": "0.1.0", "commit": "abc+", "torch": "2.15.0", "platform": "Linux", "cuda": None, "threads": 2}
DATA = {"spec": "real vector", "unit": "examples", "sizes": {"test": 200, "train": 400, "val": 100}, "summary": None}
SPEC = DataSpec(input="real", shape=(64,), target="classes", target_size=10)


def make_run(path: Path, **files: Any) -> Path:
    """Write the directory of a finished run; files: other contents by name (without suffix), None = no file."""
    path.mkdir(parents=True)
    contents: dict[str, Any] = {
        "config": CONFIG,
        "overrides": ["model=mlp", "data=digits", "trainer.max_epochs=3"],
        "env": ENVIRONMENT | {"started": 1000.0, "command": ["nnzoo train", "model=mlp", "name=a b"]},
        "data": DATA,
        "metrics": HISTORY,
        "results": RESULTS,
        "status": {"status": "done", "message": "", "time": 1007.0},
        "log": "2026-11-26 07:25:23,984 INFO nnzoo.data: read\n",
        "best": 2,
        "last": 3,
        "figures": ("confusion", "feature_maps", "learning_curves"),
        **files,
    }
    texts = {name: value for name, value in contents.items() if value is not None}
    for name in ("config", "overrides"):
        write(path / f"{name}.yaml", texts, name, yaml.safe_dump)
    for name in ("env", "data", "results", "status"):
        write(path / f"{name}.json", texts, name, json.dumps)
    write(path / "metrics.csv", texts, "metrics", str)
    write(path / "run.log", texts, "log", str)
    for which in ("best", "last"):
        if which in texts:
            save_checkpoint(path / "checkpoints" / f"{which}.ckpt", texts[which], texts.get("spec", SPEC))
    for name in texts.get("figures", ()):
        save_picture(path / "figures" / f"{name}.png")
    return path


def write(path: Path, contents: Mapping[str, Any], name: str, dump: Any) -> None:
    """Write a file if there is content for it; bytes and text are written as they are."""
    if name in contents:
        value = contents[name]
        path.write_bytes(
            value if isinstance(value, bytes) else (value if isinstance(value, str) else dump(value)).encode()
        )


def save_checkpoint(path: Path, epoch: int, spec: DataSpec) -> None:
    """Write the parts of a checkpoint that a report reads."""
    path.parent.mkdir(exist_ok=True)
    ours = {"format": 1, "config": {}, "spec": spec.to_dict(), "stream": {"epoch": epoch, "done": 0}, "data": {}}
    callbacks = {"ModelCheckpoint{'monitor': 'val/acc'}": {"monitor": "val/acc"}}
    torch.save({"nnzoo": ours, "callbacks": callbacks, "global_step": epoch, "state_dict": {}}, path)


def save_picture(path: Path) -> None:
    """Write a small picture."""
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (450, 300), "white").save(path)


TRIALS = (
    {"trial": 0, "optimizer.lr": 0.1, "status": "done", "n": 2, "val/acc": 0.5, "val/best/acc_sd": 0.125},
    {"trial": 1, "optimizer.lr": 100.0, "status": "failed", "n": 0},
    {"trial": 2, "optimizer.lr": 0.01, "status": "done", "n": 2, "val/acc": 0.75, "val/best/acc_sd": 0.0625},
    {"trial": 10, "optimizer.lr": 0.2, "status": "pruned", "n": 1, "val/acc": 0.9},
)
FURTHER = {
    "test/best/acc": 0.6,
    "val/last/acc": 0.65,
    "val/best/loss": 0.6931471,
}  # metrics of all trials that are done
RECORD = {"format": 1, "command": "nnzoo train -m optimizer.lr=0.1,100,0.01,0.2", "metric": "val/acc", "examples": 144}


def make_sweep(path: Path, trials: Sequence[Mapping[str, Any]] = TRIALS, **best: Any) -> Path:
    """Write the directory of a finished sweep; best: other values in best.yaml."""
    path.mkdir(parents=True)
    rows: list[dict[str, Any]] = [dict(trial) for trial in trials]
    for row in rows:
        if row["status"] == "done":
            row |= {"val/best/acc": row["val/acc"], **FURTHER}
        row |= {"message": "", "runs": "[]"}
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (path / "sweep.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        for seed in range(max(1, row["n"])):
            run = path / f"{row['trial']:02d}-lr={row['optimizer.lr']}-seed={seed}"
            run.mkdir()
            message = {"failed": "lr is 100 & <too> large"}.get(row["status"], "")
            (run / "status.json").write_text(json.dumps({"status": row["status"], "message": message, "time": 1.0}))
    chosen = {"trial": 2, "metric": "val/acc", "value": 0.75, "command": "nnzoo train optimizer.lr=0.01 seed=0"}
    more = {"command_all_runs": "nnzoo train -m optimizer.lr=0.01 seed=0,1"}
    (path / "best.yaml").write_text(yaml.safe_dump({**chosen, **more, **best}))
    (path / "sweep.yaml").write_text(yaml.safe_dump(RECORD))
    (path / "status.json").write_text(json.dumps({"status": "done", "message": "", "time": 1.0}))
    save_picture(path / "figures" / "history.png")
    return path
