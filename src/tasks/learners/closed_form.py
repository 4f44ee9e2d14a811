"""Closed-form solutions for the last linear layer of a network.

Shapes: "*n" is (B,) for examples, or (B, T) where every step has a target; F inputs and O outputs of the layer; N rows,
which are examples or real steps.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..loop import Diverged
from ..modes import evaluation_mode
from .cost import check_cost
from .last_linear import last_linear
from .one_pass import OnePass

COPIES = 4  # of the matrix of products of inputs that a solution holds


class ClosedForm(Task):
    """Base class of tasks that compute W and b of the last layer as the minimum of |X W + b - Y|^2 + penalty |W|^2.

    X are the inputs of that layer and Y the targets: real targets unchanged, classes and labels as +1 and -1 for each
    output. Sums are over all rows, in float64; the bias is not penalized.

    penalty: at least 0; for 0 the minimum-norm solution (singular values of X below about 1e-7 of the largest one are
    treated as 0). washout: steps at the start of each sequence that are left out of the sums.
    Raises UserError for values out of range, for a network whose last layer is not linear, and for targets with unknown
    entries. Aggarwal 2.2.2.2, eq. 2.10-2.12; 7.4.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "real", "multilabel", "next_token", "input")
    cubes: ClassVar[int] = 1  # operations to solve the equations, in units of the cube of the number of inputs

    def __init__(self, *, components: Components, penalty: float = 1e-6, washout: int = 0) -> None:
        spec = components.spec
        if not 0 <= penalty < float("inf"):
            raise UserError(f"task.penalty is {penalty}; it must be at least 0 and finite")
        if washout < 0:
            raise UserError(f"task.washout is {washout}; it must be at least 0")
        if washout and not spec.per_step:
            raise UserError(f"task.washout is {washout}, but the data has no target at each step: {spec}")
        if washout and spec.seq_len is not None and washout >= spec.seq_len:
            raise UserError(f"task.washout is {washout}; it must be below the {spec.seq_len} steps of the sequences")
        if spec.partial:
            raise UserError(f"a closed form needs targets without unknown entries; the data is {spec}")
        readout = last_linear(components.net, spec)
        number = torch.zeros(1)
        if spec.target in ("real", "input") and components.loss.expected(number) is not number:
            name = type(components.loss).__name__
            raise UserError(
                f"least squares predicts the outputs themselves, but loss {name} does not; choose loss=squared"
            )
        super().__init__(components=components)
        self.penalty = penalty
        self.washout = washout
        self.readout = readout

    @torch.no_grad()
    def solve(self, batches: Iterable[Batch]) -> None:
        """Solve for the last layer in one pass over the batches, with the network in evaluation mode.

        Raises UserError if no step is left, Diverged if an input of the layer is not finite.
        """
        equations = self.make_equations()
        hook = self.readout.register_forward_pre_hook(equations.record)
        step = 0
        with evaluation_mode(self.net):
            for batch in batches:
                batch = self.trainer.precision_plugin.convert_input(batch)
                step = step if batch.is_continuation else 0
                self.compute(batch)
                equations.add(self.encode_targets(batch.y), self.row_mask(batch, step))
                step += batch.x.shape[1] if self.spec.sequence else 0
        hook.remove()
        if not equations.rows:
            raise UserError(f"task.washout is {self.washout}, which leaves no step of any sequence")
        equations.solve(self.penalty)

    def check_cost(self, rows: int) -> None:
        """Raise UserError if the solution needs more memory than there is; warn if it takes long."""
        inputs, outputs = self.readout.in_features, self.readout.out_features
        values = COPIES * inputs**2 + 3 * inputs * outputs
        operations = 2 * rows * inputs * (inputs + outputs) + self.cubes * inputs**3
        check_cost(inputs, values=values, operations=operations)

    def make_equations(self) -> "NormalEquations":
        """Return the equations whose sums are accumulated in a pass."""
        return NormalEquations(self.readout)

    def encode_targets(self, target: Tensor) -> Tensor:
        """Return the desired outputs: (*n, O)."""
        if self.spec.target in ("real", "input"):
            return target
        if self.spec.target != "multilabel":
            outputs = self.readout.out_features
            target = target[..., None] if outputs == 1 else torch.nn.functional.one_hot(target, outputs)
        return 2 * target - 1

    def row_mask(self, batch: Batch, step: int) -> Tensor | None:
        """Return which steps (B, T) count, None for all; step: number of steps in earlier segments."""
        if not self.spec.per_step or (batch.mask is None and step >= self.washout):
            return None
        mask = torch.ones(batch.x.shape[:2], dtype=torch.bool, device=batch.x.device)
        mask[:, : max(0, self.washout - step)] = False
        return mask if batch.mask is None else mask & batch.mask


class Ridge(ClosedForm, OnePass):
    """Ridge regression, in one pass over the data."""


class RidgeStart(ClosedForm):
    """Gradient training that starts from a solved last layer, such as an echo-state network as initialization.

    Aggarwal 7.4 (end), 7.3.
    """

    def why_not_frozen(self) -> str | None:
        """Return why the last layer cannot be frozen."""
        learned = any(p.requires_grad for p in self.readout.parameters())
        return None if learned else "the last layer is solved for before training"

    def on_train_start(self) -> None:
        """Solve, unless the run is resumed."""
        assert self.cursor is not None
        if self.random_state is None:
            with self.trainer.precision_plugin.forward_context():
                self.solve(self.cursor.peek())
        super().on_train_start()


class NormalEquations:
    """The normal equations of a linear layer: sums over rows of products of inputs and desired outputs.

    A bias is the weight of an additional input that is always 1.
    """

    def __init__(self, layer: torch.nn.Linear) -> None:
        self.layer = layer
        inputs = layer.in_features + (layer.bias is not None)
        self.gram = layer.weight.new_zeros(inputs, inputs, dtype=torch.float64)
        self.cross = layer.weight.new_zeros(inputs, layer.out_features, dtype=torch.float64)
        self.rows = 0

    def record(self, layer: torch.nn.Module, inputs: tuple[Tensor]) -> None:
        """Record the inputs of the layer; a forward pre-hook."""
        self.inputs = inputs[0]

    def add(self, target: Tensor, mask: Tensor | None) -> None:
        """Add the rows of the recorded inputs (*n, F) and of targets (*n, O); mask: steps that count (B, T)."""
        x, y = self.select_rows(target, mask)
        self.gram += x.t() @ x
        self.cross += x.t() @ y
        self.rows += len(x)

    def select_rows(self, target: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the rows to add: inputs (N, F), with a further 1 for a bias, and targets (N, O)."""
        x, y = (t.flatten(0, -2) if mask is None else t[mask] for t in (self.inputs, target))
        x, y = x.double(), y.double()
        if self.layer.bias is not None:
            x = torch.cat([x, x.new_ones(len(x), 1)], 1)
        return x, y

    def solve(self, penalty: float) -> None:
        """Write the solution into the layer. Raises Diverged if a number is not finite."""
        if not (self.gram.isfinite().all() and self.cross.isfinite().all()):
            raise Diverged("an input of the last layer or a target is not finite")
        n = self.layer.in_features
        gram, cross = self.gram[:n, :n], self.cross[:n]
        if self.layer.bias is not None:  # for centered inputs and outputs the optimal bias is 0
            mean_x, mean_y = self.gram[n, :n] / self.rows, self.cross[n] / self.rows
            gram = gram - self.rows * torch.outer(mean_x, mean_x)
            cross = cross - self.rows * torch.outer(mean_x, mean_y)
        if penalty:
            weight = torch.linalg.solve(gram + penalty * torch.eye(n).to(gram), cross)
        else:
            weight = torch.linalg.pinv(gram, hermitian=True) @ cross
        self.layer.weight.copy_(weight.t())
        if self.layer.bias is not None:
            self.layer.bias.copy_(mean_y - mean_x @ weight)
