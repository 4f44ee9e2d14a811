"""Imports of modules by their names in earlier versions, for the user's own code. Imports no torch."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from .moved_modules import MOVED

EARLIER_NAMES = {
    **MOVED,
    "nnzoo.data.textfile": "nnzoo.files.text",
    "nnzoo.data.tokenizers": "nnzoo.text.tokenizers",
    "nnzoo.data.vectors": "nnzoo.text.vectors",
}


class EarlierModuleFinder(MetaPathFinder, Loader):
    """Finder of moved modules by their earlier names; gives a DeprecationWarning with the current name."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return a spec for an earlier name, None for others. Called after the default finders."""
        return ModuleSpec(name, self) if name in EARLIER_NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module under its current name."""
        warnings.warn(f"{spec.name} is now {EARLIER_NAMES[spec.name]}", DeprecationWarning, stacklevel=2)
        module = import_module(EARLIER_NAMES[spec.name])
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own spec; the module has already been executed."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Install the finder for this process."""
    if not any(isinstance(finder, EarlierModuleFinder) for finder in sys.meta_path):
        sys.meta_path.append(EarlierModuleFinder())
