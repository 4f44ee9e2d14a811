"""The outputs of named layers in a forward pass. Shapes: B examples."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

from ...errors import unknown

Outputs = dict[str, list[Tensor]]
"""Name of a layer -> its output of each call, in order."""


@contextmanager
def recorded_outputs(net: nn.Module, layers: Sequence[str]) -> Iterator[Outputs]:
    """Yield the outputs of named layers, which are recorded in each forward pass.

    layers: names as in `net.named_modules()`. Outputs are copies, which an activation that works in place does not
    change; gradients pass through them. Of several outputs, as of a recurrent layer, the first is recorded. Raises
    ValueError for an unknown name.
    """
    found: Outputs = {name: [] for name in layers}
    with ExitStack() as stack:
        for name in layers:

            def record(_: nn.Module, __: object, output: Tensor | tuple[Tensor, object], name: str = name) -> None:
                found[name].append((output[0] if isinstance(output, tuple) else output).clone())

            stack.enter_context(layer_named(net, name).register_forward_hook(record))
        yield found


def layer_named(net: nn.Module, name: str) -> nn.Module:
    """Return a layer by its name in `net.named_modules()`. Raises ValueError with the nearest name if there is none."""
    modules = dict(net.named_modules())
    if not name or name not in modules:
        raise ValueError(str(unknown("layer", name, filter(None, modules))))
    return modules[name]


def only_output(outputs: Outputs, name: str) -> Tensor:
    """Return the output of a layer that was called once. Raises ValueError if it was called never or several times."""
    calls = outputs[name]
    if len(calls) != 1:
        times = f"called {len(calls)} times" if calls else "not called"
        raise ValueError(f"layer '{name}' is {times} for an input; choose a layer that is called once")
    return calls[0]
