"""Between data and network: the input in a form that the network takes, the output where the target wants it.

Shapes: B examples, T steps, F features, C channels, H height, W width, O outputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .card import Form, ModelCard
from .errors import UserError
from .spec import DataSpec

Adapter = Callable[[Tensor], Tensor]


def same(x: Tensor) -> Tensor:
    """Leave x as it is."""
    return x


def flatten(x: Tensor) -> Tensor:
    """(B, ...) -> (B, F)."""
    return x.flatten(1)


def rows(x: Tensor) -> Tensor:
    """Images as sequences of their rows: (B, C, H, W) -> (B, H, C * W)."""
    return x.transpose(1, 2).flatten(2)


def scan(x: Tensor) -> Tensor:
    """Vectors as sequences of single numbers: (B, F) -> (B, F, 1)."""
    return x.unsqueeze(-1)


class Network(nn.Module):
    """A network of the zoo, fitted to a kind of data: `net(x, mask)` takes batches as the data gives them.

    Input (B, *spec.shape) or (B, T, *spec.shape) with mask (B, T) or None; output (B, O), or (B, T, O) where the
    target has one entry for every step. Of a sequence with one target, the output at its last real step counts.
    """

    def __init__(self, model: nn.Module, adapter: Adapter, *, last_step: bool) -> None:
        super().__init__()
        self.model = model
        self.adapter = adapter
        self.last_step = last_step

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the raw outputs."""
        output: Tensor = self.model(self.adapter(x))
        if not self.last_step:
            return output
        if mask is None:
            return output[:, -1]
        return output[torch.arange(len(output), device=output.device), mask.sum(1) - 1]


Way = tuple[Adapter, dict[str, object]] | None


def vector_to_vector(spec: DataSpec) -> Way:
    """The features as they are."""
    return same, {"in_features": spec.shape[0]}


def image_to_vector(spec: DataSpec) -> Way:
    """All pixels in a row."""
    return flatten, {"in_features": spec.shape[0] * spec.shape[1] * spec.shape[2]}


def sequence_to_vector(spec: DataSpec) -> Way:
    """Each step by itself where each has a target, else all steps in a row."""
    if spec.per_step:  # the same network at every step
        return same, {"in_features": spec.shape[0]}
    return (flatten, {"in_features": spec.seq_len * spec.shape[0]}) if spec.seq_len else None


def image_to_image(spec: DataSpec) -> Way:
    """The pixels as they are."""
    return same, {"in_shape": spec.shape}


def sequence_to_sequence(spec: DataSpec) -> Way:
    """The steps as they are."""
    return same, {"in_features": spec.shape[0], "seq_len": spec.seq_len}


def image_to_sequence(spec: DataSpec) -> Way:
    """Row after row."""
    channels, height, width = spec.shape
    return rows, {"in_features": channels * width, "seq_len": height}


def vector_to_sequence(spec: DataSpec) -> Way:
    """Number after number."""
    return scan, {"in_features": 1, "seq_len": spec.shape[0]}


WAYS: dict[tuple[str, str], Callable[[DataSpec], Way]] = {
    ("vector", "vector"): vector_to_vector,
    ("image", "vector"): image_to_vector,
    ("sequence", "vector"): sequence_to_vector,
    ("image", "image"): image_to_image,
    ("sequence", "sequence"): sequence_to_sequence,
    ("image", "sequence"): image_to_sequence,
    ("vector", "sequence"): vector_to_sequence,
}


def choose(card: ModelCard, spec: DataSpec) -> tuple[Form, Adapter, dict[str, object]]:
    """Return the form the network takes, the way there, and the sizes of the input by their reserved names.

    Raises UserError if no form that the network accepts fits the data.
    """
    for form in sorted(card.accepts, key=lambda f: f != spec.form):  # its own form first
        way = WAYS.get((spec.form, form), lambda _: None)(spec)
        if way:
            adapter, sizes = way
            return form, adapter, sizes
    forms = " or ".join(f"{form}s" for form in card.accepts)
    raise UserError(f"model '{card.name}' takes {forms}; the data gives {spec}")
