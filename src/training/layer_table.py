"""The layers of an untrained network for inputs of a given shape."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from ..analysis.layers.costs import LayerCost, layer_costs
from ..builders.heads import head_type
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..config.compose import compose
from ..spec import DataSpec
from .isolation import isolated
from .saved import plain


def layer_table(name: str, shape: Sequence[int], classes: int, overrides: Sequence[str] = ()) -> list[LayerCost]:
    """Return the layers of a network of the catalogue, see `layer_costs`; its weights take no memory.

    shape: of an input, (F,) or (C, H, W); overrides: settings model.*. Raises UserError for unsuitable settings and for
    a network that does not take such inputs.
    """
    config = plain(compose([f"model={name}", *overrides]))
    spec = DataSpec("real", tuple(shape), "classes", classes, low=0.0, high=1.0)
    targets = head_type(config).targets if config["head"] else ()
    if "input" in targets:
        spec = spec.with_input_as_target()
    ours = str(config["model"]["_target_"]).startswith("nnzoo.")
    with (
        isolated(),
        torch.device("meta" if ours else "cpu"),
    ):  # other networks are tried on an input when they are built
        net = build_network(config, spec, build_loss(config, spec))
    return [replace(each, name=each.name.removeprefix("model.")) for each in layer_costs(net.eval(), shape)]
