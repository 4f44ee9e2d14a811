"""nnzoo: the classic neural networks, each runnable with one command and proven against its textbook."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .config import earlier_imports

__version__ = "0.1.0"
__all__ = [
    "DataSpec",
    "check",
    "create_model",
    "encode",
    "evaluate",
    "list_models",
    "load",
    "predict",
    "rerun",
    "resume",
    "sample",
    "train",
]

if TYPE_CHECKING:
    from .api import create_model, encode, evaluate, load, predict, rerun, resume, sample, train
    from .config.catalogue import list_models
    from .spec import DataSpec
    from .training.gradient_check import check

# A notebook names the backend of its own environment to the programs it starts; matplotlib refuses what is not here.
_backend = os.environ.get("MPLBACKEND", "")
if _backend.startswith("module://") and find_spec(_backend.removeprefix("module://").partition(".")[0]) is None:
    del os.environ["MPLBACKEND"]

earlier_imports.install()

_HOME = {"check": "training.gradient_check", "list_models": "config.catalogue", "DataSpec": "spec"}


def __getattr__(name: str) -> Any:  # torch is imported when something that needs it is asked for
    if name not in __all__:
        raise AttributeError(f"module 'nnzoo' has no attribute '{name}'")
    return getattr(import_module("." + _HOME.get(name, "api"), __name__), name)
