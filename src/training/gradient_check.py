"""`nnzoo check`: compares the gradients of a network of the zoo with finite differences."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..backprop.gradient_check import LIMIT, CheckedEntry
from ..backprop.gradient_check import check as compared
from ..builders.adapters import Network
from ..builders.data import build_data
from ..builders.losses import build_loss, has_local_rule
from ..builders.networks import build_network
from ..builders.tasks import assemble_task
from ..config.compose import compose
from ..errors import UserError
from ..formatting import format_table
from ..spec import Batch
from ..tasks.base import Task
from . import trainers
from .isolation import isolated
from .request import Target, read_request
from .saved import plain

EXAMPLES = 8
LOCATIONS = 10  # random entries of each parameter
STEPS = (0, 10)  # optimizer steps before each check, since the initial weights may be a special case


class Row(NamedTuple):
    """The results for one parameter after each of `STEPS`."""

    name: str
    shape: tuple[int, ...]
    found: list[list[CheckedEntry]]


class Report(NamedTuple):
    """The results for all parameters of a network."""

    rows: list[Row]

    @property
    def all(self) -> list[CheckedEntry]:
        """All checked entries."""
        return [one for row in self.rows for part in row.found for one in part]

    @property
    def ok(self) -> bool:
        """Whether all gradients are correct."""
        return all(one.passed for one in self.all)

    def __str__(self) -> str:
        head = ["parameter", "shape", *(f"after {n} steps" if n else "at the start" for n in STEPS), "largest gradient"]
        body = [
            [row.name, "x".join(map(str, row.shape)) or "1", *map(worst, row.found), size(row)] for row in self.rows
        ]
        return f"{format_table([head, *body])}\n\n{self.verdict}"

    @property
    def verdict(self) -> str:
        """The result in one line."""
        kinks, wrong = (sum(map(which, self.all)) for which in (lambda one: one.kink, lambda one: not one.passed))
        many = f"{len(self.all)} entries of {len(self.rows)} parameters"
        if wrong:
            row = max(self.rows, key=lambda row: max(e.ratio * (not e.passed) for part in row.found for e in part))
            return f"wrong: {wrong} of {many}, worst in {row.name}: |G - N| / |G + N| must be below {LIMIT:g}"
        text = f"ok: of {many}, every |G - N| / |G + N| is below {LIMIT:g}"
        if kinks:
            text += f"; {kinks} only with a smaller step or at a kink (of a ReLU, a maximum, ...), which is no error"
        return text


def worst(found: list[CheckedEntry]) -> str:
    """Return the largest ratio outside of kinks, and the number of entries at kinks."""
    kinks = sum(one.kink for one in found)
    ratios = [one.ratio for one in found if not one.kink]
    return (f"{max(ratios):.1e}" if ratios else "-") + (f" ({kinks} at kinks)" if kinks else "")


def size(row: Row) -> str:
    """Return the largest estimate. If it is tiny, finite differences are unreliable."""
    return f"{max(abs(one.estimate) for part in row.found for one in part):.1e}"


def check(*overrides: str, data: Any = None, target: Target = None, **settings: Any) -> Report:
    """Compare the gradients of a network with central finite differences, in float64.

    Takes the arguments of `train`; objects from Python do not change. The examples are random ones of the kind of the
    data. Random entries of each parameter are checked before and after a few optimizer steps, with dropout and
    normalization as in training. Raises UserError if the network has no weights to learn, or learns by a local rule,
    which is not the gradient of any function. Aggarwal 3.2.10.
    """
    lines, source, given = read_request(overrides, data, target, settings)
    config = plain(compose(lines if source is None else [*lines, "data.path=null"]))
    if has_local_rule(config):
        raise UserError(
            f"rule '{config['choices']['rule']}' is not the gradient of any function; ~rule checks the loss"
        )
    with isolated(), trainers.quiet_lightning():
        spec = build_data(config, source).spec
        given = given.copies()
        loss = build_loss(config, spec, given=given)
        network = in_float64(build_network(config, spec, loss, given=given))
        task = assemble_task(config, spec, network, loss.double(), given=given)
        task.setup("fit")
        parameters = {n: p for n, p in task.net.model.named_parameters() if p.requires_grad}  # type: ignore[union-attr]
        if not parameters:
            raise UserError(f"model '{config['choices']['model']}' has no weights to learn; there is nothing to check")
        generator = torch.Generator().manual_seed(config["seed"])
        batch = spec.fake_batch(EXAMPLES, generator)
        batch = batch._replace(y=double(batch.y))
        rows = [Row(name, tuple(p.shape), []) for name, p in parameters.items()]
        optimizer = task.make_optimizer(parameters.values())
        for steps in STEPS:
            for _ in range(steps):
                optimizer.zero_grad()
                task.training_loss(batch)[0].backward()
                optimizer.step()
            for row, found in zip(rows, compare(task, batch, parameters, generator), strict=True):
                row.found.append(found)
    return Report(rows)


def in_float64(net: Network) -> Network:
    """Return a network that computes in float64, whatever the dtype of its inputs."""
    adapt = net.adapter
    net.adapter = lambda x, mask: double(adapt(x, mask))
    return net.double()


def double(x: Tensor) -> Tensor:
    """Return a floating-point tensor in float64, others unchanged."""
    return x.double() if x.is_floating_point() else x


def compare(
    task: Task, batch: Batch, parameters: dict[str, Tensor], generator: torch.Generator
) -> list[list[CheckedEntry]]:
    """Return the comparison at random entries of each parameter."""

    def value() -> Tensor:
        torch.manual_seed(0)  # the same dropout in every evaluation
        return task.training_loss(batch)[0]

    gradients = torch.autograd.grad(value(), list(parameters.values()), allow_unused=True, materialize_grads=True)
    found = []
    with torch.no_grad():
        for parameter, gradient in zip(parameters.values(), gradients, strict=True):
            entries = choose_entries(gradient, generator)
            values = parameter.detach().numpy()  # shares the memory of the parameter
            found.append(compared(lambda: value().item(), values, gradient.numpy(), entries))
    return found


def choose_entries(gradient: Tensor, generator: torch.Generator) -> list[int]:
    """Return random entries, half of them where the gradient is not 0: in embeddings, it is 0 for most entries."""
    order = torch.randperm(gradient.numel(), generator=generator)
    used = order[gradient.flatten()[order] != 0]
    return [*dict.fromkeys([*used[: LOCATIONS // 2].tolist(), *order.tolist()])][:LOCATIONS]
