"""Scenarios of single runs: killed at random moments, and resumed by several processes at once.

`python benchmarks/kills.py FIRST LAST` kills the runs of some configs, by their numbers, and prints what fails.
"""

import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from forked import Forked
from nnzoo.runs.checkpoint import Checkpoint
from nnzoo.runs.directory import WHICH, RunDirectory
from nnzoo.runs.lock import is_active
from scenario import Report, Scenario
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from torch import Tensor

logging.getLogger("tensorboard").setLevel(logging.ERROR)
KILLS = 4  # of each run
RACES, MANY = 10, 8  # rounds of processes that resume one run, and processes at once in the last rounds
ATTEMPTS = 4  # to kill a run so often
COMMON = (
    *("trainer.accelerator=cpu", "trainer.threads=1", "trainer.steps_per_slice=7"),
    *("callbacks.last.every_seconds=0", "~callbacks.figures"),
)
FEW = ("trainer.max_epochs=6", "trainer.limit_train_batches=20", "loader.batch_size=16")
RUNS = (
    ("model=mlp", "data=digits", *FEW),
    ("model=mlp", "model.dropout=0.3", "data=digits", "optimizer=momentum", "scheduler=cosine", *FEW),
    ("model=mlp", "data=digits", "optimizer=adamw", "scheduler=warmup", "trainer.gradient_clip_val=1", *FEW),
    ("model=mlp", "data=digits", "optimizer=rmsprop", "scheduler=plateau", *FEW),
    ("model=mlp", "data=digits", "callbacks=ema", "optimizer=sgd", "scheduler=step", *FEW),
    ("model=mlp", "data=digits", "callbacks=swa", "callbacks.swa.start_epoch=2", "optimizer=adagrad", *FEW),
    ("model=mlp", "data=digits", "callbacks=early_stopping", "trainer.accumulate_grad_batches=2", *FEW),
    ("model=mlp", "data=digits", "transforms=[shift,standardize]", "optimizer=adadelta", *FEW),
    ("model=lenet5", "data=digits", *FEW),
    ("model=maxout_mlp", "data=wine", "trainer.max_epochs=60"),
    ("model=softmax_regression", "data=iris", "trainer.max_epochs=60", "seed=3"),
    ("model=linear_svm", "data=breast_cancer", "trainer.max_epochs=30"),
    ("model=perceptron", "data=breast_cancer", "trainer.max_epochs=30"),
    ("model=autoencoder", "data=digits", *FEW),
    ("model=vae", "data=digits", *FEW),
    ("model=gan", "data=ring", "trainer.max_epochs=30"),
    ("model=rbm", "data=digits", "loss=bce", *FEW),
    ("model=rnn", "data=three_ones", "trainer.max_epochs=20"),
    ("model=lstm", "model.hidden=8", "data=embedded_reber", *FEW),
    ("model=gru", "model.hidden=8", "data=adding", *FEW),
    ("model=gru", "model.hidden=8", "data=char_text", "data.path=text.txt", "trainer.max_epochs=6"),
    ("model=seq2seq", "data=reverse", "model.cell.hidden=8", *FEW),
    ("model=matrix_factorization", "data=toy_ratings", "trainer.max_epochs=200"),
    ("model=deepwalk", "data=karate", "trainer.max_epochs=2"),
    ("model=scrn", "data=reber", *FEW, "trainer.max_epochs=12"),
)


def command(settings: tuple[str, ...], outputs: str) -> list[str]:
    """Return the arguments that train a config."""
    return ["train", *settings, *COMMON, f"output_dir={outputs}"]


def only(folder: Path) -> RunDirectory:
    """Return the run in a folder of outputs."""
    (found,) = folder.glob("*/*/config.yaml")
    return RunDirectory(found.parent)


def kill_run(settings: tuple[str, ...], folder: Path, generator: random.Random, report: Report) -> int:
    """Kill a run after random checkpoints, resume it to the end, and compare; return the kills.

    A run that ends before it was killed often enough is trained once more.
    """
    (folder / "text.txt").write_text("the cat sat on the mat, and the dog ate all of it. " * 200)
    whole = Forked(command(settings, "whole"), folder)
    wait_for_checkpoint(whole, folder / "whole", 0)
    begin = time.monotonic()
    if code := whole.wait():
        report.require(False, f"{' '.join(settings)}: exit code {code}: {whole.lines}")
        return 0
    longest, killed = (time.monotonic() - begin) / KILLS, 0
    for attempt in range(ATTEMPTS):
        outputs = folder / f"killed{attempt}"
        running = Forked(command(settings, outputs.name), folder)
        while killed < KILLS:
            wait_for_checkpoint(running, outputs, time.time())
            time.sleep(generator.uniform(0, longest))
            if not running.kill():
                break
            killed += 1
            run = only(outputs)
            report.require(not is_active(run), f"{' '.join(settings)}: the lock outlives its process")
            running = Forked(["train", f"resume={run.path}"], folder)
        code = running.wait()
        report.require(code == 0, f"{' '.join(settings)}: exit code {code}: {running.lines}")
        for difference in differences(only(folder / "whole"), only(outputs)):
            report.require(False, f"{' '.join(settings)}: {difference}")
        if killed == KILLS:
            break
    return killed


def wait_for_checkpoint(running: Forked, outputs: Path, since: float) -> None:
    """Wait until a command has written a checkpoint after a time, or has ended."""
    while running.is_running():
        if any(path.stat().st_mtime >= since for path in outputs.glob("*/*/checkpoints/last.ckpt")):
            return
        time.sleep(0.005)


def differences(whole: RunDirectory, killed: RunDirectory) -> Iterator[str]:
    """Yield in what a run that was killed and resumed differs from an undisturbed one, and what it left behind."""
    for which in WHICH:
        files = whole.checkpoint(which), killed.checkpoint(which)
        if any(file.is_file() for file in files):
            one, other = (Checkpoint.read(file).content for file in files)
            for key in ("state_dict", "optimizer_states", "lr_schedulers", "global_step"):
                if not same(one[key], other[key]):
                    yield f"{key} of {which}.ckpt differs"
    for read in (RunDirectory.status, RunDirectory.results, lambda run: run.metrics_file.read_text()):
        if not same(read(whole), read(killed)):
            yield f"{read(whole)} and {read(killed)}"[:200]
    if drafts := [path.name for path in killed.path.rglob(".*")]:
        yield f"left {drafts}"
    curves = [curves_of(run) for run in (whole, killed)]
    if curves[0] != curves[1]:
        yield "other curves in TensorBoard"


def curves_of(run: RunDirectory) -> dict[str, list[tuple[int, float]]]:
    """Return the curves of a run as TensorBoard's reader in Python has them, and its text and layout."""
    read = EventAccumulator(str(run.path), {"tensors": 0}).Reload()
    tags = [tag for tag in read.Tags()["tensors"] if tag.startswith(("curves/", "best/", "config/", "custom_scalars"))]
    return {tag: [(event.step, value_of(event)) for event in read.Tensors(tag)] for tag in tags}


def value_of(event: Any) -> float:
    """Return the number of an event, 0 for a text."""
    return next(iter(event.tensor_proto.float_val), 0.0)


def same(one: Any, other: Any) -> bool:
    """Return whether nested data are equal to the last bit."""
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and one.numpy().tobytes() == other.numpy().tobytes()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other or (one != one and other != other))


def kill_many(numbers: range, folder: Path, report: Report) -> None:
    """Kill the runs of configs of these numbers, which are also the seeds of the moments."""
    torch.set_num_threads(1)
    killed, exact = 0, 0
    for number in numbers:
        place, failures = folder / str(number), len(report.failures)
        place.mkdir()
        killed += kill_run(RUNS[number], place, random.Random(number), report)
        exact += failures == len(report.failures)
        shutil.rmtree(place)
    report.require(killed == KILLS * len(numbers), f"{killed} kills")
    report.count(f"{killed} kills of {len(numbers)} runs; {exact} equal to the undisturbed run")


def killed_runs(folder: Path, report: Report) -> None:
    """Runs that are killed at random moments."""
    kill_many(range(len(RUNS)), folder, report)


def race(processes: int, base: Path, whole: RunDirectory, folder: Path, seed: int, report: Report) -> bool:
    """Resume a copy of an unfinished run in several processes at once; return whether exactly one trained it."""
    run = RunDirectory(Path(shutil.copytree(base, folder / "run")))
    generator = random.Random(seed)
    started = []
    for number in range(processes):
        time.sleep(generator.uniform(0, 0.1))
        started.append(Forked(["train", f"resume={run.path}"], folder, f"errors{number}"))
    codes = [each.wait() for each in started]
    refused = [each for each in started if each.code == 2]
    report.require(sorted(codes) == [0] + [2] * (processes - 1), f"race {seed}: exit codes {codes}")
    for each in refused:
        line = each.lines[0] if len(each.lines) == 1 else ""
        report.require(" is active in process " in line, f"race {seed}: {each.lines}")
    for difference in differences(whole, run):
        report.require(False, f"race {seed}: {difference}")
    shutil.rmtree(run.path)
    return len(refused) == processes - 1


def races(folder: Path, report: Report) -> None:
    """One unfinished run, resumed by several processes at once."""
    race_many(range(2 * RACES), folder, report)


def race_many(numbers: range, folder: Path, report: Report) -> None:
    """Play rounds of these numbers, which are also the seeds: first of two processes, then of many."""
    torch.set_num_threads(1)
    settings = ("model=mlp", "data=digits", "trainer.max_epochs=300", "callbacks.last.every_seconds=1")
    Forked(command(settings, "whole"), folder).wait()
    running = Forked(command(settings, "killed"), folder)
    wait_for_checkpoint(running, folder / "killed", 0)
    report.require(running.kill(), "the run ended before it was killed")
    base, whole = only(folder / "killed").path, only(folder / "whole")
    for processes, rounds in ((2, numbers[: len(numbers) // 2]), (MANY, numbers[len(numbers) // 2 :])):
        once = sum(race(processes, base, whole, folder, seed, report) for seed in rounds)
        report.count(f"{processes} processes, {len(rounds)} times: exactly one trained the run {once} times")


SCENARIOS = (
    Scenario(
        "killed runs",
        f"{len(RUNS)} configs; SIGKILL {KILLS} times each, at random moments after a checkpoint; resumed",
        "weights, optimizer, metrics, results and curves of the undisturbed run to the last bit, nothing left behind",
        killed_runs,
    ),
    Scenario(
        "one run, several processes",
        f"an unfinished run resumed by 2 and by {MANY} processes at once, {RACES} times each",
        "one trains it, with the result of the undisturbed run; the others end with one line and exit code 2",
        races,
    ),
)

if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="kills-") as place:
        kill_many(range(*map(int, sys.argv[1:3])), Path(place).resolve(), report)
    print("\n".join([*report.counted, *report.failures]))
    sys.exit(bool(report.failures))
