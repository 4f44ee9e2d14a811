"""The layers of an untrained network for inputs of a given shape."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from ..analysis.layers.costs import LayerCost, layer_costs
from ..builders.adapters import Network
from ..builders.heads import head_type
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..card import TargetKind
from ..config.catalogue import cards
from ..config.compose import compose
from ..errors import UserError
from ..spec import DataSpec
from .isolation import isolated
from .saved import plain


def layer_table(name: str, shape: Sequence[int], classes: int, overrides: Sequence[str] = ()) -> list[LayerCost]:
    """Return the layers of a network of the catalogue, see `layer_costs`; its weights take no memory.

    shape: of an input, (F,) or (C, H, W); overrides: settings model.*. Raises UserError for unsuitable settings and for
    a network that does not take such inputs.
    """
    config = plain(compose([f"model={name}", *overrides]))
    kinds: tuple[TargetKind, ...] = ("classes", "class_map", "class_box")
    target: TargetKind = next((kind for kind in kinds if kind in cards()[name].targets), "real")
    if target == "class_map" and len(shape) != 3:
        raise UserError(f"model '{name}' takes images; input is {shape[0]}, it takes a shape such as 3x224x224")
    spec = DataSpec("real", tuple(shape), target, classes, low=0.0, high=1.0)
    targets = head_type(config).targets if config["head"] else ()
    if "input" in targets:
        spec = spec.with_input_as_target()
    with isolated():
        net = without_values(config, spec)
    return [replace(each, name=each.name.removeprefix("model.")) for each in layer_costs(net.eval(), shape)]


def without_values(config: dict[str, Any], spec: DataSpec) -> Network:
    """Return a network whose weights take no memory, if its constructor and those of its layers allow that."""
    loss = build_loss(config, spec)
    try:
        with torch.device("meta"):
            return build_network(config, spec, loss)
    except (NotImplementedError, RuntimeError):  # torch refuses to read a value of a tensor without memory
        return build_network(config, spec, loss)
