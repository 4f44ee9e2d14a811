"""Optional packages. Does not import torch."""

import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from ..errors import UserError


def is_installed(name: str) -> bool:
    """Return whether a package can be imported; a folder of the same name without `__init__.py` is none."""
    found = find_spec(name)
    return found is not None and found.origin is not None


def is_missing(name: str) -> bool:
    """Return whether a package is neither installed nor in the working directory."""
    if not name.isidentifier() or name in sys.modules or find_spec(name) is not None:
        return False
    return not Path(f"{name}.py").is_file() and not Path(name).is_dir()


def require_packages(names: Iterable[str], *, purpose: str, install: str) -> None:
    """Raise UserError if a package is missing. purpose: the setting that needs it; install: the arguments of pip."""
    missing = [name for name in names if not is_installed(name)]
    if missing:
        raise UserError(f"{purpose} needs {' and '.join(missing)}: pip install {install}")
