"""Which tests execute a function of src/, from the records of `executed`."""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]


class Selected(NamedTuple):
    """A test, or a file of tests, and how many seconds it took."""

    name: str
    seconds: float


def file_of(test: str) -> str:
    """Return the file of a test."""
    return test.partition("::")[0]


def importers(file: str) -> list[str]:
    """Return the files of src/ in the folder of a file that import it, both relative to src/."""
    module = re.compile(rf"^\s*from \.(?:{Path(file).stem} import| import .*\b{Path(file).stem}\b)", re.MULTILINE)
    users = sorted((ROOT / "src" / file).parent.glob("*.py"))
    return [str(user.relative_to(ROOT / "src")) for user in users if module.search(user.read_text(encoding="utf-8"))]


class Executed:
    """The tests that passed, with their seconds, and the functions that each test and each file of tests executes."""

    def __init__(self, tests: dict[str, tuple[float, list[int]]], files: dict[str, list[int]], functions: list[str]):
        self.tests, self.files, self.functions = tests, files, functions
        self.numbers = {name: number for number, name in enumerate(functions)}

    @classmethod
    def of_records(cls, folder: Path) -> "Executed":
        """Read the records of all processes."""
        found: dict[str, set[str]] = {}
        seconds: dict[str, float] = {}
        for file in sorted(folder.glob("*.jsonl")):
            for line in file.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                found.setdefault(record["test"], set()).update(record["functions"])
                if record.get("passed"):
                    seconds[record["test"]] = record["seconds"]
        functions = sorted(set().union(*found.values()))
        numbers = {name: number for number, name in enumerate(functions)}
        rows = {test: sorted(numbers[name] for name in names) for test, names in found.items()}
        tests = {test: (seconds[test], row) for test, row in rows.items() if test in seconds}
        return cls(tests, {file: row for file, row in rows.items() if "::" not in file}, functions)

    @classmethod
    def load(cls, file: Path) -> "Executed":
        """Read the file that `save` has written."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def save(self, file: Path) -> None:
        """Write everything to a file."""
        content = {"tests": self.tests, "files": self.files, "functions": self.functions}
        file.write_text(json.dumps(content), encoding="utf-8")

    def of(self, file: str, function: str) -> tuple[list[Selected], bool]:
        """Return the tests of a function, those of its own file and folder first, then those that execute little else.

        Also returns whether a test executes it. If none does (a compiled function is not seen), the tests are those
        that execute a function of a module that imports its file, and those of its folder.
        """
        number, folder = self.numbers.get(f"{file}::{function}"), Path("tests", file).parent
        if number is None:
            callers = tuple(f"{user}::" for user in importers(file))
            numbers = {number for number, name in enumerate(self.functions) if name.startswith(callers)}
            rows = {
                name: test
                for name, test in self.tests.items()
                if Path(file_of(name)).parent == folder or not numbers.isdisjoint(test[1])
            }
        else:
            whole = {name for name, row in self.files.items() if number in row}
            rows = {name: test for name, test in self.tests.items() if number in test[1] or file_of(name) in whole}
        own = (folder / f"test_{Path(file).name}").as_posix()
        by_file = [
            (key, [Selected(name, rows[name][0]) for name in names])
            for key, names in groupby(sorted(rows, key=file_of), file_of)
        ]

        def order(group: tuple[str, list[Selected]]) -> tuple[bool, bool, int, float]:
            key, tests = group
            narrow = min(len(rows[test.name][1]) for test in tests)
            return key != own, Path(key).parent != folder, narrow, sum(test.seconds for test in tests)

        tests = [test for _, tests in sorted(by_file, key=order) for test in tests]
        if (ROOT / own).is_file():  # all its tests, with those that are not recorded yet
            seconds = sum(seconds for name, (seconds, _) in self.tests.items() if file_of(name) == own)
            tests = [Selected(own, seconds), *(test for test in tests if file_of(test.name) != own)]
        return tests, number is not None


def stages(tests: Sequence[Selected], seconds: Sequence[float]) -> Iterable[list[Selected]]:
    """Divide tests into parts that take so many seconds each; what does not fit into the last one is left out."""
    rest = list(tests)
    for limit in seconds:
        part: list[Selected] = []
        while rest and (not part or sum(test.seconds for test in part) + rest[0].seconds <= limit):
            part.append(rest.pop(0))
        if part:
            yield part
