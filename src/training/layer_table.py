"""The layers of an untrained network for inputs of a given shape."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from ..analysis.layers.costs import LayerCost, layer_costs
from ..builders.adapters import Network, choose_conversion
from ..builders.alternatives import FORMS
from ..builders.heads import head_type
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..card import Form, ModelCard, TargetKind
from ..config.catalogue import cards
from ..config.compose import compose
from ..config.target_kinds import data_overrides
from ..errors import UserError
from ..spec import DataSpec
from .isolation import isolated
from .saved import plain

SHAPES: dict[Form, str] = {"image": "3x224x224", "vector": "784", "sequence": "20x3, steps and features"}
"""Form of input -> an example of a shape, as a user writes it."""
TARGETS: tuple[TargetKind, ...] = ("classes", "class_map", "class_box", "real", "input", "none")


def layer_table(name: str, shape: Sequence[int], classes: int, overrides: Sequence[str] = ()) -> list[LayerCost]:
    """Return the layers of a network of the catalogue, see `layer_costs`; its weights take no memory.

    shape: of an input, (F,), (T, F) or (C, H, W); overrides: settings model.*. Raises UserError for unsuitable settings
    and for a network that does not take such inputs.
    """
    card = cards()[name]
    spec = spec_for(card, tuple(shape), classes)
    config = plain(compose([f"model={name}", *data_overrides(card.targets), *overrides]))
    head = head_type(config) if config["head"] else None
    if head is not None and head.class_in_input != "none":
        spec = spec.with_class_in_input(context=head.class_in_input == "context")
    elif head is not None and "input" in head.targets:
        spec = spec.with_input_as_target()
    with isolated():
        net = without_values(config, spec)
    steps = () if spec.seq_len is None else (spec.seq_len,)
    costs = layer_costs(net.eval(), (*steps, *spec.shape))
    return [replace(each, name=each.name.removeprefix("model.")) for each in costs]


def spec_for(card: ModelCard, shape: tuple[int, ...], classes: int) -> DataSpec:
    """Return the spec of inputs of a shape, with a target of the network; classes if that is its input.

    Raises UserError for a network that takes no numbers, other shapes, or other targets.
    """
    examples = [text for form, text in SHAPES.items() if form in card.traits.inputs]
    takes = " or ".join(FORMS[form] for form in card.traits.inputs)
    if not examples:
        others = "networks of images, vectors and sequences of numbers"
        raise UserError(f"model '{card.name}' takes {takes}; input=SHAPE is for {others}")
    target = next((kind for kind in TARGETS if kind in card.targets), None)
    if target is None:
        kinds = "networks that predict classes, numbers or their input"
        raise UserError(f"model '{card.name}' predicts {' or '.join(card.targets)}; input=SHAPE is for {kinds}")
    sequence = len(shape) == 2
    suitable = not (target in ("class_map", "class_box") and len(shape) != 3)
    if suitable:
        size, steps = (shape[1:], shape[0]) if sequence else (shape, None)
        target, outputs = "classes" if target == "input" else target, 0 if target == "none" else classes
        spec = DataSpec("real", size, target, outputs, low=0.0, high=1.0, sequence=sequence, seq_len=steps)
        if choose_conversion(card.traits.inputs, spec) is not None:
            return spec
    given, known = "x".join(map(str, shape)), " or ".join(examples)
    raise UserError(f"model '{card.name}' takes {takes}; input is {given}, it takes a shape such as {known}")


def without_values(config: dict[str, Any], spec: DataSpec) -> Network:
    """Return a network whose weights take no memory, if its constructor and those of its layers allow that."""
    loss = build_loss(config, spec)
    try:
        with torch.device("meta"):
            return build_network(config, spec, loss)
    except (NotImplementedError, RuntimeError):  # torch refuses to read a value of a tensor without memory
        return build_network(config, spec, loss)
