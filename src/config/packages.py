"""Optional packages. Does not import torch."""

from collections.abc import Iterable
from importlib.util import find_spec

from ..errors import UserError


def is_installed(name: str) -> bool:
    """Return whether a package can be imported; a folder of the same name without `__init__.py` is none."""
    found = find_spec(name)
    return found is not None and found.origin is not None


def require_packages(names: Iterable[str], *, purpose: str, install: str) -> None:
    """Raise UserError if a package is missing. purpose: the setting that needs it; install: the arguments of pip."""
    missing = [name for name in names if not is_installed(name)]
    if missing:
        raise UserError(f"{purpose} needs {' and '.join(missing)}: pip install {install}")
