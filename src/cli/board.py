"""`nnzoo board`: opens TensorBoard on a selection of runs, under short names."""

import json
import re
import shutil
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..files.paths import expand_path
from ..formatting import format_table
from ..runs.directory import RunDirectory
from ..runs.names import NAME_LENGTH
from ..runs.selection import select_runs, settings_of
from ..runs.settings import Plain, describe, differing, is_seed
from .arguments import parse_arguments, parse_number

if TYPE_CHECKING:
    from tensorboard.compat.proto.summary_pb2 import Summary

KNOWN = ("output_dir", "port", "last")
PORT = 6006
UNSAFE = r"[#%&+/?\\]"  # characters in which TensorBoard's addresses or paths would end
VIEW = "?smoothing=0"  # curves of a few epochs need no smoothing
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def board(args: list[str]) -> int:
    """Open TensorBoard on the runs that match until Ctrl-C. With --json, print the selection instead."""
    found, filters = parse_arguments(args, KNOWN, ())
    as_json = "--json" in filters
    filters = [each for each in filters if each != "--json"]
    if flags := [each for each in filters if each.startswith("-")]:
        raise UserError(f"cannot use '{flags[0]}'; nnzoo board takes folders, KEY=VALUE, {', '.join(KNOWN)} and --json")
    port = parse_number("port", found.get("port", str(PORT)), int)
    last = parse_number("last", found["last"], int) if "last" in found else None
    if not 0 <= port < 2**16:
        raise UserError(f"port is {port}; it must be from 0 to 65535, where 0 is any free port")
    if last is not None and last < 1:
        raise UserError(f"last is {last}; it must be at least 1")
    runs = select_runs(expand_path(found.get("output_dir", "outputs")), filters, last=last)
    settings = differing([settings_of(run.path) for run in runs])
    names = short_names(runs, settings)
    if as_json:
        rows = [{"name": n, "run": str(r.path), "settings": s} for n, r, s in zip(names, runs, settings, strict=True)]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    print(format_table([["run", "directory"], *([n, str(r.path)] for n, r in zip(names, runs, strict=True))]))
    with log_directory(runs, names, settings) as folder, until_signal() as ended:
        print(f"dashboard    {launch(folder, port)}{VIEW} (Ctrl-C ends it)", flush=True)
        while not ended.wait(0.5):  # a wait without a limit may miss a signal that another thread receives
            pass
    return 0


def short_names(runs: Sequence[RunDirectory], settings: Sequence[dict[str, Plain]]) -> list[str]:
    """Return a name for each run: which of the differing settings it sets, after its number in their common sweep.

    Runs without a difference are numbered; a single run keeps the name of its directory.
    """
    if len(runs) == 1:
        return [runs[0].path.resolve().name]
    one_sweep = len({run.path.resolve().parent for run in runs}) == 1
    names = []
    for run, differing_settings in zip(runs, settings, strict=True):
        own = settings_of(run.path)
        shown = {key: value for key, value in differing_settings.items() if key in own.given}
        number = f"{own.trial['number']} " if own.trial and one_sweep else ""
        names.append(re.sub(UNSAFE, "_", f"{number}{describe(shown)}")[:NAME_LENGTH].strip())
    many, passed = Counter(names), Counter[str]()
    for place, name in enumerate(names):
        if many[name] > 1 or not name:
            passed[name] += 1
            names[place] = f"{name} ({passed[name]})".strip()
    return names


@contextmanager
def log_directory(
    runs: Sequence[RunDirectory], names: Sequence[str], settings: Sequence[dict[str, Plain]]
) -> Iterator[Path]:
    """Create a temporary folder with links to the files of the runs under short names; remove it at the end.

    Each run also gets a record of the settings that differ between the runs, for the HParams tab.
    """
    folder = Path(tempfile.mkdtemp(prefix="nnzoo-board-"))
    try:
        for run, name, each in zip(runs, names, settings, strict=True):
            link_run(run.path.resolve(), folder / name, each)
        yield folder
    finally:
        shutil.rmtree(folder)


def link_run(run: Path, place: Path, settings: dict[str, Plain]) -> None:
    """Create a folder with links to a run's event files, its points for the projector, and a record of its settings.

    The record comes first in the order of file names, so it is used instead of the one in the run's own file.
    """
    from ..runs.sessions import session_start

    place.mkdir()
    for path in run.iterdir():
        if "tfevents" in path.name:
            (place / path.name).symlink_to(path)
        elif path.name.startswith("projector"):  # the projector refuses links to other folders
            (shutil.copytree if path.is_dir() else shutil.copy)(path, place / path.name)
    shown = {key: value for key, value in settings.items() if not is_seed(key)}
    write_events(place / "events.out.tfevents.0000000000.settings", session_start(shown, describe(shown)))


def write_events(path: Path, summary: "Summary") -> None:
    """Write an event file with one summary."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    with path.open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(file_version="brain.Event:2").SerializeToString())
        writer.write(Event(summary=summary).SerializeToString())


@contextmanager
def until_signal() -> Iterator[threading.Event]:
    """Yield an event that is set by Ctrl-C, SIGTERM or the end of the terminal."""
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in ENDED_BY}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def launch(folder: Path, port: int) -> str:
    """Serve a folder in a thread and return the address. Raises UserError if the port is in use."""
    from tensorboard import default, program
    from tensorboard.assets import get_default_assets_zip_provider

    server = program.TensorBoard(default.get_plugins(), get_default_assets_zip_provider())
    server.configure(argv=["", "--logdir", str(folder), "--port", str(port)])
    try:
        with redirect_stderr(StringIO()):  # hints on how it reads the files
            return str(server.launch())
    except program.TensorBoardServerException as error:
        raise UserError(f"TensorBoard cannot start: {error}; set another port=") from error
