"""The description of an exported file, as plain data for a JSON file next to it."""

from typing import Any

from ...runs.environment import own_version
from ..trained import Trained
from .graph import Graph
from .weight_files import Tensors


def describe(trained: Trained, name: str, content: Graph | Tensors) -> dict[str, Any]:
    """Return what is needed to use an exported file without the run.

    name: the format. Contains inputs and outputs, or the shapes of the tensors; how raw data becomes x; the names of
    classes and labels; and for real targets the mean and scale with which outputs become numbers in the user's units.
    """
    spec = trained.spec
    found: dict[str, Any] = {"format": name, "nnzoo": own_version(), "network": trained.config["model"]}
    if isinstance(content, Graph):
        shapes = content.shapes()
        found["inputs"] = {key: shapes[key] for key in content.inputs}
        found["outputs"] = {key: shapes[key] for key in content.outputs}
    else:
        found["tensors"] = {
            key: {"type": str(value.dtype).removeprefix("torch."), "shape": list(value.shape)}
            for key, value in content.items()
        }
    kind = spec.input if not trained.transforms.fixed else "real"
    found["input"] = {"kind": kind, "form": spec.form, "vocabulary": list(spec.vocabulary), "sizes": list(spec.sizes)}
    found["preprocessing"] = trained.preprocessing.to_dict()
    found["transforms"] = list(trained.transforms.fixed)
    found["target"] = {
        "kind": spec.target,
        "per_step": spec.per_step,
        "labels": list(spec.labels),
        "classes": list(spec.classes),
        "mean": list(spec.target_mean),
        "scale": list(spec.target_scale),
    }
    return found
