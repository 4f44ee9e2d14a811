"""Many steps of a small network in one call of a compiled kernel.

Shapes: N examples of the steps, S steps, K outputs, P weights of all layers together.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...kernels import dense
from ...losses.base import Loss
from ...losses.bce import BinaryCrossEntropy
from ...losses.domain import check_classes
from ...losses.margin.hinge import Hinge
from ...losses.margin.least_absolute import LeastAbsolute
from ...losses.margin.logistic import Logistic
from ...losses.margin.perceptron import PerceptronCriterion
from ...losses.margin.squared_hinge import SquaredHinge
from ...losses.margin.widrow_hoff import WidrowHoff
from ...losses.multiclass.cross_entropy import CrossEntropy
from ...losses.regression.squared import Squared
from ...rules.base import Rule
from ...rules.margin_perceptron import MarginPerceptron
from ...rules.perceptron import Perceptron
from ...rules.widrow_hoff import WidrowHoff as DeltaRule
from ...spec import Batch
from ..batch_cursor import BatchCursor
from ..step import Step
from .chain import Chain
from .direct import Adapter
from .updates import sgd_step, step_of

if TYPE_CHECKING:
    from ..base import Task

MIN_STEPS = 1000  # of an epoch: with fewer, loading the kernel takes longer than it saves
MAX_WORK = 2e6  # multiplications of a step, above which torch's matrix products are faster
WORK_OF_CALL = 3e7  # multiplications of a call of the kernel, some 10 ms

ACTIVATIONS: dict[type[nn.Module], str] = {nn.ReLU: "relu", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid"}


class Objective(NamedTuple):
    """A loss of the kernel: its name, the bound of a hinge loss, and factors of the reported and the learned loss."""

    name: str
    bound: float = 0.0
    reported: float = 1.0
    learned: float = 1.0


OBJECTIVES: dict[type[Loss], Callable[[Any, int], Objective | None]] = {
    CrossEntropy: lambda loss, outputs: Objective("softmax"),
    Squared: lambda loss, outputs: Objective("squared", 0.0, 1 / outputs, 1 / outputs),
    BinaryCrossEntropy: lambda loss, outputs: Objective("bits", 0.0, *[factor_of(loss, outputs)] * 2),
    Logistic: lambda loss, outputs: Objective("logistic"),
    Hinge: lambda loss, outputs: Objective("hinge", loss.margin),
    SquaredHinge: lambda loss, outputs: Objective("squared_hinge"),
    PerceptronCriterion: lambda loss, outputs: Objective("perceptron"),
    WidrowHoff: lambda loss, outputs: Objective("widrow_hoff"),
    LeastAbsolute: lambda loss, outputs: Objective("least_absolute"),
    Perceptron: lambda rule, outputs: Objective("perceptron") if rule.ties == "error" else None,
    MarginPerceptron: lambda rule, outputs: Objective("hinge", rule.margin),
    DeltaRule: lambda rule, outputs: Objective("widrow_hoff", 0.0, 1.0, 0.5),
}


def factor_of(loss: BinaryCrossEntropy, outputs: int) -> float:
    """Return the factor of the sum over the outputs."""
    return 1.0 if loss.outputs == "sum" else 1 / outputs


class BlockSteps:
    """Steps of plain gradient descent or with momentum.

    batch_size: examples of a step; online: a step for each example, as rules take them; most: steps of a call.
    """

    def __init__(
        self,
        chain: Chain,
        layers: dense.Layers,
        objective: Objective,
        *,
        adapter: Adapter | None,
        batch_size: int,
        online: bool,
        mean: bool,
    ) -> None:
        self.chain = chain
        self.adapter = adapter
        self.layers = layers
        self.objective = objective
        self.batch_size = batch_size
        self.size = 1 if online else batch_size
        self.mean = mean
        self.most = max(1, int(WORK_OF_CALL / (batch_size * sum(p.numel() for p in chain.parameters))))

    @torch.no_grad()
    def update(self, batch: Batch, optimizer: Optimizer) -> tuple[Step, list[int]]:
        """Take the steps of batches joined into one.

        Returns the losses (S,) and the outputs (N, K) before each step, and the numbers of examples. Raises ValueError
        for a target class without an output.
        """
        if batch.y.ndim == 1:
            check_classes(batch.y, max(2, self.layers.sizes[-1]))
        x = batch.x if self.adapter is None else self.adapter(batch.x, None)
        (group,) = optimizer.param_groups
        weights = flat(self.chain.parameters)
        velocity = weights.new_empty(0)
        states = [optimizer.state[p] for p in self.chain.parameters] if group["momentum"] else []
        if states:
            buffers = [state.get("momentum_buffer") for state in states]
            velocity = torch.zeros_like(weights) if buffers[0] is None else flat(buffers)
        descent = dense.Descent(
            self.objective.name,
            self.objective.bound,
            self.objective.learned,
            self.mean,
            self.size,
            group["lr"],
            group["weight_decay"],
            group["momentum"],
        )
        output, losses = dense.take_steps(x.contiguous(), batch.y.contiguous(), weights, velocity, self.layers, descent)
        copy_from(weights, self.chain.parameters)
        if states:
            for p, state in zip(self.chain.parameters, states, strict=True):
                if state.get("momentum_buffer") is None:
                    state["momentum_buffer"] = torch.empty_like(p)
            copy_from(velocity, [state["momentum_buffer"] for state in states])
        optimizer._opt_called = True  # type: ignore[attr-defined]  # schedules warn if there was no step before theirs
        if self.objective.reported != 1.0:
            losses *= self.objective.reported
        parts = losses.split(self.batch_size)
        sizes = [len(part) for part in parts]
        whole = losses[: len(losses) - len(losses) % self.batch_size].view(-1, self.batch_size).mean(1)
        rest = [parts[-1].mean().view(1)] if sizes[-1] < self.batch_size else []
        return Step(torch.cat([whole, *rest]), output, batch.y), sizes


def block_steps_of(task: "Task", optimizer: Optimizer) -> BlockSteps | None:
    """Return what takes many steps of a task at once, or None if the kernel has not all that they need.

    It does not depend on how far the run is or how long it will be, so that a resumed run goes on in the same way.
    """
    direct, cursor = task.direct, task.cursor
    if direct is None or cursor is None or not dense.is_installed():
        return None
    if not has_plain_steps(task, cursor) or not descends_plainly(optimizer):
        return None
    parameters, loss = direct.chain.parameters, task.loss
    layers, find = layers_of(direct.chain), OBJECTIVES.get(type(loss))
    if layers is None or find is None or (objective := find(loss, layers.sizes[-1])) is None:
        return None
    if not all(p.requires_grad and p.is_cpu and p.dtype == torch.float32 for p in parameters):
        return None
    size, online = cursor.loader.batch_size, isinstance(loss, Rule) and loss.online
    steps, examples = (cursor.steps_in_epoch * size, 1) if online else (cursor.steps_in_epoch, size)
    if steps < MIN_STEPS or examples * sum(p.numel() for p in parameters) > MAX_WORK:
        return None
    return BlockSteps(
        direct.chain,
        layers,
        objective,
        adapter=direct.adapter,
        batch_size=size,
        online=online,
        mean=not isinstance(loss, Rule),
    )


def has_plain_steps(task: "Task", cursor: BatchCursor) -> bool:
    """Return whether the steps of a task are the gradient of the loss of one batch each, with nothing in between."""
    between = task.schedule is not None and task.schedule.interval == "step"
    other = task.penalties or task.clip.bound is not None or task.spec.per_step or cursor.accumulate > 1
    return getattr(cursor.loader, "joinable", False) and not between and not other


def descends_plainly(optimizer: Optimizer) -> bool:
    """Return whether an optimizer is gradient descent, maybe with weight decay and momentum, of one group."""
    (group, *others) = optimizer.param_groups
    return step_of(optimizer) is sgd_step and not others and not group["nesterov"] and not group["dampening"]


def layers_of(chain: Chain) -> dense.Layers | None:
    """Return the layers of a chain of linear layers and activations that the kernel has, else None."""
    sizes, biased, activations = [], [], []
    for layer in chain.layers:
        if isinstance(layer, nn.Linear):
            sizes.append(layer.in_features)
            biased.append(layer.bias is not None)
            activations.append("identity")
            last = layer
        elif activations and activations[-1] == "identity" and type(layer) in ACTIVATIONS:
            activations[-1] = ACTIVATIONS[type(layer)]
        else:
            return None
    if not activations or activations[-1] != "identity":
        return None
    return dense.Layers((*sizes, last.out_features), tuple(biased), tuple(activations))


def flat(tensors: list[Any]) -> Tensor:
    """Return the values of tensors as one vector (P,)."""
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


def copy_from(values: Tensor, tensors: list[Any]) -> None:
    """Copy a vector (P,) into tensors."""
    for tensor, part in zip(tensors, values.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.copy_(part.view(tensor.shape))
