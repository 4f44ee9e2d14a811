"""Optional packages. Does not import torch."""

from collections.abc import Iterable
from importlib.util import find_spec

from ..errors import UserError


def require_packages(names: Iterable[str], *, purpose: str, install: str) -> None:
    """Raise UserError if a package is missing. purpose: the setting that needs it; install: the arguments of pip."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise UserError(f"{purpose} needs {' and '.join(missing)}: pip install {install}")
