"""Plant small faults in src/, one at a time, and count those that turn a test red.

`python benchmarks/mutants.py record` runs the fast tests and keeps in outputs/mutants which functions each of them
executes (Python 3.12 or later; half an hour of one core). `python benchmarks/mutants.py run FILE --sample 200 --seed 1`
plants a random sample of faults, runs the tests of each function until one fails, appends the outcomes to FILE, and
prints a table by package. What FILE contains is not repeated, so a run that was stopped continues.

A fault is killed if a test fails that passes without it, or if the tests hang. It survives if all its tests pass
(--seconds limits them), and is not covered if no test executes its function.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mutant_tests import ROOT, Executed, file_of, stages
from mutant_tree import Tree, kill, running
from mutations import Mutation, sample

RECORDS = ROOT / "outputs" / "mutants"
MAP = "executed.json"
FIRST = 5.0  # seconds of the tests that are tried first; then the others, up to --seconds
OUTCOMES = ("killed", "survived", "not covered", "unclear")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Outcome = dict[str, Any]


class Trial:
    """Tries faults in trees of its own. Tests that fail without any fault are left out."""

    def __init__(self, executed: Executed, folder: Path, seconds: float, until: float) -> None:
        self.executed, self.folder, self.seconds, self.until = executed, folder, seconds, until
        self.own = threading.local()
        self.good: set[str] = set()  # tests that pass in an unchanged tree
        self.bad: set[str] = set()

    def tree(self) -> Tree:
        """Return the tree of this thread."""
        if not hasattr(self.own, "tree"):
            self.own.tree = Tree(self.folder / str(threading.get_ident()))
        tree: Tree = self.own.tree
        return tree

    def stop(self) -> None:
        """End soon, as at the deadline."""
        self.until = 0.0
        for pid in tuple(running):
            kill(pid)

    def examine(self, mutation: Mutation) -> Outcome | None:
        """Return the outcome of a fault, None if there is no time left."""
        begin = time.monotonic()
        if begin >= self.until:
            return None
        tests, covered = self.executed.of(mutation.file, mutation.function)
        outcome = {"outcome": "survived" if covered else "not covered", "test": None}
        number = 0
        for stage in stages(tests, (FIRST, self.seconds)):
            found = self.failing(mutation, stage)
            if found is None:
                return None
            number += len(stage)
            if found:
                outcome = {"outcome": "unclear" if found == "unclear" else "killed", "test": found}
                break
        counts = {"tests": number, "left_out": len(tests) - number}
        return asdict(mutation) | outcome | counts | {"seconds": round(time.monotonic() - begin, 1)}

    def failing(self, mutation: Mutation, stage: Sequence[Any]) -> str | None:
        """Return a test that fails because of the fault, "" if all pass, None if there is no time left."""
        for _ in range(3):
            tests = [test for test in stage if not self.bad & {test.name, file_of(test.name)}]
            if not tests:
                return ""
            with self.tree().mutated(mutation):
                result = self.tree().test(tests, stop=True, until=self.until)
            if result is None:
                return None
            if not result.failed and not result.hung:
                return ""
            if not result.hung and result.failed[0] in self.good:
                return result.failed[0]
            clean = self.tree().test(tests, stop=False, until=self.until)
            if clean is None:
                return None
            self.good |= {*clean.passed}
            self.bad |= {*clean.failed}
            if not clean.hung and (result.hung or result.failed[0] not in clean.failed):
                return "hangs" if result.hung else result.failed[0]
        return "unclear"


def table(outcomes: Sequence[Outcome]) -> str:
    """Return killed of planted by package."""
    counts = Counter((each["file"].partition("/")[0].removesuffix(".py"), each["outcome"]) for each in outcomes)
    packages = sorted({package for package, _ in counts})
    lines = [f"| package | planted | {' | '.join(OUTCOMES)} |", "|---" * (2 + len(OUTCOMES)) + "|"]
    for name, among in [*((package, {package}) for package in packages), ("all", {*packages})]:
        row = [sum(counts[package, outcome] for package in among) for outcome in OUTCOMES]
        lines.append(f"| {name} | {sum(row)} | {' | '.join(map(str, row))} |")
    return "\n".join(lines)


def read(file: Path) -> list[Outcome]:
    """Return the outcomes in a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []


def single_thread() -> None:
    """Have the processes to come compute in one thread each."""
    for name in ONE_THREAD:
        os.environ[name] = "1"


def run(options: argparse.Namespace) -> int:
    """Try the faults; return the exit code."""
    until = time.monotonic() + options.deadline
    single_thread()
    executed = Executed.load(options.map)
    chosen = sample(ROOT / "src", options.sample, options.seed)
    known = {(each["file"], each["start"], each["after"]) for each in read(options.file)}
    left = [each for each in chosen if (each.file, each.start, each.after) not in known]
    lock = threading.Lock()
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        trial = Trial(executed, Path(folder), options.seconds, until)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: trial.stop())

        def examine(mutation: Mutation) -> None:
            outcome = trial.examine(mutation)
            if outcome:
                with lock, options.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(outcome) + "\n")
                print(f"{outcome['outcome']:11} {mutation.name}  {outcome['test'] or ''}", flush=True)

        with ThreadPoolExecutor(options.workers) as pool:
            list(pool.map(examine, left))
    names = {(each.file, each.start, each.after) for each in chosen}
    outcomes = [each for each in read(options.file) if (each["file"], each["start"], each["after"]) in names]
    print(table(outcomes))
    print(f"{len(outcomes)} of {len(chosen)} faults tried; {len(trial.bad)} tests fail without a fault")
    return 0


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    recording = commands.add_parser("record", help="find out which functions each test executes")
    recording.add_argument("--workers", type=int, default=os.cpu_count())
    recording.add_argument("--gather", action="store_true", help="only put the records so far into the map")
    recording.set_defaults(command=make_map)
    running = commands.add_parser("run", help="plant faults")
    running.add_argument("file", type=Path, help="file of outcomes")
    running.add_argument("--map", type=Path, default=RECORDS / MAP)
    running.add_argument("--sample", type=int, default=200)
    running.add_argument("--seed", type=int, default=0)
    running.add_argument("--workers", type=int, default=1)
    running.add_argument("--seconds", type=float, default=60.0, help="tests of a fault, as recorded")
    running.add_argument("--deadline", type=float, default=float("inf"), help="seconds until the run stops")
    running.set_defaults(command=run)
    options = parser.parse_args()
    return int(options.command(options))


def make_map(options: argparse.Namespace) -> int:
    """Record the tests; return the exit code."""
    single_thread()
    if not options.gather:
        with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
            Tree(Path(folder) / "tree").record(RECORDS / "records", options.workers)
    executed = Executed.of_records(RECORDS / "records")
    executed.save(RECORDS / MAP)
    print(f"{len(executed.tests)} tests execute {len(executed.functions)} functions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
