"""The environment of a run: versions, commit, machine and command line."""

import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any


def environment() -> dict[str, Any]:
    """Return versions, commit, machine and command line."""
    import torch

    return {
        **software(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "threads": torch.get_num_threads(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


@cache
def software() -> dict[str, Any]:
    """Return versions, commit and platform, as they were when a run of this process began for the first time."""
    packages = ("torch", "torchvision", "pytorch-lightning", "hydra-core", "numpy", "scikit-learn")
    return {
        "nnzoo": own_version(),
        "commit": commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "platform": platform.platform(),
    }


def own_version() -> str:
    """Return the version of nnzoo, also of a source tree on the path, which has no metadata."""
    package: Any = sys.modules[__name__.partition(".")[0]]
    return str(package.__version__)


def commit() -> str | None:
    """Return the commit of the source tree, with + if there are uncommitted changes; None outside a repository."""
    here = Path(__file__).parents[1]
    git = ["git", "-C", str(here)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "-uno", "--", ".", "../configs"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")
