"""The scenario of mistaken commands: lines out of the grammar, most of them wrong, and how each of them ends.

`python benchmarks/fuzz.py FIRST LAST` plays the lines of these numbers and prints a table of the failures by their
kind, each with the shortest line; `python benchmarks/fuzz.py LINE` plays one line, as text.
"""

import re
import resource
import shlex
import shutil
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torchmetrics  # noqa: F401
from forked import Ended, in_process
from grammar import line
from nnzoo import api  # noqa: F401
from nnzoo.reports import facts  # noqa: F401
from scenario import Report, Scenario
from small_runs import TABLE, TINY

LINES = 1000
SECONDS = 30.0  # of CPU time
MEMORY = 4 << 30  # bytes of address space beyond those of the start: a line that asks for more is told so
OF_FAULT = re.compile(r"(\w+): [^\n]*a bug in nnzoo")
BASES = {
    "RUN": ("data=iris", "model=mlp", "model.hidden=[4]"),
    "CODES": ("data=iris", "model=autoencoder"),
    "TEXT": ("data=char_text", "data.path=text.txt", "model=gru", "model.hidden=4"),
    "SWEEP": ("data=iris", "model=mlp", "model.hidden=[4],[5]", "-m", "sweep.workers=0"),
}


def isolate() -> None:
    """Forbid connections, and limit the memory of this process."""
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse  # type: ignore[assignment]
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def refuse(*_: object, **__: object) -> None:
    """Raise the error of a machine without a network."""
    raise OSError(101, "Network is unreachable")


def make_bases(folder: Path) -> None:
    """Write the runs and files that the lines name into a folder."""
    folder.mkdir()
    (folder / "table.csv").write_text(TABLE)
    (folder / "empty.csv").write_text("")
    (folder / "text.txt").write_text("the cat sat on the mat and the dog sat on the cat.\n" * 40)
    np.save(folder / "tokens.npy", np.arange(40, dtype=np.uint16).reshape(4, 10))
    for name, settings in BASES.items():
        ended = in_process(["train", *settings, *TINY, "trainer.max_epochs=1", f"output_dir={name.lower()}"], folder)
        assert ended.code == 0, ended.errors
        found = next((folder / name.lower()).glob("sweeps/*" if name == "SWEEP" else "*/*"))
        shutil.move(found, folder / name)
        shutil.rmtree(folder / name.lower())


def files_of(folder: Path) -> dict[str, int]:
    """Return the files and folders below a folder, with their sizes."""
    return {str(path.relative_to(folder)): path.lstat().st_size * path.is_file() for path in folder.rglob("*")}


def failures(ended: Ended, before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    """Yield the kinds of failures of a line; the part after a colon varies within a kind."""
    text = ended.errors.strip()
    lines = [each for each in text.splitlines() if not each.startswith("nnzoo: note: ")]
    if ended.hung or ended.seconds > SECONDS:
        yield f"time: {ended.seconds:.0f} s"
    elif "a bug in nnzoo" in text:
        yield f"fault of ours, {OF_FAULT.findall(text)[-1]}: {text[-300:]}"
    elif "Traceback" in text:
        yield f"traceback: {text[-300:]}"
    elif ended.code not in (0, 1, 2):
        yield f"exit code {ended.code}: {text[-300:]}"
    elif ended.code == 2 and (len(lines) != 1 or not lines[0].startswith("nnzoo: ")):
        yield f"{len(lines)} lines of errors: {text[-500:]}"
    elif ended.code != 2 and any("Warning: " in each for each in lines):
        yield f"warning of a library: {text[-300:]}"
    if ended.code == 2 and (strays := sorted(after.keys() - before.keys())):
        yield f"left something: {strays[0][:80]} and {len(strays) - 1} more"
    if lost := [name for name, size in before.items() if size and not after.get(name)]:
        yield f"lost: {lost}"


def play(args: list[str], bases: Path, folder: Path) -> tuple[Ended, list[str]]:
    """Run a line in a copy of the folder of the bases; return its end and the failures."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(bases, folder)
    before = files_of(folder)
    ended = in_process(args, folder, isolate)
    return ended, list(failures(ended, before, files_of(folder)))


def shortened(args: list[str], kind: str, bases: Path, folder: Path) -> list[str]:
    """Return a line with as few arguments that fails in the same way."""
    for each in args[1:]:
        fewer = [other for other in args if other is not each]
        if any(found.partition(":")[0] == kind for found in play(fewer, bases, folder)[1]):
            args = fewer
    return args


def fuzz(numbers: range, folder: Path, report: Report, *, shorten: bool = False) -> None:
    """Play the lines of these numbers. shorten: print the failures and find short lines for them."""
    torch.set_num_threads(1)
    make_bases(folder / "bases")
    codes, kinds, shortest = Counter[int](), Counter[str](), dict[str, tuple[list[str], str]]()
    slowest, begin = 0.0, time.monotonic()
    for number in numbers:
        args = line(number)
        ended, wrong = play(args, folder / "bases", folder / "work")
        codes[ended.code] += 1
        slowest = max(slowest, ended.seconds)
        for found in wrong:
            kind = found.partition(":")[0]
            kinds[kind] += 1
            report.require(False, f"line {number} ({shlex.join(args)}): {found}")
            if shorten:
                args = shortened(args, kind, folder / "bases", folder / "work")
                print(f"{number} {shlex.join(args)}\n    {found}", flush=True)
            if kind not in shortest or len(str(args)) < len(str(shortest[kind][0])):
                shortest[kind] = args, found
    count = len(numbers)
    report.count(f"{count} lines: {codes[2]} refused in one line, {codes[0]} carried out, {codes[1]} failed runs")
    report.count(f"at most {slowest:.0f} s of CPU time, {(time.monotonic() - begin) / count:.1f} s on average")
    report.count(f"{len({text.partition('(')[0] for text in report.failures})} ended badly")
    for kind, times in kinds.most_common():
        print(f"{times:4d}  {kind}: nnzoo {shlex.join(shortest[kind][0])}", flush=True)


def fuzzed_lines(folder: Path, report: Report) -> None:
    """Lines with mistakes in them."""
    fuzz(range(LINES), folder, report)


SCENARIOS = (
    Scenario(
        "fuzzed command lines",
        f"{LINES} lines out of the grammar of all commands, most with a mistake: values of a wrong kind, huge "
        "numbers, quotation marks, flags, paths, missing arguments",
        "exit code 0, 1 for a failed run, or 2 with one line of errors and nothing left behind; "
        f"within {SECONDS:.0f} s of CPU time",
        fuzzed_lines,
    ),
)

if __name__ == "__main__":
    report = Report()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        top = Path(place).resolve()
        if len(sys.argv) == 2:
            make_bases(top / "bases")
            ended, wrong = play(shlex.split(sys.argv[1]), top / "bases", top / "work")
            print(ended.errors, f"exit code {ended.code}, {ended.seconds:.1f} s", *wrong, sep="\n")
            sys.exit(bool(wrong))
        fuzz(range(*map(int, sys.argv[1:3])), top, report, shorten=True)
    print("; ".join(report.counted))
    sys.exit(bool(report.failures))
