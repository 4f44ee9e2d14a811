"""The scenario of damaged files: a file of a run is changed as by a faulty disk, then the run is used.

`python benchmarks/corruptions.py FIRST LAST` plays the corruptions of these numbers, which are also their seeds.
"""

import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from forked import Ended, in_process
from nnzoo import api  # noqa: F401
from scenario import Report, Scenario
from small_runs import make

CORRUPTIONS = 200
FILES = {  # with the share of each
    **{"checkpoints/last.ckpt": 6, "checkpoints/best.ckpt": 6, "config.yaml": 3, "results.json": 1, "status.json": 1},
    **{"metrics.csv": 1, "overrides.yaml": 1, "env.json": 1, "data.json": 1, "events": 1},
}


def flip_bit(content: bytearray, generator: random.Random) -> None:
    """Flip one bit."""
    content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)


def cut(content: bytearray, generator: random.Random) -> None:
    """Lose the end."""
    del content[generator.randrange(len(content)) :]


def clear(content: bytearray, generator: random.Random) -> None:
    """Replace a block by zeros."""
    begin = generator.randrange(len(content))
    end = min(begin + 512, len(content))
    content[begin:end] = bytes(end - begin)


def repeat(content: bytearray, generator: random.Random) -> None:
    """Replace a block by an earlier one."""
    begin = generator.randrange(len(content))
    block = content[begin // 2 : begin // 2 + 64]
    content[begin : begin + len(block)] = block


def empty(content: bytearray, generator: random.Random) -> None:
    """Lose everything."""
    content.clear()


Damage = Callable[[bytearray, random.Random], None]
DAMAGES: tuple[Damage, ...] = (flip_bit, flip_bit, flip_bit, cut, clear, repeat, empty)


def commands() -> Iterator[tuple[list[str], Callable[[Path], object]]]:
    """Yield commands, each with what reads its results."""
    resume = ["train", "resume=run", "trainer.max_epochs=2"]
    yield resume, lambda folder: json.loads((folder / "run" / "results.json").read_text())
    predict = ["predict", "run=run", "input=table.csv", "output=predicted.csv", "probabilities=true"]
    yield predict, lambda folder: (folder / "predicted.csv").read_text()


def corrupt(run: Path, generator: random.Random) -> str:
    """Damage a file of a run; return its name and the damage. The content is changed."""
    name = generator.choices(list(FILES), list(FILES.values()))[0]
    file = next(run.glob("events*")) if name == "events" else run / name
    content, damage = bytearray(file.read_bytes()), generator.choice(DAMAGES)
    while bytes(content) == file.read_bytes():
        damage(content, generator)
    file.write_bytes(content)
    return f"{name}: {damage.__name__}"


def failures(ended: Ended, same: bool) -> Iterator[str]:
    """Yield the requirements that do not hold after a command on a damaged run. same: whether its results are."""
    lines = [line for line in ended.errors.splitlines() if line.startswith("nnzoo: ")]
    if ended.hung:
        yield "does not end"
    elif "Traceback" in ended.errors or "a bug in nnzoo" in ended.errors or ended.code not in (0, 2):
        yield f"exit code {ended.code}: {ended.errors.strip()[-200:]}"
    elif ended.code == 2 and len(lines) != 1:
        yield f"{len(lines)} lines of errors"
    elif ended.code == 0 and not same and not lines:
        yield "other results, and nothing was said"


def play(number: int, base: Path, folder: Path, expected: list[object]) -> tuple[str, list[str], list[bool]]:
    """Play one corruption; return what was damaged, the failures, and whether each command named it."""
    wrong, named, what = [], [], ""
    for (args, read), result in zip(commands(), expected, strict=True):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        what = corrupt(folder / "run", random.Random(number))
        ended = in_process(args, folder)
        same = ended.code == 0 and read(folder) == result
        named.append("nnzoo: " in ended.errors)
        wrong += [f"{args[0]}: {failure}" for failure in failures(ended, same)]
    return what, wrong, named


def corrupt_many(numbers: range, folder: Path, report: Report) -> None:
    """Play corruptions of these numbers."""
    torch.set_num_threads(1)
    base = folder / "base"
    make(base, "trainer.max_epochs=1")
    expected = []
    for args, read in commands():
        shutil.copytree(base, folder / "whole")
        ended = in_process(args, folder / "whole")
        assert ended.code == 0, ended.errors
        expected.append(read(folder / "whole"))
        shutil.rmtree(folder / "whole")
    files, named, failed = Counter[str](), 0, 0
    for number in numbers:
        what, wrong, told = play(number, base, folder / "damaged", expected)
        files[what.partition(":")[0]] += 1
        named += sum(told)
        failed += bool(wrong)
        report.require(not wrong, f"corruption {number} ({what}): {'; '.join(wrong)}")
        if wrong:
            print(f"{number} {what}\n    " + "\n    ".join(wrong), flush=True)
    report.count(
        f"{len(numbers)} corruptions ({', '.join(f'{count} {name}' for name, count in sorted(files.items()))})"
    )
    count = len(expected) * len(numbers)
    report.count(f"{count} commands: {named} named the damage, {count - named} had the results of the whole run")
    report.count(f"{failed} with another outcome")


def corruptions(folder: Path, report: Report) -> None:
    """Files of a run that a faulty disk has changed."""
    corrupt_many(range(CORRUPTIONS), folder, report)


SCENARIOS = (
    Scenario(
        "corrupted files",
        f"{CORRUPTIONS} times a file of a run has a flipped bit, a lost end, a block of zeros or of other content, or "
        "no content; then the run is resumed, and used to predict",
        "one line that names the damage, or the same results as without it",
        corruptions,
    ),
)

if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="corruptions-") as place:
        corrupt_many(range(*map(int, sys.argv[1:3])), Path(place).resolve(), report)
    print("; ".join(report.counted))
    sys.exit(bool(report.failures))
