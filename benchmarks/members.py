"""Vectorized sweeps: many small networks at once, against one run after another.

Two comparisons of 64 members: a run of them against a run of the plain launcher (`sweep.workers=0`), each from its
config to its results, and a step of a member against a step of the plain loop (`training.py`). Our training is as
`sweep=vectorized` does it: metrics of each epoch to TensorBoard and `metrics.csv`, checkpoints; validation is off.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnzoo.sweeps.execute import Executor
from nnzoo.sweeps.job import Job, Setup
from nnzoo.sweeps.vectorized import Vectorized
from nnzoo.training.members.group import Group

import training

MEMBERS, LAUNCHED, REPEATS = 64, 3, 3
EXAMPLES = 1000
SMALL = Path(tempfile.gettempdir()) / "nnzoo-bench-members.npz"


@dataclass(frozen=True)
class Members:
    """A sweep over seeds. targets: least factors against the plain loop and, unless None, the launcher."""

    name: str
    overrides: tuple[str, ...]
    epochs: int
    target: float
    launcher_target: float | None = None

    @property
    def all_overrides(self) -> tuple[str, ...]:
        """The overrides of each run."""
        return (*self.overrides, f"trainer.max_epochs={self.epochs}", "trainer.limit_val_batches=0", "evaluate=[test]")


CASES = [
    Members(
        "MLP 16-32-2, batch 32",
        ("model=mlp", "model.hidden=[32]", "data=array", f"data.path={SMALL}", "data.val=0", "optimizer=sgd"),
        epochs=20,
        target=10,
        launcher_target=100,
    ),
    Members(
        "MLP 4-8-2 on consecutive ones, full batch",
        ("model=mlp", "model.hidden=[8]", "data=consecutive_ones", "loader.batch_size=16", "init=he", "optimizer=adam"),
        epochs=200,
        target=10,
        launcher_target=100,
    ),
    Members(
        "MLP 64-32-10 on digits, batch 32",
        ("model=mlp", "model.hidden=[32]", "data=digits", "data.size=8", "loader.batch_size=32", "optimizer=sgd"),
        epochs=10,
        target=8,
    ),
    Members(
        "MLP 784-32-10 on MNIST, batch 100",
        ("model=mlp", "model.hidden=[32]", "data=mnist", "data.train=2000", "loader.batch_size=100", "optimizer=sgd"),
        epochs=2,
        target=1.5,
    ),
]


class Times:
    """Takes the seconds that a group trains, logging between epochs included."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self) -> None:
        """Measure the training of all groups."""
        original = Group.train

        def train(group: Group) -> Iterator[Any]:
            start = time.perf_counter()
            yield from original(group)
            self.seconds += time.perf_counter() - start

        Group.train = train  # type: ignore[method-assign, assignment]


def jobs(folder: Path, number: int) -> list[Job]:
    """Return the runs of so many seeds."""
    shutil.rmtree(folder, ignore_errors=True)
    found = []
    for seed in range(number):
        (folder / str(seed)).mkdir(parents=True)
        found.append(Job(seed, {}, (f"seed={seed}",), folder / str(seed), False, "train/loss", False))
    return found


def members(case: Members, folder: Path, times: Times) -> tuple[float, float]:
    """Return seconds a run, and seconds of training a run."""
    pool = Vectorized(Setup(case.all_overrides, None), lambda *_: False, print_line=lambda _: None)
    for job in jobs(folder, MEMBERS):
        pool.submit(job)
    times.seconds, start = 0.0, time.perf_counter()
    ended = [outcome.status for _, outcome in pool.ended()]
    seconds = time.perf_counter() - start
    assert ended == ["done"] * MEMBERS, ended
    assert times.seconds, "no group was trained"
    return seconds / MEMBERS, times.seconds / MEMBERS


def launched(case: Members, folder: Path) -> float:
    """Return seconds a run of the launcher that trains one run after another."""
    executor = Executor(Setup(case.all_overrides, None))
    first, *rest = jobs(folder, 1 + LAUNCHED)
    executor.execute(first, lambda *_: False)
    start = time.perf_counter()
    for job in rest:
        assert executor.execute(job, lambda *_: False).status == "done"
    return (time.perf_counter() - start) / LAUNCHED


def measure(case: Members) -> dict[str, Any]:
    """Return the medians of one case; members and plain loops take turns."""
    loop = training.Case(case.name, case.all_overrides, epochs=case.epochs, target=case.target)
    times = Times()
    original = Group.train
    times.watch()
    try:
        with tempfile.TemporaryDirectory() as directory:
            folder = Path(directory)
            data, _ = training.prepared(loop)
            members(case, folder, times)
            found = [(*members(case, folder, times), training.loop(loop, data) * case.epochs) for _ in range(REPEATS)]
            launcher = launched(case, folder) if case.launcher_target else None
    finally:
        Group.train = original  # type: ignore[method-assign]
    steps = case.epochs * -(-len(data.splits["train"]) // training.batch_size(loop))
    whole, trained, plain = (statistics.median(column) for column in zip(*found, strict=True))
    result = {
        "case": case.name,
        "members": MEMBERS,
        "loop_us": 1e6 * plain / steps,
        "member_us": 1e6 * trained / steps,
        "factor": statistics.median(one / other for _, other, one in found),
        "target": case.target,
        "run_ms": 1e3 * whole,
        "setup_ms": 1e3 * (whole - trained),
    }
    if launcher is not None:
        result |= {
            "launcher_ms": 1e3 * launcher,
            "launcher_factor": launcher / whole,
            "launcher_target": case.launcher_target,
        }
    return result


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results of all cases, as they come."""
    training.small_data(SMALL, EXAMPLES)
    try:
        for case in CASES:
            yield measure(case)
    finally:
        SMALL.unlink()


if __name__ == "__main__":
    for each in all_cases():
        print(each, flush=True)
