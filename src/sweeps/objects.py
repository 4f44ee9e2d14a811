"""Objects from Python in a sweep: which of them worker processes can have."""

import pickle
from collections.abc import Sequence

from ..config.given import Given
from ..errors import UserError, reason_of


def in_this_process(overrides: Sequence[str], given: Given) -> list[str]:
    """Return the overrides of a sweep, with `sweep.workers=0` if its objects cannot be sent to worker processes.

    Raises UserError if the overrides ask for worker processes nevertheless.
    """
    reason = next(filter(None, (why_not_sent(path, each) for path, each in given.objects.items())), None)
    keys = {line.lstrip("+").partition("=")[0]: line.partition("=")[2] for line in overrides}
    if reason is None or keys.get("sweep.vectorized") == "true" or keys.get("sweep.workers") == "0":
        return list(overrides)
    for key in ("sweep.workers", "launcher"):
        if key in keys:
            raise UserError(f"{key}={keys[key]}: {reason}; leave it out, so that the runs are trained in this process")
    return [*overrides, "sweep.workers=0"]


def why_not_sent(path: str, given: object) -> str | None:
    """Return why an object cannot be sent to another process, None if it can."""
    try:
        content = pickle.dumps(given)
    except Exception as error:
        return f"{path} cannot be sent to a worker process ({reason_of(error)})"
    if b"__main__" in content:
        return f"{path} cannot be sent to a worker process, since it is defined in a notebook or script"
    return None
