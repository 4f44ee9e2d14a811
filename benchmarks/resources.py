"""Scenarios about memory, disks, time, and sweeps beside each other."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crashes import check_complete
from scenario import Report, Scenario, Skipped
from sweep_process import Command, wait_for_runs, wait_until

MEMORY_RUNS, WARM_UP, GROWTH = 30, 5, 0.5  # runs; those before the memory is stable; MiB per run
RECYCLED_RUNS, RUNS_PER_WORKER = 10, 5
SIDE_BY_SIDE, SHARED_TRIALS = 5, 12
DISK_TRIALS, DISK_MIB = 10, 16
PAUSES, UNEVEN_TRIALS, RATIO = (9.0, 1.0), 12, 0.7


def memory(folder: Path, report: Report) -> None:
    """Resident memory of a worker over many runs, and recycled workers."""
    command = Command(folder / "one", (f"sweep.trials={MEMORY_RUNS}", "sweep.workers=1", "trainer.max_epochs=1"))
    command.run()
    starts = command.starts()
    report.require(len({start["pid"] for start in starts}) == 1, "more than one worker")
    sizes = [start["mib"] for start in starts]
    if None in sizes:
        raise Skipped("no /proc to read the resident memory from")
    growth = slope(sizes[WARM_UP:])
    report.count(f"{len(sizes)} runs: {sizes[0]:.0f} MiB in the first, {sizes[WARM_UP]:.0f} in run {WARM_UP + 1}, "
                 f"{sizes[-1]:.0f} in the last; {growth:+.2f} MiB per run")  # fmt: skip
    report.require(len(sizes) == MEMORY_RUNS and growth < GROWTH, f"memory grows by {growth:.2f} MiB per run")
    command = Command(
        folder / "recycled",
        (f"sweep.trials={RECYCLED_RUNS}", "sweep.workers=1", f"sweep.runs_per_worker={RUNS_PER_WORKER}"),
    )
    command.run()
    runs = list(Counter(start["pid"] for start in command.starts()).values())
    report.count(f"recycled workers had {' and '.join(map(str, runs))} runs")
    report.require(runs == [RUNS_PER_WORKER] * (RECYCLED_RUNS // RUNS_PER_WORKER), f"runs per worker: {runs}")


def slope(values: list[float]) -> float:
    """Return the slope of a least-squares line."""
    mean, middle = sum(values) / len(values), (len(values) - 1) / 2
    products = sum((i - middle) * (value - mean) for i, value in enumerate(values))
    return products / sum((i - middle) ** 2 for i in range(len(values)))


def side_by_side(folder: Path, report: Report) -> None:
    """Four sweeps at once into the same outputs, from one command and from four."""
    for name, varied in (("same command", False), ("different commands", True)):
        outputs = folder / name / "outputs"
        commands = [
            Command(
                folder / name / str(i),
                (f"sweep.trials={SIDE_BY_SIDE}", *([f"sweep.strategy.seed={i}"] if varied else [])),
                outputs=outputs,
            )
            for i in range(4)
        ]
        if not varied:
            commands = [commands[0]] * 4
        ended = [running.wait() for running in [command.start() for command in commands]]
        codes = [each.code for each in ended]
        sweeps = commands[0].sweeps()
        done = [sweep for sweep in sweeps if sweep.status == "done"]
        report.count(f"{name}: {len(done)} complete sweeps, {sum(len(sweep.runs()) for sweep in sweeps)} runs")
        report.require(codes == [0] * 4, f"{name}: exit codes {codes}: {ended[0].errors.strip()}")
        report.require(len(sweeps) == len(done) == 4, f"{name}: {len(done)} of {len(sweeps)} sweeps complete")
        counts = {(len(sweep.table()), len(sweep.runs())) for sweep in done}
        report.require(counts == {(SIDE_BY_SIDE, SIDE_BY_SIDE)}, f"{name}: (trials, runs) {sorted(counts)}")
        different = len({str(sweep.results()) for sweep in done})
        report.require(different == (4 if varied else 1), f"{name}: {different} different tables")


def shared_study(folder: Path, report: Report) -> None:
    """Two sweeps at once on one study in a database."""
    settings = (
        *(f"sweep.trials={SHARED_TRIALS}", f"sweep.storage=sqlite:///{folder}/study.db", "sweep.study=shared"),
        "trainer.max_epochs=5",
    )
    command = Command(folder, settings, fault={"seconds": "[0.3,0.1,0.2]"})
    ended = [running.wait() for running in [command.start(), command.start()]]
    starts = Counter(start["trial"] for start in command.starts())
    runs = [len(sweep.runs()) for sweep in command.sweeps()]
    report.count(f"{sum(starts.values())} starts of {len(starts)} trials, {' and '.join(map(str, runs))} in each sweep")
    report.require(starts == Counter(range(SHARED_TRIALS)), f"starts of trials {dict(starts)}")
    for each in ended:
        report.require(each.code == 0, f"exit code {each.code}: {each.errors.strip() or each.output[-300:]}")
    points = {row["optimizer.lr"] for row in command.sweeps()[0].table()}
    report.require(len(points) == SHARED_TRIALS, f"{len(points)} different points")


def full_disk(folder: Path, report: Report) -> None:
    """A disk that is full in the middle of a sweep, and has space again."""
    with small_disk(folder / "disk") as disk:
        command = Command(
            folder / "records",
            (f"sweep.trials={DISK_TRIALS}", "sweep.workers=2", "trainer.max_epochs=2"),
            fault={"seconds": "[0.3]"},
            outputs=disk / "outputs",
        )
        running = command.start()
        wait_for_runs(command, running, 3)
        filler = disk / "filler"
        fill(filler)
        ended = running.wait()
        filler.unlink()
        report.count(f"full: exit code {ended.code}, {command.runs_ended()} runs done, '{last_line(ended.errors)}'")
        report.require(ended.code in (1, 2) and not ended.has_traceback, f"exit code {ended.code}, or a traceback")
        report.require(len(ended.lines) <= 1, f"{len(ended.lines)} lines of errors")
        stored = len(command.sweep.stored())
        report.count(f"{stored} trials stored")
        ended = command.run()
        rows = command.sweep.table()
        failed = sum(row["status"] == "failed" for row in rows)
        report.count(f"after freeing: {len(rows)} trials, {failed} failed")
        report.require([int(row["trial"]) for row in rows] == list(range(DISK_TRIALS)), f"{len(rows)} trials")
        report.require({row["status"] for row in rows} <= {"done", "failed"}, "trials without a result")
        report.require(command.sweep.status == "done", f"the sweep is {command.sweep.status}")
        report.require(ended.code == (1 if failed else 0), f"exit code {ended.code}: {ended.errors.strip()}")


def read_only(folder: Path, report: Report) -> None:
    """A read-only directory, without and with an interrupted sweep in it."""
    with small_disk(folder / "disk") as disk:
        command = Command(
            folder / "records",
            ("sweep.trials=4", "trainer.max_epochs=2"),
            fault={"seconds": "[0.5]"},
            outputs=disk / "outputs",
        )
        for state in ("empty", "interrupted sweep"):
            if state != "empty":
                running = command.start()
                wait_for_runs(command, running, 1)
                running.kill()
            mount(disk, "remount,ro")
            before = sorted((str(file), file.stat().st_mtime_ns) for file in disk.rglob("*"))
            ended = command.run()
            after = sorted((str(file), file.stat().st_mtime_ns) for file in disk.rglob("*"))
            mount(disk, "remount,rw")
            report.count(f"{state}: exit code {ended.code}, '{last_line(ended.errors)}'")
            report.require(
                ended.code == 2 and len(ended.lines) == 1, f"{state}: {ended.code}, {len(ended.lines)} lines"
            )
            report.require(not ended.has_traceback and before == after, f"{state}: files changed, or a traceback")
        check_complete(command, command.run(), 4, report)


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    """Mount a file system of a few MiB. Raises Skipped where this is not allowed."""
    path.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", path], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skipped(f"no file system can be mounted ({error})") from error
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def mount(path: Path, options: str) -> None:
    """Change the options of a mounted file system, as soon as killed processes have closed their files."""
    command = ["mount", "-o", options, str(path)]
    if not wait_until(lambda: subprocess.run(command, capture_output=True).returncode == 0, limit=30):
        raise Skipped(f"the file system cannot be mounted with {options}")


def fill(file: Path) -> None:
    """Write a file until the disk is full."""
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue


def last_line(text: str) -> str:
    """Return the last line of a text, without directories."""
    line = (text.strip().splitlines() or [""])[-1]
    return " ".join(os.path.basename(word) if word.startswith("/") else word for word in line.split())


def uneven(folder: Path, report: Report) -> None:
    """Long and short trials in turn."""
    command = Command(
        folder,
        (f"sweep.trials={UNEVEN_TRIALS + 2}", "sweep.workers=2", "trainer.max_epochs=1"),
        fault={"seconds": str([0.0, 0.0, *PAUSES * (UNEVEN_TRIALS // 2)]).replace(" ", ""), "workers": 2},
    )
    command.run()
    begins = {start["trial"]: start["time"] for start in command.starts()}
    ends = {int(run.path.name.partition("-")[0]): run.record["time"] for run in command.sweep.runs()}
    durations = [ends[number] - begins[number] for number in range(2, UNEVEN_TRIALS + 2)]
    wall = max(ends.values()) - min(begins[number] for number in range(2, UNEVEN_TRIALS + 2))
    batches = sum(map(max, zip(durations[::2], durations[1::2], strict=True)))
    ratio = wall / batches
    report.count(f"{wall:.1f} s; batches of two would take {batches:.1f} s at least: ratio {ratio:.2f}")
    report.require(ratio < RATIO, f"ratio {ratio:.2f}, not below {RATIO}")


SCENARIOS = (
    Scenario(
        "memory",
        f"{MEMORY_RUNS} runs in one worker; {RECYCLED_RUNS} with sweep.runs_per_worker={RUNS_PER_WORKER}",
        f"resident memory grows by less than {GROWTH} MiB per run; a new process after {RUNS_PER_WORKER} runs",
        memory,
    ),
    Scenario(
        "side by side",
        "four sweeps started at once into one outputs/: the same command, then different ones",
        "four complete sweeps, no collision, the same command gives the same table",
        side_by_side,
    ),
    Scenario(
        "shared study",
        "one command started twice at once, with sweep.storage=sqlite:///... and the same sweep.study",
        "n trials in total, each trained once, exit code 0",
        shared_study,
    ),
    Scenario(
        "full disk",
        f"a disk of {DISK_MIB} MiB becomes full in the middle; space is freed, the same command again",
        "one-line error or failed trials, stored trials readable, then exactly n trials",
        full_disk,
    ),
    Scenario(
        "read-only directory",
        "outputs/ on a read-only disk, empty and with an interrupted sweep",
        "one-line error, exit code 2, nothing changed; writable again, the sweep continues",
        read_only,
    ),
    Scenario(
        "uneven durations",
        f"{UNEVEN_TRIALS} trials of {PAUSES[0]:g} and {PAUSES[1]:g} s in turn, 2 workers",
        f"wall time / time of batches of two < {RATIO}",
        uneven,
    ),
)
