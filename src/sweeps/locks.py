"""The lock of a study that several sweeps share: one process at a time creates its tables or chooses a trial."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..files.locks import exclusive

ALL = ""  # in place of a study: the tables of all


@contextmanager
def locked(storage: str | None, study: str) -> Iterator[None]:
    """Hold the lock of a study in a storage: a file beside an SQLite file, a lock of a PostgreSQL server.

    A journal belongs to one sweep and needs no lock. Other databases are not locked: two sweeps in one study may then
    start more trials than they should. Raises what the driver of the database raises.
    """
    if storage is None:
        yield
        return
    from sqlalchemy import NullPool, create_engine, text  # a sweep with a journal does not need it
    from sqlalchemy.engine import make_url

    url = make_url(storage)
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        with exclusive(Path(f"{url.database}.lock"), wait=True):
            yield
    elif backend == "postgresql":
        statement = text("SELECT pg_advisory_lock(:key)")
        with create_engine(url, poolclass=NullPool).connect() as connection:  # the lock ends with the connection
            connection.execute(statement, {"key": zlib.crc32(study.encode())})
            yield
    else:
        yield


def without_password(storage: str) -> str:
    """Return the URL of a storage with *** in place of its password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(storage).render_as_string(hide_password=True)
    except ArgumentError:
        return storage
