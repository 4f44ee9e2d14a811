"""The catalogue: every network of the package, by name."""

import importlib
import pkgutil
from fnmatch import fnmatchcase

from . import models
from .card import ModelCard, registered
from .errors import unknown


def catalogue() -> dict[str, tuple[ModelCard, type]]:
    """Return name -> (card, class) of every network of the package, importing all of them."""
    for module in pkgutil.walk_packages(models.__path__, models.__name__ + "."):
        importlib.import_module(module.name)
    return registered()


def find(name: str) -> tuple[ModelCard, type]:
    """Return card and class of one network. Raises UserError with the nearest name."""
    models = catalogue()
    if name not in models:
        raise unknown("model", name, models)
    return models[name]


def list_models(pattern: str = "*") -> list[str]:
    """Return the names that match a shell pattern such as `*lstm*`."""
    return [name for name in catalogue() if fnmatchcase(name, pattern)]
