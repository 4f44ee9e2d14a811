"""Whether data is still what a run was trained on."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..data.base import Data
from ..errors import DataWarning, UserError
from ..files.contents import describe_change
from ..runs.checkpoint import DataRecord

HINT = "set allow_changed_data=true to use it anyway"
PLACES = ("path", "root")  # settings of data sets that name what is read


class DataChanged(UserError):
    """The data is not what a run was trained on."""


def change_of(data: Data, config: dict[str, Any], trained_on: DataRecord) -> str | None:
    """Return in what the data of a config differs from the data that a run was trained on, None if it is the same."""
    if data.has_digest(trained_on.digest):
        return None
    name = next((str(config["data"][key]) for key in PLACES if config["data"].get(key) is not None), "the data")
    return f"{name} is not what the run was trained on: {describe_change(trained_on.contents, data.contents)}"


def check_unchanged(data: Data, config: dict[str, Any], trained_on: DataRecord, *, allowed: bool = False) -> None:
    """Raise DataChanged if the data is not what a run was trained on; if that is allowed, warn."""
    if change := change_of(data, config, trained_on):
        if not allowed:
            raise DataChanged(change)
        warnings.warn(change, DataWarning, stacklevel=3)


@contextmanager
def suggesting_to_allow() -> Iterator[None]:
    """Add the setting that allows changed data to the errors about it."""
    try:
        yield
    except DataChanged as error:
        raise DataChanged(f"{error}; {HINT}") from None
