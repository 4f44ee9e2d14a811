"""`nnzoo board`: opens TensorBoard on a selection of runs, under short names."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

from ..errors import UserError
from ..formatting import format_table
from ..runs.directory import CONFIG, RunDirectory
from .arguments import parse_arguments, parse_number
from .cells import as_json
from .run_arguments import choose_runs, parse_form, root_of

KNOWN = ("output_dir", "port", "last")
PORT = 6006
VIEW = "?smoothing=0"  # curves of a few epochs need no smoothing
ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def board(args: list[str]) -> int:
    """Open TensorBoard on the runs that match until Ctrl-C. With --json, print the selection instead."""
    form, args = parse_form(args, ("--json",))
    found, names = parse_arguments(args, KNOWN, ())
    port = parse_number("port", found.get("port", str(PORT)), int)
    last = parse_number("last", found["last"], int) if "last" in found else None
    if not 0 <= port < 2**16:
        raise UserError(f"port is {port}; it must be from 0 to 65535, where 0 is any free port")
    if last is not None and last < 1:
        raise UserError(f"last is {last}; it must be at least 1")
    runs = select_runs(found, names, last)
    from ..runs.log_directory import entries, log_directory

    selected = entries(runs)
    if form:
        rows = [{"name": each.name, "run": str(each.run.path), "settings": each.settings} for each in selected]
        print(as_json(rows))
        return 0
    print(format_table([["run", "directory"], *([each.name, str(each.run.path)] for each in selected)]))
    with log_directory(selected) as folder:
        serve(folder, port)
    return 0


def select_runs(found: dict[str, str], names: list[str], last: int | None) -> list[RunDirectory]:
    """Return the named runs, or those in a folder that fulfil all filters, sorted by path; the newest `last`.

    Runs that failed before they had a config are left out. Raises UserError if there are no others.
    """
    folders = [name for name in names if os.path.isdir(name) and not os.path.isfile(os.path.join(name, CONFIG))]
    if len(folders) > 1 or (folders and "output_dir" in found):
        raise UserError(f"cannot use '{folders[-1]}'; nnzoo board takes one folder of runs")
    root = root_of(found, folders)
    chosen = choose_runs(root, [name for name in names if name not in folders] or ["name=*"])
    paths = [run.path for run in chosen if run.details.config]
    if not paths:
        raise UserError(f"there is no run {'that fulfils all filters ' if len(names) > len(folders) else ''}in {root}")
    return [RunDirectory(path) for path in sorted(paths[-(last or 0) :])]


def serve(folder: Path, port: int) -> None:
    """Serve a folder until a signal, and print the address."""
    with until_signal() as ended:
        print(f"dashboard    {launch(folder, port)}{VIEW} (Ctrl-C ends it)", flush=True)
        while not ended.wait(0.5):  # a wait without a limit may miss a signal that another thread receives
            pass


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
