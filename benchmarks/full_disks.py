"""The scenario of a disk that becomes full at many points of a command.

`python benchmarks/full_disks.py FIRST LAST` plays the points of these numbers, which are also their seeds.
"""

import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from forked import in_process
from nnzoo import api  # noqa: F401
from nnzoo.reports import facts  # noqa: F401
from resources import fill, small_disk
from scenario import Report, Scenario
from small_runs import TRAIN, make

POINTS = 20
COMMANDS = {  # each writes to the disk only
    "train": [*TRAIN, "trainer.max_epochs=2"],
    "sweep": [*TRAIN, "trainer.max_epochs=2", "seeds=2", "sweep.workers=0"],
    "rerun": ["rerun", "run=run"],
    "report": ["report", "run=run"],
    "predict": ["predict", "run=run", "input=table.csv"],
}


def used(disk: Path) -> int:
    """Return the number of bytes in use on a disk."""
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def prepare(disk: Path, made: Path) -> None:
    """Leave nothing on a disk but the trained run and the table."""
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(made, disk, dirs_exist_ok=True)


def leave(disk: Path, size: int) -> None:
    """Fill a disk but for some bytes."""
    with (disk / "filler").open("wb") as file:
        found = os.statvfs(disk)
        file.write(bytes(max(0, found.f_bavail * found.f_frsize - size)))
    if not size:
        fill(disk / "filler2")


def results(folder: Path) -> list[dict[str, float]]:
    """Return the results of the finished runs in a folder."""
    return sorted((json.loads(file.read_text()) for file in folder.rglob("results.json")), key=str)


def fill_at(numbers: range, folder: Path, report: Report) -> None:
    """Play the points of these numbers."""
    torch.set_num_threads(1)
    made = folder / "made"
    make(made, "trainer.max_epochs=2")
    with small_disk(folder / "disk") as disk:
        sizes, expected = {}, {}
        for name, args in COMMANDS.items():
            prepare(disk, made)
            before = used(disk)
            ended = in_process(args, disk)
            assert ended.code == 0, ended.errors
            sizes[name], expected[name] = used(disk) - before, results(disk)
        stopped = 0
        for number in numbers:
            generator, name = random.Random(number), list(COMMANDS)[number % len(COMMANDS)]
            share = generator.random()
            prepare(disk, made)
            leave(disk, int(share * sizes[name]))
            ended = in_process(COMMANDS[name], disk)
            where = f"point {number} ({name}, {share:.0%} of its space)"
            stopped += ended.code != 0
            lines = [line for line in ended.errors.splitlines() if line.startswith("nnzoo: ")]
            wrong = "Traceback" in ended.errors or "a bug in nnzoo" in ended.errors or ended.hung
            right = (ended.code == 2 and len(lines) == 1) or ended.code == 0 or (ended.code == 1 and name == "sweep")
            report.require(right and not wrong, f"{where}: exit code {ended.code}: {ended.errors.strip()[-300:]}")
            for filler in disk.glob("filler*"):
                filler.unlink()
            ended = in_process(COMMANDS[name], disk)
            report.require(ended.code == 0, f"{where}, space freed: {ended.errors.strip()[-300:]}")
            found = results(disk)
            report.require(all(each in found for each in expected[name]), f"{where}, space freed: other results")
        report.count(f"{len(numbers)} points, {', '.join(COMMANDS)}; {stopped} commands stopped")


def full_disks(folder: Path, report: Report) -> None:
    """A disk that becomes full at random points."""
    fill_at(range(POINTS), folder, report)


SCENARIOS = (
    Scenario(
        "disk full at many points",
        f"{POINTS} times, a random share of the space that a command needs: {', '.join(COMMANDS)}; space is freed, the "
        "same command again",
        "one line and exit code 2 (1 for failed runs of a sweep); then the results of an undisturbed command",
        full_disks,
    ),
)

if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="full-disks-") as place:
        fill_at(range(*map(int, sys.argv[1:3])), Path(place).resolve(), report)
    print("; ".join(report.counted), *report.failures, sep="\n")
    sys.exit(bool(report.failures))
