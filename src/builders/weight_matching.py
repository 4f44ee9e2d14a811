"""Which weights of a trained network a new one begins with: those of the same name, or layer by layer in order.

Weights are given by name, as in a state dict.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from torch import Size, Tensor

from ..errors import UserError, join_names

HINT = "; weights_by=order takes layers with the same shapes in their order"

Weights = Mapping[str, Tensor]


class Layer(NamedTuple):
    """A layer with weights: its name, and the shapes of its own parameters and buffers by name."""

    name: str
    shapes: dict[str, Size]


def by_name(own: Weights, given: Weights, head: str) -> dict[str, str]:
    """Return which weights to take, own name -> given name: all, those of the last layer only if the shapes are equal.

    head: name of the last layer, "" if there is none. Raises UserError if the layers are not the same.
    """
    if missing := [name for name in own if name not in given]:
        raise UserError(f"it has no {join_names(missing, 3)}{HINT}")
    if others := [name for name in given if name not in own]:
        raise UserError(f"it also has {join_names(others, 3)}{HINT}")
    different = [name for name in own if own[name].shape != given[name].shape]
    if wrong := next((name for name in different if not is_in(name, head)), None):
        raise UserError(f"its {wrong} is {tuple(given[wrong].shape)}, here it is {tuple(own[wrong].shape)}")
    return {name: name for name in own if not different or not is_in(name, head)}


def in_order(own: Weights, given: Weights, ends: tuple[int, int] | None = None) -> dict[str, str]:
    """Return which weights to take, own name -> given name: each given layer goes to the next own one of its shapes.

    ends: take only so many layers from the beginning, and so many from the end, which are assigned from the end. The
    last layer is taken only for the last layer, and only if the shapes are equal. Layers are those with weights,
    normalization included. Raises UserError if the given layers are fewer, or one has no counterpart.
    """
    (*ours, our_last), (*theirs, their_last) = layers_of(own), layers_of(given)
    first, last = (len(theirs), 1) if ends is None else ends
    if first + last > len(theirs) + 1:
        raise UserError(f"it has only {len(theirs) + 1} layers with weights")
    front = counterparts(ours, theirs[:first])
    rest = ours[ours.index(front[-1][0]) + 1 :] if front else ours
    back = counterparts(rest[::-1], theirs[len(theirs) + 1 - last :][::-1]) if last else []
    pairs = [*front, *back]
    if last and our_last.shapes == their_last.shapes:
        pairs.append((our_last, their_last))
    return {join(mine, name): join(other, name) for mine, other in pairs for name in mine.shapes}


def counterparts(ours: Iterable[Layer], theirs: Iterable[Layer]) -> list[tuple[Layer, Layer]]:
    """Return each of their layers with the next of ours that has the same shapes."""
    rest, found = iter(ours), []
    for layer in theirs:
        mine = next((each for each in rest if each.shapes == layer.shapes), None)
        if mine is None:
            shapes = ", ".join(f"{name} {tuple(shape)}" for name, shape in layer.shapes.items())
            raise UserError(f"its {layer.name} ({shapes}) has no counterpart here")
        found.append((mine, layer))
    return found


def layers_of(weights: Weights) -> list[Layer]:
    """Return the layers of weights in their order."""
    found: dict[str, dict[str, Size]] = {}
    for name, weight in weights.items():
        layer, _, own = name.rpartition(".")
        found.setdefault(layer, {})[own] = weight.shape
    return [Layer(*each) for each in found.items()]


def is_in(name: str, layer: str) -> bool:
    """Return whether weights of this name are in a layer."""
    return bool(layer) and name.startswith(f"{layer}.")


def join(layer: Layer, name: str) -> str:
    """Return the name of a weight of a layer in a network."""
    return f"{layer.name}.{name}" if layer.name else name
