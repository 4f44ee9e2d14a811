"""Imports of modules by the names that they had in earlier versions, for the user's own code. Imports no torch."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from .moved_modules import MOVED

NAMES = {
    **MOVED,
    "nnzoo.data.textfile": "nnzoo.files.text",
    "nnzoo.data.tokenizers": "nnzoo.text.tokenizers",
    "nnzoo.data.vectors": "nnzoo.text.vectors",
}


class EarlierNames(MetaPathFinder, Loader):
    """Finds a module that has moved where it is now, with a DeprecationWarning that says where."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return a spec for an earlier name, None for others. Asked after the finders of files."""
        return ModuleSpec(name, self) if name in NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module itself."""
        warnings.warn(f"{spec.name} is now {NAMES[spec.name]}", DeprecationWarning, stacklevel=2)
        module = import_module(NAMES[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back: it is executed already."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Find modules by their earlier names from now on."""
    if not any(isinstance(finder, EarlierNames) for finder in sys.meta_path):
        sys.meta_path.append(EarlierNames())
