"""Readable names of run directories."""

import re
from collections.abc import Sequence
from typing import Any

NOT_IN_RUN_NAME = ("output_dir", "name", "trainer.threads")  # overrides that are left out of the name
FIRST_IN_RUN_NAME = ("cv", "fold")  # overrides that a long name must not cut off
NAME_LENGTH = 90  # characters
NAME_BYTES = 220  # in UTF-8; file systems allow 255, including time stamp and suffix


def run_name(choices: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return a readable name: model, data and overrides."""
    parts = [str(choices.get("model")), str(choices.get("data"))]
    settings = [override.lstrip("+~").partition("=") for override in overrides]
    for key, _, value in sorted(settings, key=lambda setting: setting[0] not in FIRST_IN_RUN_NAME):
        if key not in ("model", "data", "experiment", *NOT_IN_RUN_NAME):
            parts.append(f"{key.rpartition('.')[2]}={value}")
    return safe_name("-".join(parts))


def safe_name(name: str) -> str:
    """Return a name that is short and safe in paths, without quotation marks."""
    safe = re.sub(r"[^\w.=,-]+", "_", re.sub(r"['\"]", "", name))[:NAME_LENGTH]
    return safe.encode()[:NAME_BYTES].decode(errors="ignore").strip("-_,.")
