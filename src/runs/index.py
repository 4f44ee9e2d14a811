"""The index of the runs below a directory: an SQLite file next to them, made from their files and kept up to date.

It only saves time. If it cannot be used (lost, damaged, locked, not writable), the runs are read from their own files.
"""

import json
import os
import sqlite3
import warnings
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import DataWarning, UserError
from .lock import current_status
from .record import Details, Summary, lookup, read_record
from .scan import Scan, scan

INDEX = ".runs.sqlite"
FORMAT = 2  # of the rows, stored as user_version; an index of another format is rebuilt
TIMEOUT = 2.0  # seconds to wait for another process that writes
CHUNK = 500  # runs that are written together, so that an interrupted first listing is not lost
MANY = 1000  # runs whose reading takes so long that a note says so
Row = tuple[str, str, str]  # signature of the files, summary and details as JSON


class Run:
    """A run in a listing.

    path: directory; name: its path relative to the root, with slashes; row: of the index, parsed when it is needed, and
    read again from the run's files if it is damaged.
    """

    def __init__(self, *, path: Path, name: str, row: Row) -> None:
        self.path = path
        self.name = name
        self._row = row

    @cached_property
    def summary(self) -> Summary:
        """The state of the run and its main metrics."""
        try:
            found = Summary(*json.loads(self._row[1]))
        except (ValueError, TypeError):
            found = read_record(self.path)[0]
        return found._replace(status=current_status(found.status, self.path))

    @cached_property
    def details(self) -> Details:
        """All settings and metrics."""
        try:
            return Details(*json.loads(self._row[2]))
        except (ValueError, TypeError):
            return read_record(self.path)[1]

    def get(self, key: str) -> Any:
        """Return a value of the summary, a setting or a metric. Raises KeyError if the run does not have the key."""
        if key == "run":
            return self.name
        if key == "name":
            return self.path.name
        if key in Summary._fields:
            return getattr(self.summary, key)
        if key in self.details.config:
            return self.details.config[key]
        if (value := lookup(self.details.metrics, key)) is not None:
            return value
        raise KeyError(key)


class Runs:
    """The runs below a root and the directories of sweeps, both by their paths relative to the root."""

    def __init__(self, root: Path, runs: dict[str, Run], sweeps: Collection[str]) -> None:
        self.root = root
        self.runs = runs
        self.sweeps = sweeps


def load_runs(root: Path) -> Runs:
    """Return all runs below a directory; only those that changed since the last time are read from their files.

    Directories that cannot be read are skipped with a warning; another warning says that many runs have to be read.
    Raises UserError if the root is not a directory.
    """
    if not root.is_dir():
        what = "is not a directory" if root.exists() else "does not exist"
        raise UserError(f"{root} {what}; output_dir=... sets the directory of the runs")
    found = scan(root)
    for name, reason in found.unreadable.items():
        warnings.warn(f"{root / name} was skipped: {reason}", DataWarning, stacklevel=2)
    rows = update(Index(root / INDEX), root, found)
    runs = {name: Run(path=root / name, name=name, row=row) for name, row in rows.items()}
    return Runs(root, runs, found.sweeps)


def update(index: "Index", root: Path, found: Scan) -> dict[str, Row]:
    """Return the rows of the runs that a scan has found, and bring the index up to date."""
    known = index.read()
    rows = {
        name: known[name] for name, signature in found.runs.items() if name in known and known[name][0] == signature
    }
    if gone := known.keys() - found.runs.keys():
        index.write({}, gone)
    changed = [name for name in found.runs if name not in rows]
    if len(changed) >= MANY:
        message = f"{len(changed)} runs are new or changed; reading them takes a moment"
        warnings.warn(message, DataWarning, stacklevel=3)
    for start in range(0, len(changed), CHUNK):
        fresh = {name: read_row(root / name, found.runs[name]) for name in changed[start : start + CHUNK]}
        fresh = {name: row for name, row in fresh.items() if (root / name).is_dir()}  # deleted in the meantime
        index.write(fresh, ())
        rows |= fresh
    return rows


def read_row(path: Path, signature: str = "") -> Row:
    """Return the row of the run in a directory."""
    summary, details = read_record(path)
    return signature, json.dumps(summary), json.dumps(details, default=str)


class Index:
    """The SQLite file of an index. Reading and writing never raise: without a usable file there are no rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.usable = True

    def read(self) -> dict[str, Row]:
        """Return the rows by the path of the run, none without a usable index. Deletes a damaged index."""
        if not self.path.is_file():
            return {}
        with self._ignoring_errors(), closing(sqlite3.connect(self.path, timeout=TIMEOUT)) as database:
            tables = database.execute("SELECT name FROM sqlite_master").fetchall()
            if database.execute("PRAGMA user_version").fetchone() != (FORMAT,) or ("runs",) not in tables:
                raise sqlite3.DatabaseError("another format")
            rows = database.execute("SELECT path, signature, summary, details FROM runs").fetchall()
            return {os.fsdecode(path): (signature, summary, details) for path, signature, summary, details in rows}
        return {}

    def write(self, rows: dict[str, Row], gone: Collection[str]) -> None:
        """Add or replace rows, and delete those of runs that are gone."""
        if not self.usable:
            return
        with self._ignoring_errors(), closing(sqlite3.connect(self.path, timeout=TIMEOUT)) as database, database:
            database.execute("PRAGMA synchronous = OFF")  # a damaged index is rebuilt
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute(
                "CREATE TABLE IF NOT EXISTS runs (path BLOB PRIMARY KEY, signature TEXT, summary TEXT, details TEXT)"
            )
            database.executemany("DELETE FROM runs WHERE path = ?", [(os.fsencode(name),) for name in gone])
            values = [(os.fsencode(name), *row) for name, row in rows.items()]
            database.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", values)

    @contextmanager
    def _ignoring_errors(self) -> Iterator[None]:
        """Ignore errors of SQLite. A damaged file is deleted."""
        try:
            yield
        except sqlite3.OperationalError:  # locked, not writable, disk full; another try would have to wait again
            self.usable = False
        except sqlite3.DatabaseError:
            with suppress(OSError):
                self.path.unlink()
