"""Readable names of run directories."""

import re
from collections.abc import Sequence
from typing import Any

NOT_IN_RUN_NAME = (
    "allow",
    "output_dir",
    "name",
    "trainer.accelerator",
    "trainer.threads",
    "model._weights_",
)  # overrides left out of the name
FIRST_IN_RUN_NAME = ("cv", "fold")  # overrides that a long name must not cut off
NAME_LENGTH = 90  # characters
NAME_BYTES = 220  # in UTF-8; file systems allow 255, including time stamp and suffix


def run_name(choices: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return a readable name: model and overrides, those of the trainer last.

    The parent folder has the name of the data, or of an experiment, which is then followed by the data.
    """
    names = [str(choices.get("model"))]
    if choices.get("experiment"):
        names.append(str(choices.get("data")))
    settings = [override.lstrip("+~").partition("=") for override in overrides]
    for key, _, value in sorted(settings, key=lambda setting: place_in_name(setting[0])):
        if key.endswith("._target_"):
            key, value = key.removesuffix("._target_"), value.rpartition(".")[2]
        if key not in ("model", "data", "experiment", *NOT_IN_RUN_NAME):
            names.append(f"{key.rpartition('.')[2]}={value}")
    return safe_name("-".join(names))


def place_in_name(key: str) -> int:
    """Return the place of a setting in a name: a number by which settings are sorted."""
    return 0 if key in FIRST_IN_RUN_NAME else 2 if key.startswith("trainer.") else 1


def safe_name(name: str) -> str:
    """Return a name that is short and safe in paths, without quotation marks and brackets."""
    return shortened(re.sub(r"[^\w.=,-]+", "_", re.sub(r"['\"\[\]]", "", name))).strip("-_,.")


def shortened(name: str) -> str:
    """Return the beginning of a name, as long as file systems allow."""
    return name[:NAME_LENGTH].encode()[:NAME_BYTES].decode(errors="ignore")
