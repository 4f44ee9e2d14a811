import inspect
from typing import Protocol

from nnzoo.layers.protocols import fits
from torch import nn


class Parts(Protocol):
    size: int
    weight: nn.Parameter
    head: nn.Linear

    def energy(self) -> None: ...


class Complete(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.size = 2
        self.head = nn.Linear(2, 2)
        self.weight = nn.Parameter(self.head.weight.data)

    def energy(self) -> None: ...


def test_parameters_and_layers_are_members() -> None:
    """Those of a network are not found where isinstance of Python 3.12 looks."""
    net = Complete()
    assert fits(net, Parts)  # type: ignore[type-abstract]
    assert inspect.getattr_static(net, "weight", None) is None


def test_each_member_is_needed() -> None:
    for name in ("size", "weight", "head"):
        net = Complete()
        delattr(net, name)
        assert not fits(net, Parts)  # type: ignore[type-abstract]
    assert not fits(nn.Linear(2, 2), Parts)  # type: ignore[type-abstract]
