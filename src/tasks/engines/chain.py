"""Networks that are a chain of layers with stated derivatives.

Shapes: N examples or steps, F inputs, K outputs; with M members see `rules`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

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
        learned = [any(p.requires_grad for p in self.parameters[slot]) for slot in self.slots]
        self.first = learned.index(True) if any(learned) else len(layers)  # below it nothing is learned

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
        for place in range(len(self.rules) - 1, self.first - 1, -1):
            slot = self.slots[place]
            dy = self.rules[place].backward(
                dy, memories[place], parameters[slot], gradients[slot], add=add, down=place > self.first
            )


def find_chain(net: nn.Module, batch: Batch) -> Chain | str:
    """Return the layers of a network as a chain, or why they are none.

    They are found in a forward pass of a batch in training mode, which leaves the network and the random state as they
    are: each layer must take the output of the one before.
    """
    model: nn.Module = getattr(net, "model", net)
    layers = {name: layer for name, layer in model.named_modules() if not any(True for _ in layer.children())}
    for name, layer in layers.items():
        which = f"layer {type(layer).__name__} ({name or 'the network'})"
        if rule_of(layer) is None:
            return f"{which} states no derivative"
        if layer._forward_hooks or layer._forward_pre_hooks or layer._backward_hooks:
            return f"{which} has hooks"
    calls: list[Call] = []
    hooks = [layer.register_forward_hook(recorder(calls, name)) for name, layer in layers.items()]
    modes = [(module, module.training) for module in model.modules()]
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            model.train()
            x = net.adapter(batch.x, batch.mask) if hasattr(net, "adapter") else batch.x  # type: ignore[operator]
            output = model(x, batch.mask) if getattr(net, "masked", net is model) else model(x)
    finally:
        for module, mode in modes:
            module.training = mode
        for hook in hooks:
            hook.remove()
    who = type(model).__name__
    values = [x, *(call.output for call in calls)]
    linked = all(call.input is value for call, value in zip(calls, values, strict=False)) and values[-1] is output
    changed = any(one.versions[1] != two.versions[0] for one, two in pairwise(calls))
    if not calls or not linked or changed or output._version != calls[-1].versions[1]:
        return f"model {who} is not a chain of layers"
    if len({call.name for call in calls}) < len(calls):
        return f"model {who} uses a layer more than once"
    others = [call for call in calls if not isinstance(call.layer, nn.Identity)]
    chain = Chain([(call.name, call.layer, rule) for call in others if (rule := rule_of(call.layer)) is not None])
    found = {id(p) for p in chain.parameters}
    if len(found) < len(chain.parameters):
        return f"model {who} has layers with shared parameters"
    if other := next((name for name, p in model.named_parameters() if p.requires_grad and id(p) not in found), None):
        return f"parameter {other} of model {who} is not in a layer of the chain"
    return chain


def recorder(calls: list[Call], name: str) -> Any:
    """Return a forward hook that records the calls of a layer."""

    def record(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        calls.append(Call(name, layer, inputs[0], output, (inputs[0]._version, output._version)))

    return record
