"""Names of run directories that say what is in them."""

import re
from collections.abc import Sequence
from typing import Any

NOT_IN_RUN_NAME = ("output_dir", "name", "trainer.threads")  # overrides that do not show in a run's name
NAME_LENGTH = 90  # characters
NAME_BYTES = 220  # in UTF-8; file systems take 255, time stamp and suffix included


def run_name(choices: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return a readable name: model-data, then what was overridden."""
    parts = [str(choices.get("model")), str(choices.get("data"))]
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if key not in ("model", "data", "experiment", *NOT_IN_RUN_NAME):
            parts.append(f"{key.rpartition('.')[2]}={value}")
    return readable("-".join(parts))


def readable(name: str) -> str:
    """Return a name that is short and safe in a path, without quotation marks."""
    safe = re.sub(r"[^\w.=,-]+", "_", re.sub(r"['\"]", "", name))[:NAME_LENGTH]
    return safe.encode()[:NAME_BYTES].decode(errors="ignore").strip("-_,.")
