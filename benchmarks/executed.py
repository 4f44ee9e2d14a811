"""A plug-in of pytest that records which functions of src/ each test executes. It needs Python 3.12 or later.

`pytest -p executed`, with this folder in PYTHONPATH and the folder for the records in NNZOO_EXECUTED, appends JSON
lines there: {"test", "functions", "seconds", "passed"}. A test is an address of pytest, or a file for what its import
and its fixtures execute, since they serve all its tests. Processes that a test starts record what they execute, too.
"""

import atexit
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

SRC = f"{(Path(__file__).parents[1] / 'src').resolve()}{os.sep}"
FOLDER = Path(os.environ["NNZOO_EXECUTED"])
STARTUP = FOLDER / "startup" / "sitecustomize.py"  # Python imports it in each process that a test starts
START = """import os

if "PYTEST_CURRENT_TEST" in os.environ:
    import executed

    executed.watch_process()
"""

executed: set[str] = set()  # by the current test
durations: dict[str, float] = {}
outcomes: dict[str, bool] = {}


def function_of(code: CodeType) -> str | None:
    """Return the address FILE::NAME of the function that contains this code, None for code outside of src/."""
    if not code.co_filename.startswith(SRC) or code.co_qualname.startswith("<"):
        return None
    return f"{code.co_filename.removeprefix(SRC)}::{code.co_qualname.partition('.<locals>')[0]}"


def watch(found: Any, once: bool) -> None:
    """Call `found` with the address of each function that starts, each time or once."""
    monitoring = sys.monitoring  # type: ignore[attr-defined, unused-ignore]
    functions: dict[int, tuple[CodeType, str | None]] = {}  # by id: equal code of two files has one hash

    def started(code: CodeType, offset: int) -> Any:
        _, function = functions.get(id(code)) or functions.setdefault(id(code), (code, function_of(code)))
        if function:
            found(function)
        # Events of other code are disabled for good: to restart all of them after each test would cost far more than
        # to keep those of src/.
        return monitoring.DISABLE if once or not function else None

    monitoring.use_tool_id(monitoring.COVERAGE_ID, "executed")
    monitoring.register_callback(monitoring.COVERAGE_ID, monitoring.events.PY_START, started)
    monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.PY_START)
    atexit.register(monitoring.set_events, monitoring.COVERAGE_ID, monitoring.events.NO_EVENTS)


def record(test: str, functions: Any, **further: Any) -> None:
    """Append a line to the file of this process."""
    with (FOLDER / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"test": test, "functions": sorted(functions), **further}) + "\n")


def watch_process() -> None:
    """Record what a process executes that a test has started, each function at once: it may be killed."""
    test, _, phase = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")
    if test:
        watch(lambda function: record(test if phase == "(call)" else test.partition("::")[0], [function]), once=True)


def flush(test: str, **further: Any) -> None:
    """Record what has been executed since the last call."""
    record(test, executed, **further)
    executed.clear()


def pytest_configure(config: pytest.Config) -> None:
    """Watch this process and those to come."""
    STARTUP.parent.mkdir(parents=True, exist_ok=True)
    STARTUP.write_text(START, encoding="utf-8")
    here = os.environ.get("PYTHONPATH", "")
    if str(STARTUP.parent) not in here.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join([str(STARTUP.parent), str(Path(__file__).parent), here])
    watch(executed.add, once=False)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Record what the import of a file executes."""
    executed.clear()
    report = yield
    if isinstance(collector, pytest.Module):
        flush(collector.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Record what the fixtures of a test execute."""
    try:
        return (yield)
    finally:
        flush(item.nodeid.partition("::")[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Record what a test executes."""
    report = yield
    name = item.nodeid
    durations[name] = durations.get(name, 0.0) + call.duration
    outcomes[name] = outcomes.get(name, True) and report.outcome == "passed"
    if call.when == "teardown":
        flush(name, seconds=round(durations[name], 3), passed=outcomes[name])
    return report
