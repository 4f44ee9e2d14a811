"""nnzoo: classic neural networks. Each runs with one command and is checked against its textbook."""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .config import earlier_imports

__version__ = "0.1.0"
__all__ = [
    "DataSpec",
    "NNZooClassifier",
    "NNZooRegressor",
    "NNZooTransformer",
    "UserError",
    "analogy",
    "check",
    "create_model",
    "document_vectors",
    "encode",
    "evaluate",
    "explain",
    "export",
    "gradient_norms",
    "list_models",
    "list_runs",
    "load",
    "load_sweep",
    "lr_find",
    "neighbors",
    "outliers",
    "perceptron_updates",
    "predict",
    "recommend",
    "report",
    "rerun",
    "resume",
    "sample",
    "similarity",
    "sweep",
    "trace",
    "train",
    "weight_changes",
]

if TYPE_CHECKING:
    from .api import (
        encode,
        evaluate,
        load,
        load_sweep,
        lr_find,
        predict,
        rerun,
        resume,
        sample,
        sweep,
        train,
    )
    from .config.catalogue import list_models
    from .errors import UserError
    from .estimators.classifier import NNZooClassifier
    from .estimators.regressor import NNZooRegressor
    from .estimators.transformer import NNZooTransformer
    from .inference.document_vectors import document_vectors
    from .inference.explanations.explain import explain
    from .inference.export.export import export
    from .inference.outliers import outliers
    from .inference.recommendations.recommend import recommend
    from .inference.word_vectors import analogy, neighbors, similarity
    from .reports.write import report
    from .runs.frames import list_runs
    from .spec import DataSpec
    from .teaching.gradient_norms import gradient_norms
    from .teaching.perceptron import perceptron_updates
    from .teaching.trace import trace
    from .teaching.weight_changes import weight_changes
    from .training.create_model import create_model
    from .training.gradient_check import check

# A notebook passes MPLBACKEND to the programs that it starts; matplotlib fails if their environment lacks that backend.
_backend = os.environ.get("MPLBACKEND", "")
if _backend.startswith("module://") and find_spec(_backend.removeprefix("module://").partition(".")[0]) is None:
    del os.environ["MPLBACKEND"]

earlier_imports.install()

_MODULES = {  # else api
    "check": "training.gradient_check",
    "create_model": "training.create_model",
    "document_vectors": "inference.document_vectors",
    "explain": "inference.explanations.explain",
    "export": "inference.export.export",
    "list_models": "config.catalogue",
    "list_runs": "runs.frames",
    "recommend": "inference.recommendations.recommend",
    "outliers": "inference.outliers",
    "report": "reports.write",
    "DataSpec": "spec",
    "NNZooClassifier": "estimators.classifier",
    "NNZooRegressor": "estimators.regressor",
    "NNZooTransformer": "estimators.transformer",
    "UserError": "errors",
    "gradient_norms": "teaching.gradient_norms",
    "perceptron_updates": "teaching.perceptron",
    "trace": "teaching.trace",
    "weight_changes": "teaching.weight_changes",
    **dict.fromkeys(("analogy", "neighbors", "similarity"), "inference.word_vectors"),
}


def __getattr__(name: str) -> Any:  # lazy: `import nnzoo` does not import torch
    if name not in __all__:
        raise AttributeError(f"module 'nnzoo' has no attribute '{name}'")
    return getattr(import_module("." + _MODULES.get(name, "api"), __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
