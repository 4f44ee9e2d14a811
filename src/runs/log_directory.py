"""A folder that TensorBoard reads: a selection of runs under short names. Imports no torch."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from .directory import RunDirectory
from .names import shortened
from .sessions import session_start
from .settings import Plain, Settings, describe, differing, is_seed

UNSAFE = r"[#%&+/?\\\x00-\x1f]"  # characters at which TensorBoard's addresses, paths or lines would end
RECORD = "events.out.tfevents.0000000000.settings"  # the first in the order of names


class Entry:
    """A run of a selection.

    run: its directory; settings: what differs between the runs, of which `shown` are set by this run; number: of its
    trial, if all runs belong to one sweep.
    """

    def __init__(self, run: RunDirectory, settings: dict[str, Plain], *, one_sweep: bool) -> None:
        own = Settings.of(run)
        self.run = run
        self.settings = settings
        self.number = own.number if one_sweep else ""
        self.shown = {key: value for key, value in settings.items() if key in own.given}
        self.name = shortened(re.sub(UNSAFE, "_", f"{self.number} {describe(self.shown)}").strip())

    def session(self) -> Summary:
        """Return the record of the settings for the HParams tab; runs that differ only in seeds share a row."""
        rest = {key: value for key, value in self.settings.items() if not is_seed(key)}
        return session_start(rest, f"{self.number} {describe(rest)}".strip())


def entries(runs: Sequence[RunDirectory]) -> list[Entry]:
    """Return the runs of a selection with different names; a single run keeps the name of its directory."""
    one_sweep = len({run.path.resolve().parent for run in runs}) == 1
    settings = differing([Settings.of(run) for run in runs])
    found = [Entry(run, each, one_sweep=one_sweep) for run, each in zip(runs, settings, strict=True)]
    if len(found) == 1:
        found[0].name = runs[0].path.resolve().name
    many, passed = Counter(each.name for each in found), Counter[str]()
    for each in found:
        if many[each.name] > 1:
            passed[each.name] += 1
            each.name = f"{each.name} ({passed[each.name]})".strip()
    return found


@contextmanager
def log_directory(selected: Sequence[Entry]) -> Iterator[Path]:
    """Create a temporary folder with links to the event files of the runs and of their sweep; remove it at the end.

    The record of settings comes first in the order of file names, so it is used instead of the one that a run wrote.
    """
    folder = Path(tempfile.mkdtemp(prefix="nnzoo-board-"))
    try:
        for each in selected:
            place = folder / each.name
            place.mkdir()
            write_events(place / RECORD, each.session())
            link_events(each.run.path.resolve(), place)
            for path in each.run.path.glob("projector*"):  # the projector refuses links to other folders
                (shutil.copytree if path.is_dir() else shutil.copy)(path, place / path.name)
        if any(each.number for each in selected):
            link_events(selected[0].run.path.resolve().parent, folder / "sweep")
        yield folder
    finally:
        shutil.rmtree(folder)


def link_events(source: Path, place: Path) -> None:
    """Create links to the event files of a run or a sweep in a folder, if there are any."""
    for path in source.glob("events.out.tfevents.*"):
        place.mkdir(exist_ok=True)
        (place / path.name).symlink_to(path)


def write_events(path: Path, summary: Summary) -> None:
    """Write an event file with one summary."""
    with path.open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        writer.write(Event(summary=summary).SerializeToString())
