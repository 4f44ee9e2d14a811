"""Training steps on devices against a plain PyTorch loop in float32.

On CUDA they are taken as they are, as CUDA graphs, in bf16, with the channels last and in TF32; on the CPU in bf16 and
with the channels last.

`python benchmarks/devices.py [JSON]` measures alone. Every figure is a ratio within this run.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.data.base import Data
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.environment import commit
from nnzoo.training import trainers
from nnzoo.training.checks import check
from nnzoo.training.device_settings import matmul_precision
from nnzoo.training.plan import Plan
from nnzoo.training.schedules import run_length

from training import EpochTimes, plain_loss


@dataclass(frozen=True)
class Case:
    """A network, its data and its batches. warm: epochs before the clock starts; cpu: whether the CPU measures it."""

    name: str
    overrides: tuple[str, ...]
    epochs: int
    warm: int = 1
    cpu: bool = False


REPEATS = 3
CASES = [
    Case("MLP 64-128-10 on digits, batch 32", ("model=mlp", "model.hidden=[128]", "data=digits"), 6),
    Case(
        "LSTM of 32 units on embedded Reber strings, full batch",
        ("model=lstm", "model.hidden=32", "data=embedded_reber", "loader.batch_size=400"),
        60,
        warm=6,
    ),
    Case(
        "LeNet-5 on random 28x28 images, batch 256",
        ("model=lenet5", "data=array", "data.path={images}", "loader.batch_size=256"),
        3,
        cpu=True,
    ),
    Case(
        "convolutional autoencoder, 64 and 64 channels, on random 28x28 images, batch 64",
        (
            "model=conv_autoencoder",
            "model.channels=[64,64]",
            "data=array",
            "data.path={images}",
            "loader.batch_size=64",
        ),
        1,
        cpu=True,
    ),
    Case(
        "MLP 784-2048-2048-10 on random images, batch 1024",
        ("model=mlp", "model.hidden=[2048,2048]", "data=array", "data.path={images}", "loader.batch_size=1024"),
        5,
        cpu=True,
    ),
]
VARIANTS: dict[str, tuple[str, ...]] = {
    "ours": ("trainer.channels_last=false",),
    "graphs": ("trainer.cuda_graphs=true", "trainer.channels_last=false"),
    "bf16": ("trainer.precision=bf16-mixed", "trainer.channels_last=false"),
    "channels last": ("trainer.channels_last=true",),
    "bf16, channels last": ("trainer.precision=bf16-mixed", "trainer.channels_last=true"),
    "TF32": ("trainer.matmul_precision=high", "trainer.channels_last=false"),
    "graphs, bf16": ("trainer.cuda_graphs=true", "trainer.precision=bf16-mixed", "trainer.channels_last=false"),
}
EXAMPLES = {"cuda": 40960, "cpu": 1280}  # four fifths of them are trained on


def random_images(folder: Path, examples: int) -> Path:
    """Write random images and classes."""
    import numpy as np

    generator = np.random.default_rng(0)
    path = folder / "images.npz"
    x = generator.random((examples, 1, 28, 28)).astype("float32")
    np.savez(path, x=x, y=generator.integers(10, size=examples))
    return path


def planned(case: Case, data: Data | None, *further: str) -> Plan:
    """Return the plan of a run without validation. Raises UserError if the settings do not fit."""
    fixed = ("data.val=0", "optimizer=adam", "trainer.limit_val_batches=0", "evaluate=[]")
    config = plain(compose([*case.overrides, *fixed, f"trainer.max_epochs={case.epochs + case.warm}", *further]))
    data = data or build_data(config)
    plan = Plan(config, data, build_task(config, data))
    check(plan)
    return plan


def ours(case: Case, data: Data, *further: str) -> float:
    """Return seconds an epoch of a run as the command line makes it, without figures."""
    plan = planned(case, data, *further)
    with tempfile.TemporaryDirectory() as directory, trainers.quiet_lightning():
        plan.task.cursor = plan.cursor()
        plan.task.length = run_length(plan.trainer, plan.task.cursor.steps_in_epoch)
        trainer = trainers.build(plan, RunDirectory(Path(directory)))
        times = EpochTimes()
        used: list[Any] = trainer.callbacks  # type: ignore[attr-defined]
        used[:] = [times, *(c for c in used if type(c).__name__ != "Figures")]
        with matmul_precision(plan.trainer.matmul_precision):
            trainer.fit(plan.task, plan.task.cursor)
    return (times.marks[-1] - times.marks[case.warm]) / case.epochs


def loop(case: Case, data: Data, device: torch.device) -> float:
    """Return seconds an epoch of a plain PyTorch loop whose data lies on the device and which logs nothing."""
    task = planned(case, data).task
    net, split = task.net.to(device).train(), data.splits["train"].batch().to(device)
    size = min(planned(case, data).batch_size, len(split.x))
    x = split.x if data.transform is None else data.transform(split.x)
    optimizer, start = task.make_optimizer(net.parameters()), 0.0
    for epoch in range(case.warm + case.epochs):
        if epoch == case.warm:
            synchronize(device)
            start = time.perf_counter()
        order = torch.randperm(len(x), device=device) if size < len(x) else None
        for begin in range(0, len(x), size):
            rows: Any = ... if order is None else order[begin : begin + size]
            batch, y = x[rows], split.y[rows]
            optimizer.zero_grad()
            mask = split.mask if order is None else None
            plain_loss(net, batch, batch.flatten(1) if data.spec.target == "input" else y, mask).backward()
            optimizer.step()
    synchronize(device)
    return (time.perf_counter() - start) / case.epochs


def synchronize(device: torch.device) -> None:
    """Wait for the work of a device."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure(case: Case, device: torch.device) -> dict[str, Any]:
    """Return the medians of one case in us per step; the sides take turns, so that a slow moment hits all of them."""
    accelerator = f"trainer.accelerator={device.type}"
    data = planned(case, None, accelerator).data
    sides: dict[str, tuple[str, ...]] = {}
    refused = {}
    for name, settings in VARIANTS.items():
        try:
            planned(case, data, accelerator, *settings)
            sides[name] = settings
        except UserError as error:
            refused[name] = str(error)
    times: dict[str, list[float]] = {name: [] for name in ("plain", *sides)}
    for _ in range(REPEATS):
        times["plain"].append(loop(case, data, device))
        for name, settings in sides.items():
            times[name].append(ours(case, data, accelerator, *settings))
    size = min(planned(case, data).batch_size, len(data.splits["train"]))
    steps = -(-len(data.splits["train"]) // size)
    medians = {name: 1e6 * statistics.median(values) / steps for name, values in times.items()}
    return {
        "case": case.name,
        "steps": steps,
        "us_per_step": medians,
        "to_plain": {name: value / medians["plain"] for name, value in medians.items() if name != "plain"},
        "refused": refused,
    }


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results of all cases of this machine's device, as they come."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with tempfile.TemporaryDirectory() as folder:
        images = random_images(Path(folder), EXAMPLES[device.type])
        for case in CASES:
            if device.type == "cuda" or case.cpu:
                yield measure(
                    replace(case, overrides=tuple(each.format(images=images) for each in case.overrides)), device
                )


def row(found: dict[str, Any]) -> dict[str, Any]:
    """Return a case as a row of a table: us of a step of the plain loop, and the ratios to it."""
    return {"case": found["case"], "plain": found["us_per_step"]["plain"], **found["to_plain"]}


def instructions() -> list[str]:
    """Return the instructions of the processor that matter here."""
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    return [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {name}" in flags]


def machine() -> dict[str, Any]:
    """Return the device, the instructions of the processor, and the version of torch."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    return {"device": device, "instructions": instructions(), "torch": torch.__version__}


if __name__ == "__main__":
    results = []
    for found in all_cases():
        results.append(found)
        ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found["to_plain"].items())
        print(f"{found['case']}: plain {found['us_per_step']['plain']:.0f} us a step; of it: {ratios}", flush=True)
        for name, reason in found["refused"].items():
            print(f"    {name}: {reason}", flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(
            json.dumps({"machine": machine() | {"commit": commit()}, "cases": results}, indent=2)
        )
    print(json.dumps(machine()))
