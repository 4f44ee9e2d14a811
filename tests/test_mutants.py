"""The faults that `benchmarks/mutants.py` plants, and how it chooses tests and reads their outcomes."""

import json
import sys

import pytest

from tests.support.paths import ROOT
from tests.support.processes import python

SOURCE = '''"""A module."""

import os


def scaled(x: "int > 1", *, factor: float = 2.0) -> float:
    """Return x > 1, times a factor."""
    if x < 3 and not x == 1:
        raise ValueError(f"x is {x + 1}")
    return -x[1] * torch.sum(x, dim=0)


def stop(pid: int) -> None:
    os.kill(pid, 1)
'''
FAULTS = {
    ("default", "2.0", "4.0"),
    ("and/or", "x < 3 and not x == 1", "(x < 3 or not x == 1)"),
    ("comparison", "x < 3", "(x <= 3)"),
    ("comparison", "x == 1", "(x != 1)"),
    ("constant", "3", "4"),
    ("constant", "1", "2"),
    ("constant", "0", "1"),
    ("not", "not x == 1", "(x == 1)"),
    ("statement", 'raise ValueError(f"x is {x + 1}")', "pass"),
    ("return", "-x[1] * torch.sum(x, dim=0)", "x"),
    ("return", "-x[1] * torch.sum(x, dim=0)", "factor"),
    ("operator", "-x[1] * torch.sum(x, dim=0)", "(-x[1] / torch.sum(x, dim=0))"),
    ("sign", "-x[1]", "(x[1])"),
    ("index", "1", "2"),
    ("function", "torch.sum", "torch.mean"),
    ("keyword", "torch.sum(x, dim=0)", "torch.sum(x)"),
}


@pytest.fixture(scope="module", autouse=True)
def benchmarks():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield
    sys.path.pop(0)


def test_faults_change_code_only(tmp_path):
    """No fault in a docstring, an annotation or a message, and none in a function that ends a process."""
    from mutations import mutations

    (tmp_path / "a.py").write_text(SOURCE)
    found = mutations(tmp_path, "a.py")
    assert {(each.kind, each.before, each.after) for each in found} == FAULTS
    assert {each.function for each in found} == {"scaled"}
    for each in found:
        changed = each.apply(SOURCE.encode()).decode()
        assert changed == SOURCE[: each.start] + each.after + SOURCE[each.start + len(each.before) :]


def test_a_sample_is_reproducible_and_changes_the_byte_code(tmp_path):
    from mutations import sample

    for name in "ab":
        (tmp_path / f"{name}.py").write_text("def f(x):\n    return (x + 1) % 3\n\n\ndef g(x):\n    return x\n")
    chosen = sample(tmp_path, 10, seed=0)
    assert {(each.file, each.function) for each in chosen} == {("a.py", "f"), ("b.py", "f")}
    assert sample(tmp_path, 10, seed=0) == chosen


def test_a_fault_in_code_that_is_never_executed_is_none(tmp_path):
    from mutations import changes, mutations

    (tmp_path / "a.py").write_text("def f(x):\n    if False:\n        x += 1\n    return x\n")
    faults = {(each.before, each.after): changes(tmp_path, each) for each in mutations(tmp_path, "a.py")}
    assert faults == {
        ("x += 1", "pass"): False,
        ("x += 1", "x -= 1"): False,
        ("1", "2"): False,
        ("False", "True"): True,
        ("False", "(not False)"): True,
    }


def test_tests_of_the_own_file_come_first_then_those_that_execute_little_else(tmp_path):
    from mutant_tests import Executed, importers, stages

    records = [
        ("tests/b/test_wide.py::test", ["a/x.py::f", "a/x.py::g", "a/x.py::h"], 1.0, True),
        ("tests/b/test_narrow.py::test", ["a/x.py::f"], 9.0, True),
        ("tests/b/test_red.py::test", ["a/x.py::f"], 1.0, False),
        ("tests/b/test_other.py::test", ["a/x.py::g"], 1.0, True),
        ("tests/a/test_x.py::test", ["a/x.py::f", "a/x.py::g"], 2.0, True),
        ("tests/a/test_fixture.py::test", [], 3.0, True),
    ]
    lines = [{"test": t, "functions": f, "seconds": s, "passed": p} for t, f, s, p in records]
    lines.append({"test": "tests/a/test_fixture.py", "functions": ["a/x.py::f"]})
    (tmp_path / "1.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Executed.of_records(tmp_path).save(tmp_path / "map.json")
    executed = Executed.load(tmp_path / "map.json")
    tests, covered = executed.of("a/x.py", "f")
    names = [test.name.removeprefix("tests/").removesuffix(".py::test") for test in tests]
    assert (names, covered) == (["a/test_x", "a/test_fixture", "b/test_narrow", "b/test_wide"], True)
    assert [[test.seconds for test in part] for part in stages(tests, (6, 1))] == [[2, 3], [9]]
    assert importers("kernels/compiled_scans.py") == ["kernels/scans.py"]
    tests, covered = executed.of("a/y.py", "f")  # no test is seen to execute it
    assert ({test.name for test in tests}, covered) == (
        {"tests/a/test_x.py::test", "tests/a/test_fixture.py::test"},
        False,
    )


RUN = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from mutant_tests import ROOT, Executed
from mutants import Trial
from mutations import mutations

names = [
    "test_join_names_truncates_a_long_list_and_gives_its_length",
    "test_unknown_suggests_the_nearest_name_or_lists_all",
]
tests = {f"tests/test_errors.py::{name}": (1.0, [number]) for number, name in enumerate(names)}
executed = Executed(tests, {}, ["errors.py::join_names", "errors.py::did_you_mean"])
trial = Trial(executed, Path(sys.argv[2]), seconds=60, until=float("inf"))
faults = {(fault.function, fault.after): fault for fault in mutations(ROOT / "src", "errors.py")}
for key in (("join_names", "(len(known) < limit)"), ("did_you_mean", "2")):
    outcome = trial.examine(faults[key])
    print(outcome["outcome"], outcome["test"])
print(trial.bad)
"""


@pytest.mark.slow
def test_a_fault_is_killed_by_a_test_that_passes_without_it(tmp_path):
    """The second fault asks for two similar names, of which the first is used as before."""
    done = python("-c", RUN, str(ROOT / "benchmarks"), str(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    killed = "killed tests/test_errors.py::test_join_names_truncates_a_long_list_and_gives_its_length"
    assert done.stdout.splitlines() == [killed, "survived None", "set()"]


@pytest.mark.slow
def test_a_run_that_has_ended_repeats_nothing(tmp_path):
    command, outcomes = str(ROOT / "benchmarks" / "mutants.py"), tmp_path / "out.jsonl"
    (tmp_path / "map.json").write_text(json.dumps({"tests": {}, "files": {}, "functions": []}))
    arguments = ["run", str(outcomes), "--map", str(tmp_path / "map.json"), "--sample", "2"]
    done = python(command, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 faults tried" in done.stdout
    first = outcomes.read_text()
    assert python(command, *arguments, cwd=tmp_path).stdout == done.stdout[done.stdout.index("| package") :]
    assert outcomes.read_text() == first
