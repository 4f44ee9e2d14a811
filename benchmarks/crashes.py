"""Scenarios in which runs, workers or the main process of a sweep end early."""

import random
import signal
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from faults import fault_of
from scenario import Report, Scenario
from sweep_process import Command, Finished, Running, Sweep, none_alive, wait_for_runs, wait_until

SHARES = {"exceptions": 0.1, "nans": 0.05, "kills": 0.05}
STATUS = {"exception": "failed", "kill": "failed", "nan": "diverged", "none": "done"}
TRIALS, KILLED_TRIALS, SIGNAL_TRIALS = 200, 30, 6
KILLS = (False, True, False, True)  # whether the workers are killed, too
SIGNALS = (("SIGINT", 130), ("SIGTERM", 143))
MOMENTS = random.Random(0)  # of kills and signals
SOON = 20.0  # seconds until a signal or a kill has taken effect


def faulty_trials(folder: Path, report: Report) -> None:
    """Exceptions, NaN and SIGKILL inside the trials."""
    settings = (f"sweep.trials={TRIALS}", "sweep.workers=2", "sweep.max_failures=null", "trainer.max_epochs=1")
    command = Command(folder, settings, fault=dict(SHARES))
    ended = command.run()
    expected = {number: STATUS[fault_of(number, **SHARES)] for number in range(TRIALS)}
    sweep = command.sweep
    statuses = {int(row["trial"]): row["status"] for row in sweep.table()}
    starts = Counter(start["trial"] for start in command.starts())
    report.count(", ".join(f"{count} {status}" for status, count in Counter(statuses.values()).most_common()))
    report.count(f"{len(starts)} trials started, {sum(starts.values())} starts")
    report.count(f"{len({start['pid'] for start in command.starts()})} worker processes")
    report.require(statuses == expected, f"{differing(statuses, expected)} trials with a wrong status")
    report.require(starts == Counter(range(TRIALS)), f"{len(starts)} trials ran, {sum(starts.values())} starts")
    numbers = [int(run.path.name.partition("-")[0]) for run in sweep.runs()]
    report.require(numbers == list(range(TRIALS)), f"{len(numbers)} directories, not one for each trial")
    states = sweep.stored()
    report.require(len(states) == TRIALS and "RUNNING" not in states, f"stored: {dict(Counter(states))}")
    report.require(sweep.status == "done" and ended.code == 1, f"{sweep.status}, exit code {ended.code}")
    report.require(not ended.has_traceback, "a traceback")


def killed_sweeps(folder: Path, report: Report) -> None:
    """SIGKILL of the main process, with and without its workers."""
    settings = (f"sweep.trials={KILLED_TRIALS}", "sweep.workers=2", "trainer.max_epochs=3")
    command = Command(
        folder / "killed", (*settings, "callbacks.last.every_seconds=0"), fault={"seconds": "[0.4,0.1,0.2]"}
    )
    undisturbed = replace(command, folder=folder / "undisturbed", outputs=folder / "undisturbed" / "outputs")
    ended_before = []
    for workers in KILLS:
        running = command.start()
        wait_for_runs(command, running, command.runs_ended() + 1)
        running.wait_for(MOMENTS.uniform(0, 2))
        left = running.kill(workers=workers)
        report.require(wait_until(partial(none_alive, left), limit=SOON), "a worker outlives the main process")
        ended_before.append(command.runs_ended())
        kept, starts = snapshot(command.sweep), len(command.starts())
        finished = {run.path.name.split("-")[0] for run in command.sweep.runs() if run.status == "done"}
        check_resumption(command, kept, finished, starts, report)
    ended = command.run()
    check_complete(command, ended, KILLED_TRIALS, report)
    undisturbed.run()
    report.count(f"killed after {', '.join(map(str, ended_before))} of {KILLED_TRIALS} trials")
    report.count(f"{len(command.starts())} starts, {len(undisturbed.starts())} undisturbed")
    same = command.sweep.results() == undisturbed.sweep.results()
    report.count(f"table {'equal to' if same else 'differs from'} that of the undisturbed sweep")
    report.require(same, "the table differs from that of an undisturbed sweep")


def check_resumption(
    command: Command, kept: dict[str, dict[str, int]], finished: set[str], starts: int, report: Report
) -> None:
    """Start the command again until a run starts, kill it, and check that finished runs are untouched."""
    running = command.start()
    wait_until(lambda: len(command.starts()) > starts or not running.is_running())
    running.kill()
    again = snapshot(command.sweep)
    report.require(all(again.get(name) == files for name, files in kept.items()), "files of a finished run changed")
    repeated = {str(start["trial"]) for start in command.starts()[starts:]} & finished
    report.require(not repeated, f"trials {sorted(repeated)} were repeated")


def signals(folder: Path, report: Report) -> None:
    """Ctrl-C and SIGTERM, while the sweep starts and in the middle."""
    seconds = []
    for name, code in SIGNALS:
        command = Command(
            folder / name,
            (f"sweep.trials={SIGNAL_TRIALS}", "sweep.workers=2", "trainer.max_epochs=6"),
            fault={"seconds": "[0.5]"},
        )
        ended = interrupt(command, name, 0)
        seconds.append(ended.seconds)
        check_interrupted(ended, code, name, report)
        for _ in range(2):
            ended = interrupt(command, name, len(command.starts()) + 2)
            seconds.append(ended.seconds)
            check_interrupted(ended, code, name, report)
            # the directory of a run whose worker was not ready has a lock at most, and the same command uses it
            left = Counter(run.status for run in command.sweep.runs() if run.files().keys() - {"run.lock"})
            report.require(set(left) <= {"done", "interrupted"}, f"{name}: runs {dict(left)}")
        ended = command.run()
        check_complete(command, ended, SIGNAL_TRIALS, report)
        report.count(f"{name}: {len(command.starts())} starts of {SIGNAL_TRIALS} trials, three times stopped")
    report.count(f"stopped within {max(seconds):.1f} s")


def interrupt(command: Command, name: str, starts: int) -> Finished:
    """Send a signal after some starts of runs, or while the sweep starts; `seconds` is the time until the end."""
    running = command.start()
    if starts:
        wait_until(lambda: len(command.starts()) >= starts or not running.is_running())
    else:
        wait_until(lambda: bool(command.sweeps()) or not running.is_running())
    return stop(running, signal.Signals[name])


def stop(running: Running, number: signal.Signals) -> Finished:
    """Send a signal to the main process and wait for its end."""
    running.wait_for(MOMENTS.uniform(0, 1))
    begin = running.seconds
    running.process.send_signal(number)
    ended = running.wait()
    return replace(ended, seconds=ended.seconds - begin)


def check_interrupted(ended: Finished, code: int, name: str, report: Report) -> None:
    """Check exit code, duration and messages of an interrupted command."""
    # a signal before its handler is set ends the process, which the shell shows as the same code
    report.require(ended.code in (code, 128 - code), f"{name}: exit code {ended.code}")
    report.require(ended.seconds < SOON, f"{name}: {ended.seconds:.0f} s until the end")
    report.require(not ended.has_traceback and len(ended.lines) < 2, f"{name}: {len(ended.lines)} lines of errors")


def check_complete(command: Command, ended: Finished, trials: int, report: Report) -> None:
    """Check that a sweep is complete, in one directory, with exactly so many trials."""
    sweeps = command.sweeps()
    report.require(len(sweeps) == 1, f"{len(sweeps)} directories of sweeps")
    rows = sweeps[-1].table()
    report.require([int(row["trial"]) for row in rows] == list(range(trials)), f"{len(rows)} trials, not {trials}")
    report.require(all(row["status"] == "done" for row in rows), "trials without a result")
    report.require(sweeps[-1].stored() == ["COMPLETE"] * trials, "stored trials without a result")
    report.require(ended.code == 0, f"exit code {ended.code}: {ended.errors.strip()}")


def snapshot(sweep: Sweep) -> dict[str, dict[str, int]]:
    """Return the files of the finished runs."""
    return {run.path.name: run.files() for run in sweep.runs() if run.status == "done"}


def differing(found: dict[int, str], expected: dict[int, str]) -> int:
    """Return the number of trials whose status differs."""
    return sum(found.get(number) != status for number, status in expected.items())


SCENARIOS = (
    Scenario(
        "faulty trials",
        "200 trials, 2 workers: 10 % raise an exception, 5 % get NaN weights, 5 % SIGKILL their worker",
        "every trial once, numbers without gaps, each state right, exit code 1",
        faulty_trials,
    ),
    Scenario(
        "killed sweep",
        "SIGKILL of the main process at random moments, with and without its workers; the same command again",
        "exactly n trials in one directory, finished runs untouched, no process left, table of an undisturbed sweep",
        killed_sweeps,
    ),
    Scenario(
        "stopped sweep",
        "Ctrl-C and SIGTERM at the start and twice in the middle; the same command again",
        "exit code 130 or 143 within 20 s, no traceback, runs resumable, exactly n trials",
        signals,
    ),
)
