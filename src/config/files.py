"""The config files of nnzoo, read without Hydra."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ..errors import unknown

CONFIGS = "nnzoo.configs"  # the package of the config files


def configs_dir() -> Path:
    """Return the folder of the config files."""
    return Path(str(files(CONFIGS)))


def model_config(name: str) -> dict[str, Any]:
    """Return the config of a network by its name, without its card.

    Raises UserError with the nearest name for an unknown name.
    """
    folder = configs_dir() / "model"
    names = [path.stem for path in folder.glob("*.yaml")]
    if name not in names:
        raise unknown("model", name, names)
    file: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    node: dict[str, Any] = file.get("model", file)  # a file with a loss or rule has the network in its own section
    return {key: value for key, value in node.items() if key != "_card_"}
