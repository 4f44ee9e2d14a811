"""The scenario of runs from others: each is changed by an attack, then used by the commands that read runs.

`python benchmarks/hostile_runs.py FIRST LAST` plays some of them and prints what fails.
"""

import hashlib
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from forked import Ended, in_process
from hostile import ATTACKS
from nnzoo import api  # noqa: F401
from nnzoo.reports import facts  # noqa: F401
from scenario import Report, Scenario

RUNS = 300
SECONDS, MEMORY = 10.0, 1 << 30  # of CPU time, and bytes of a command beyond those of its start
SECRET = "secret-of-the-environment"
TINY = ("trainer.max_epochs=1", "trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "logger=default")
BASES = (
    ("model=mlp", "model.hidden=[4]", "data=iris", "scheduler=cosine", "callbacks=early_stopping"),
    (
        "model=gru",
        "model.hidden=4",
        "data=digits",
        "data.size=8",
        "trainer.limit_train_batches=3",
        "optimizer=momentum",
    ),
)


def set_secret() -> None:
    """Set the environment variable that no command may read."""
    os.environ["SECRET"] = SECRET


def commands(run: Path, generator: random.Random) -> Iterator[list[str]]:
    """Yield commands that read a run; each begins with the run as the attack left it."""
    yield ["train", f"resume={run}", "trainer.max_epochs=2"]
    table = run.parent / "inputs.npy"
    yield generator.choice(
        [
            ["rerun", f"run={run}"],
            ["evaluate", f"run={run}"],
            ["predict", f"run={run}", f"input={table}", f"output={run.parent / 'predicted.csv'}"],
            ["runs", "show", str(run)],
            ["runs", f"output_dir={run.parent}"],
            ["report", f"run={run}"],
        ]
    )


def digest_of(folder: Path) -> str:
    """Return a checksum of the names and contents of a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path.relative_to(folder)}\0".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def failures(ended: Ended, folder: Path, victim: str) -> Iterator[str]:
    """Yield the requirements that do not hold after a command."""
    lines = [line for line in ended.errors.splitlines() if line.startswith("nnzoo: ") and "nnzoo: note: " not in line]
    if ended.hung or ended.seconds > SECONDS:
        yield f"took {ended.seconds:.0f} s"
    elif ended.code not in (0, 2) and (ended.code != 1 or lines):  # a run whose loss becomes NaN ends with 1
        yield f"exit code {ended.code}: {ended.errors.strip()[-300:]}"
    elif "Traceback" in ended.errors or (ended.code == 2 and len(lines) != 1):  # progress is written there, too
        yield f"{len(lines)} lines of errors: {ended.errors.strip()[-300:]}"
    if ended.memory > MEMORY:
        yield f"took {ended.memory >> 20} MiB"
    if digest_of(folder / "victim") != victim:
        yield "wrote, deleted or executed outside of the run"
    allowed = {"victim", "inputs.npy", "predicted.csv", "index.html"}
    others = [path.name for path in folder.iterdir() if not (path / "config.yaml").exists()]
    if strays := [name for name in others if name not in allowed and not name.startswith("run")]:
        yield f"left {strays}"
    if any(SECRET in str(path) or SECRET in text_of(path) for path in folder.rglob("*") if path.is_file()):
        yield "read the environment"


def text_of(path: Path) -> str:
    """Return the text of a regular file of moderate size."""
    return "" if path.is_symlink() or path.stat().st_size > 1 << 22 else path.read_text(errors="replace")


def make_bases(folder: Path) -> list[Path]:
    """Train the runs that are attacked."""
    found = []
    for place, settings in enumerate(BASES):
        parent = folder / f"base{place}"
        parent.mkdir()
        ended = in_process(["train", *settings, *TINY, f"output_dir={parent / 'outputs'}"], parent)
        assert ended.code == 0, ended.errors
        found.append(next((parent / "outputs").glob("*/*")))
    return found


def attack(number: int, bases: list[Path], folder: Path) -> tuple[str, list[str], Counter[int]]:
    """Play one attack; return what it did, the failures, and how often each exit code occurred."""
    generator = random.Random(number)
    name = generator.choices(list(ATTACKS), [share for _, share in ATTACKS.values()])[0]
    base, seed = generator.choice(bases), generator.random()
    wrong, codes, what = [], Counter[int](), ""
    for args in commands(folder / "run", generator):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "victim" / "inside").mkdir(parents=True)
        (folder / "victim" / "kept.ckpt").write_text("text")
        (folder / "inputs.npy").write_bytes((base.parents[2] / "inputs.npy").read_bytes())
        run = Path(shutil.copytree(base, folder / "run"))
        what = f"{name}: {ATTACKS[name][0](run, random.Random(seed))}"
        victim = digest_of(folder / "victim")
        ended = in_process(args, folder, set_secret)
        codes[ended.code] += 1
        wrong += [f"{args[0]}: {failure}" for failure in failures(ended, folder, victim)]
    return what, wrong, codes


def attack_many(numbers: range, folder: Path, report: Report) -> None:
    """Play attacks of these numbers, which are also their seeds."""
    torch.set_num_threads(1)
    bases = make_bases(folder)
    inputs = {0: torch.zeros(2, 4), 1: torch.zeros(2, 1, 8, 8)}
    for place, base in enumerate(bases):
        save_inputs(base.parents[2] / "inputs.npy", inputs[place])
    kinds, codes, failed = Counter[str](), Counter[int](), 0
    for number in numbers:
        what, wrong, ended = attack(number, bases, folder / "attack")
        kinds[what.partition(":")[0]] += 1
        codes += ended
        failed += bool(wrong)
        report.require(not wrong, f"attack {number} ({what}): {'; '.join(wrong)}")
        if wrong:
            print(f"{number} {what}\n    " + "\n    ".join(wrong), flush=True)
    report.count(f"{len(numbers)} runs ({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))})")
    ends = f"{codes[2]} refused in one line, {codes[0]} unaffected, {codes[1]} diverged"
    report.count(f"{codes.total()} commands: {ends}")
    report.count(f"{failed} with another outcome")


def save_inputs(path: Path, values: torch.Tensor) -> None:
    """Write examples to predict."""
    import numpy as np

    np.save(path, values.numpy())


def hostile_runs(folder: Path, report: Report) -> None:
    """Runs and checkpoints that were changed on purpose."""
    attack_many(range(RUNS), folder, report)


SCENARIOS = (
    Scenario(
        "hostile runs",
        f"{RUNS} runs and checkpoints changed on purpose, each resumed, then evaluated, rerun, shown or used",
        "nothing written outside of the run, nothing executed, environment not read, one line and exit code 2 or no "
        "effect, within 10 s of CPU time and 1 GiB",
        hostile_runs,
    ),
)

if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        attack_many(range(*map(int, sys.argv[1:3])), Path(place).resolve(), report)
    print("; ".join(report.counted))
    sys.exit(bool(report.failures))
