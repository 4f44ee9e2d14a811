"""Recurrent layers, unidirectional or bidirectional.

Shapes: B sequences, T steps, F input features per step, W outputs per step.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..errors import unknown
from .cells.base import Cell, State
from .dropout import dropout_layer

STARTS = {"zero": 0.0, "half": 0.5, "learned": 0.0}


class Recurrent(nn.Module):
    """A stack of recurrent layers.

    cell: a function from the number of inputs to a cell, called once for each layer and direction; layers: number of
    layers; bidirectional: add a second cell per layer that reads the sequence from its last real step backwards, and
    concatenate both outputs; start: the initial state: zero, half (all 0.5) or learned (initially zero); dropout:
    between layers. Attribute step_clip: bound for each entry of the gradient that a single step contributes to the
    parameters of the cells, None for no clipping (Aggarwal 7.3).
    Raises ValueError for values out of range. Aggarwal 7.2.3 and 7.2.4.
    """

    def __init__(
        self,
        cell: Callable[[int], Cell],
        in_features: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        start: str = "zero",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if layers < 1:
            raise ValueError(f"layers is {layers}; it must be at least 1")
        if start not in STARTS:
            raise ValueError(str(unknown("start", start, STARTS)))
        self.dropout = dropout_layer(dropout)
        if dropout and layers == 1:
            raise ValueError(
                f"dropout is {dropout}, but it acts between layers, and layers is 1; it must be at least 2"
            )
        self.directions = 2 if bidirectional else 1
        self.step_clip: float | None = None
        self.cells = nn.ModuleList()
        for _ in range(layers):
            below = [cell(in_features) for _ in range(self.directions)]
            self.cells.extend(below)
            in_features = self.directions * below[0].output_size
        self.output_size = in_features
        self.start = STARTS[start]
        self.learned = nn.ParameterList()
        if start == "learned":
            self.learned.extend(torch.zeros(size) for each in self.cells for size in each.state_sizes)  # type: ignore

    def forward(
        self, x: Float[Tensor, "B T F"], mask: Bool[Tensor, "B T"] | None = None, state: list[State] | None = None
    ) -> tuple[Float[Tensor, "B T W"], list[State]]:
        """Return the outputs of all steps and the last state of each cell.

        mask: False at padding, which comes last; it does not affect earlier steps, and outputs and states at padding
        are undefined. state: the state that an earlier call returned, None for the initial state. Raises ValueError for
        a state with another batch size, and for any state of a bidirectional layer.
        """
        if state and self.directions == 2:
            raise ValueError("a bidirectional network cannot continue from a state")
        if state and any(part.shape[0] != x.shape[0] for parts in state for part in parts):
            raise ValueError(f"the state has batch size {len(state[0][0])}; the input has {len(x)}")
        states = state or self.initial_state(x.shape[0])
        order = None if self.directions == 1 else reverse_order(x, mask)
        last: list[State] = []
        for layer in range(0, len(self.cells), self.directions):
            if layer:
                x = self.dropout(x)
            outputs = []
            for direction in range(self.directions):
                backwards = order if direction else None
                out, end = self._run_cell(
                    self.cells[layer + direction], reorder(x, backwards), states[layer + direction]
                )
                outputs.append(reorder(out, backwards))
                last.append(end)
            x = outputs[0] if len(outputs) == 1 else torch.cat(outputs, -1)
        return x, last

    def _run_cell(self, cell: nn.Module, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Run a cell over all steps at once, or with a copy of its parameters for each step if step_clip is set."""
        if self.step_clip is None or not torch.is_grad_enabled():
            found: tuple[Tensor, State] = cell(x, state)
            return found
        outputs = []
        for step in x.split(1, 1):
            copies = {name: clipped_copy(p, self.step_clip) for name, p in cell.named_parameters()}
            out, state = torch.func.functional_call(cell, copies, (step, state))
            outputs.append(out)
        return torch.cat(outputs, 1), state

    def initial_state(self, batch: int) -> list[State]:
        """Return the initial state of each cell."""
        sizes: list[tuple[int, ...]] = [cell.state_sizes for cell in self.cells]  # type: ignore[misc]
        if self.learned:
            learned = iter(self.learned)
            return [tuple(next(learned).expand(batch, -1).contiguous() for _ in each) for each in sizes]
        like: Tensor = self.cells[0].weight_h  # type: ignore[assignment]
        return [tuple(like.new_full((batch, size), self.start) for size in each) for each in sizes]

    def final_outputs(self, outputs: Float[Tensor, "B T W"], mask: Bool[Tensor, "B T"] | None) -> Float[Tensor, "B W"]:
        """Return the output of each direction after the whole sequence: at the last real step, or at the first step."""
        rows = torch.arange(outputs.shape[0], device=outputs.device)
        final = outputs[:, -1] if mask is None else outputs[rows, mask.sum(1) - 1]
        if self.directions == 1:
            return final
        half = self.output_size // 2
        return torch.cat([final[:, :half], outputs[:, 0, half:]], -1)


def clipped_copy(parameter: Tensor, bound: float) -> Tensor:
    """Return a copy of a parameter whose contribution to the gradient is clipped elementwise to [-bound, bound]."""
    copy = parameter.view_as(parameter)
    if copy.requires_grad:
        copy.register_hook(lambda gradient: gradient.clamp(-bound, bound))
    return copy


def clip_steps(net: nn.Module, bound: float) -> list[nn.Parameter]:
    """Clip the gradient contribution of each step in recurrent cells elementwise; return the other parameters.

    Raises ValueError for a network without recurrent layers. Aggarwal 7.3, value-based clipping (Mikolov).
    """
    layers = [layer for layer in net.modules() if isinstance(layer, Recurrent)]
    if not layers:
        raise ValueError("'temporal' clips recurrent layers, but the network has none; it must be norm or value")
    for layer in layers:
        layer.step_clip = bound
    clipped = {p for layer in layers for p in layer.cells.parameters()}
    return [p for p in net.parameters() if p not in clipped]


def reverse_order(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return (B, T): the indices of the real steps from last to first, followed by those of the padding."""
    index = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2])
    if mask is None:
        return index.flip(1)
    return torch.where(mask, mask.sum(1, keepdim=True) - 1 - index, index)


def reorder(x: Tensor, index: Tensor | None) -> Tensor:
    """Return the steps of x (B, T, N) at the given indices (B, T), or x for None."""
    return x if index is None else x.gather(1, index[..., None].expand_as(x))
