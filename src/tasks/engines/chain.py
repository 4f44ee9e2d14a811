"""Networks that are a chain of layers with stated derivatives.

Shapes: N examples or steps, F inputs, K outputs; with M members see `rules`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.hooks import RemovableHandle

from ...spec import Batch
from .rules import Rule, rule_of


class Call(NamedTuple):
    """A call of a layer in a forward pass; versions: how often input and output had been changed in place."""

    name: str
    layer: nn.Module
    input: Tensor
    output: Tensor
    versions: tuple[int, int]


class Chain:
    """Layers that follow each other, whose passes take the parameters as arguments.

    layers: name and layer, in order; parameters: of the network, by name, in the order of the arguments.
    """

    def __init__(self, layers: Sequence[tuple[str, nn.Module, Rule]]) -> None:
        self.layers = [layer for _, layer, _ in layers]
        self.rules = [rule for _, _, rule in layers]
        self.names: list[str] = []
        self.parameters: list[nn.Parameter] = []
        self.slots: list[slice] = []
        for name, layer, rule in layers:
            self.slots.append(slice(len(self.names), len(self.names) + len(rule.parameters)))
            for parameter in rule.parameters:
                self.names.append(f"{name}.{parameter}" if name else parameter)
                self.parameters.append(getattr(layer, parameter))

    def forward(self, x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, list[Any]]:
        """Map inputs (N, F) to outputs (N, K); also return what `backward` needs of each layer."""
        memories = []
        for rule, slot in zip(self.rules, self.slots, strict=True):
            x, memory = rule.forward(x, parameters[slot])
            memories.append(memory)
        return x, memories

    def backward(
        self,
        dy: Tensor,
        memories: Sequence[Any],
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        *,
        add: bool = False,
    ) -> None:
        """Write the derivatives of the parameters, or add them, given dy (N, K), the derivative of the outputs."""
        learned = (place for place, slot in enumerate(self.slots) if any(each is not None for each in gradients[slot]))
        first = next(learned, len(self.rules))  # below it nothing is learned
        for place in range(len(self.rules) - 1, first - 1, -1):
            slot = self.slots[place]
            dy = self.rules[place].backward(
                dy, memories[place], parameters[slot], gradients[slot], add=add, down=place > first
            )


class OtherOperationError(Exception):
    """An operation outside layers."""


class OnlyLayers(TorchDispatchMode):
    """Raises OtherOperationError before an operation outside layers, such as a random number or a change of weights."""

    def __init__(self) -> None:
        super().__init__()
        self.in_layer = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation of a layer."""
        if not self.in_layer:
            raise OtherOperationError
        return func(*args, **(kwargs or {}))


def find_chain(net: nn.Module, batch: Batch) -> Chain | str:
    """Return the layers of a network as a chain, or why they are none.

    They are found in a forward pass of a batch, which leaves the network and the random state as they are: each layer
    must take the output of the one before, and nothing else may happen in the pass.
    """
    model: nn.Module = getattr(net, "model", net)
    layers = {name: layer for name, layer in model.named_modules() if not any(True for _ in layer.children())}
    for name, layer in layers.items():
        if rule_of(layer) is None:
            return f"{described(layer, name)} states no derivative"
    for name, layer in model.named_modules():
        if has_hooks(layer):
            return f"{described(layer, name)} has hooks"
    who = f"model {type(model).__name__}"
    x = net.adapter(batch.x, batch.mask) if hasattr(net, "adapter") else batch.x  # type: ignore[operator]
    calls: list[Call] = []
    only_layers = OnlyLayers()
    hooks = [hook for name, layer in layers.items() for hook in record_calls(layer, name, calls, only_layers)]
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), only_layers:
            output = model(x, batch.mask) if getattr(net, "masked", net is model) else model(x)
    except OtherOperationError:
        return f"{who} computes more than its layers"
    finally:
        changed = any(is_changed(vars(module), before) for module, before in attributes)
        for module, before in attributes:
            vars(module).clear()
            vars(module).update(before)
        for hook in hooks:
            hook.remove()
    if changed:
        return f"{who} changes its attributes in a forward pass"
    values = [x, *(call.output for call in calls)]
    linked = all(call.input is value for call, value in zip(calls, values, strict=False)) and values[-1] is output
    in_place = any(one.versions[1] != two.versions[0] for one, two in pairwise(calls))
    if not calls or not linked or in_place or output._version != calls[-1].versions[1]:
        return f"{who} is not a chain of layers"
    if len({call.name for call in calls}) < len(calls):
        return f"{who} uses a layer more than once"
    others = [call for call in calls if not isinstance(call.layer, nn.Identity)]
    chain = Chain([(call.name, call.layer, rule) for call in others if (rule := rule_of(call.layer)) is not None])
    found = {id(p) for p in chain.parameters}
    if len(found) < len(chain.parameters):
        return f"{who} has layers with shared parameters"
    if other := next((name for name, p in model.named_parameters() if p.requires_grad and id(p) not in found), None):
        return f"parameter {other} of {who} is not in a layer of the chain"
    return chain


def described(layer: nn.Module, name: str) -> str:
    """Return a layer as in messages."""
    return f"layer {type(layer).__name__} ({name or 'the network'})"


def has_hooks(module: nn.Module) -> bool:
    """Return whether a module or one of its own parameters has hooks."""
    forward = module._forward_hooks or module._forward_pre_hooks
    backward = module._backward_hooks or module._backward_pre_hooks
    of_parameters = any(
        p._backward_hooks or getattr(p, "_post_accumulate_grad_hooks", None) for p in module.parameters(recurse=False)
    )
    return bool(forward or backward) or of_parameters


def is_changed(attributes: dict[str, Any], before: dict[str, Any]) -> bool:
    """Return whether an attribute is another object than before, or new."""
    return attributes.keys() != before.keys() or any(attributes[name] is not value for name, value in before.items())


def record_calls(layer: nn.Module, name: str, calls: list[Call], only_layers: OnlyLayers) -> list[RemovableHandle]:
    """Register hooks that record the calls of a layer, and allow its operations."""

    def begin(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        only_layers.in_layer = True

    def end(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        only_layers.in_layer = False
        calls.append(Call(name, layer, inputs[0], output, (inputs[0]._version, output._version)))

    return [layer.register_forward_pre_hook(begin), layer.register_forward_hook(end)]
