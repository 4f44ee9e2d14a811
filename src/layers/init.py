"""Weight initialization."""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from math import inf, sqrt

import torch
from torch import Tensor, nn

from ..errors import unknown
from .cells.base import Cell
from .conv.bilinear import BilinearUpsampling
from .conv.connection_table import ConnectionTableConv2d
from .conv.gate import Gate
from .conv.locally_connected import LocallyConnected2d
from .linear.factors import NonNegativeLinear
from .linear.highway import DenseGate
from .linear.maxout import Maxout
from .linear.sparse import SparseLinear
from .linear.zero_diagonal import ZeroDiagonalLinear


def _identity(w: Tensor, fan_in: int, fan_out: int) -> Tensor:
    """Set a matrix to the identity. Raises ValueError for weights of layers that are neither dense nor recurrent."""
    if w.shape != (fan_out, fan_in):
        raise ValueError("identity is for dense and recurrent layers; choose another scheme for the others")
    return nn.init.eye_(w)


_SCHEMES: dict[str, Callable[[Tensor, int, int], Tensor]] = {
    "he": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / fan_in)),
    "xavier": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / (fan_in + fan_out))),
    "fan_in": lambda w, fan_in, fan_out: w.normal_(0, sqrt(1 / fan_in)),
    "fan_in_offsets": lambda w, fan_in, fan_out: w.normal_(0, sqrt(1 / fan_in)),
    "fan_in_uniform": lambda w, fan_in, fan_out: w.uniform_(-sqrt(1 / fan_in), sqrt(1 / fan_in)),
    "normal": lambda w, fan_in, fan_out: w.normal_(0, 0.01),
    "uniform": lambda w, fan_in, fan_out: w.uniform_(-1, 1),
    "orthogonal": lambda w, fan_in, fan_out: nn.init.orthogonal_(w.flatten(1)).view_as(w),
    "identity": _identity,
    "zero": lambda w, fan_in, fan_out: w.zero_(),
    "one": lambda w, fan_in, fan_out: w.fill_(1),
}
_BIASES: dict[str, Callable[[Tensor], Tensor]] = {
    "uniform": lambda b: b.uniform_(-1, 1),
    "fan_in_offsets": lambda b: b.normal_(0, 1),
}


_SCALED: dict[str, Callable[[Tensor, float], Tensor]] = {
    "normal": lambda w, size: w.normal_(0, size),
    "uniform": lambda w, size: w.uniform_(-size, size),
}
_SCHEME = re.compile(r"(\w+)(?:\((.+)\))?")


@torch.no_grad()
def initialize(module: nn.Module, scheme: str | Mapping[str, str]) -> None:
    """Initialize the weights of all linear, convolutional and recurrent layers.

    With N(mean, variance), n = fan_in and m = fan_out of each weight, the schemes are
    default: torch's initialization; he: N(0, 2/n); xavier: N(0, 2/(n + m)); fan_in: N(0, 1/n);
    fan_in_offsets: N(0, 1/n), biases N(0, 1); fan_in_uniform: U(-1/sqrt(n), 1/sqrt(n)); normal: N(0, 0.01^2);
    normal(s): N(0, s^2); uniform: U(-1, 1), also for biases; uniform(a): U(-a, a); orthogonal: orthonormal rows or
    columns; identity: 1 where output and input have the same index, else 0, for dense and recurrent layers; zero: all
    0, where the units of a hidden layer always stay equal; one: all 1, for multiplicative updates.
    Where nothing else is stated, biases are set to 0. Recurrent cells and the gates of highway blocks then apply their
    own adjustments, such as a forget bias, and non-negative weights become absolute values. The positive weights of
    sum-product networks do not change.
    scheme: one scheme for all weights, or a mapping from name patterns such as `*weight_x` to schemes; the last pattern
    that matches a weight applies, and biases use the scheme of the last weight of their layer.
    Raises ValueError with the nearest name, for identity in other layers, and for a scheme or a pattern without effect.
    Aggarwal 3.3.3, 3.9; MIT 6.6; MMDS 13.1.4, 13.4.5.
    """
    schemes = {"*": scheme} if isinstance(scheme, str) else scheme
    if not isinstance(schemes, Mapping) or not all(isinstance(value, str) for value in schemes.values()):
        raise ValueError(f"init is {scheme}; it must be a scheme, or a mapping from name patterns to schemes")
    initializers = {pattern: _initializer(value) for pattern, value in schemes.items()}
    unused = set(schemes) - {"*"}
    has_effect = not any(initializers.values())
    for path, layer in module.named_modules():
        applied = "default"
        for name, weight, fan_in, fan_out in _weights(layer):
            matching = [pattern for pattern in schemes if fnmatchcase(f"{path}.{name}".lstrip("."), pattern)]
            unused -= set(matching)
            if matching and (initializer := initializers[matching[-1]]):
                applied, has_effect = schemes[matching[-1]], True
                initializer(weight, fan_in, fan_out)
        if applied == "default":
            continue
        for bias in _biases(layer):
            _BIASES.get(applied, Tensor.zero_)(bias)
        if isinstance(layer, Cell | Gate | DenseGate | BilinearUpsampling | NonNegativeLinear):
            layer.adjust_init()
    if unused:
        raise ValueError(f"no weight matches {' or '.join(sorted(unused))}")
    if not has_effect:
        raise ValueError(f"{scheme} has no effect; the network has no linear, convolutional or recurrent layers")


def _initializer(scheme: str) -> Callable[[Tensor, int, int], Tensor] | None:
    """Return the function that initializes a weight, None for the default. Raises ValueError for an unknown scheme."""
    found = _SCHEME.fullmatch(scheme)
    name, size = found.groups() if found else (scheme, None)
    if size is None:
        if name not in ("default", *_SCHEMES):
            raise ValueError(str(unknown("initialization", name, ["default", *_SCHEMES])))
        return _SCHEMES.get(name)
    if name not in _SCALED:
        raise ValueError(f"'{scheme}': only {' and '.join(_SCALED)} take a size")
    try:
        scale = float(size)
    except ValueError:
        raise ValueError(f"'{scheme}': {size} is not a number") from None
    if not 0 <= scale < inf:
        raise ValueError(f"'{scheme}': the size must be finite and at least 0")
    return lambda w, fan_in, fan_out: _SCALED[name](w, scale)


def _weights(layer: nn.Module) -> Iterator[tuple[str, Tensor, int, int]]:
    """Yield the weights of a layer with their name, fan-in and fan-out."""
    match layer:
        case Maxout():  # the rows of a unit's pieces are adjacent
            yield "weight", layer.weight, layer.in_features, layer.out_features // layer.pieces
        case nn.Linear():
            yield "weight", layer.weight, layer.weight[0].numel(), layer.weight[:, 0].numel()
        case nn.Conv1d() | nn.Conv2d() | nn.Conv3d() | nn.ConvTranspose2d():  # groups see and feed only their own maps
            weights = layer.weight.numel()
            yield "weight", layer.weight, weights // layer.out_channels, weights // layer.in_channels
        case LocallyConnected2d():
            for weight in layer.weight:  # of a place
                yield "weight", weight, weight.shape[1], weight.shape[0] * layer.kernel**2
        case ConnectionTableConv2d():
            for weight in layer.maps():
                yield "weight", weight, weight.numel(), layer.weight.numel() // layer.in_channels
        case ZeroDiagonalLinear():
            yield "weight", layer.weight, layer.in_features - 1, layer.in_features - 1
        case SparseLinear():
            for weight in layer.units():
                yield "weight", weight.unsqueeze(0), weight.numel(), layer.weight.numel() // layer.in_features
        case Cell():  # the matrices of gates and candidate are stacked
            for name, weight in (("weight_x", layer.weight_x), ("weight_h", layer.weight_h)):
                for block in weight.split(layer.hidden):
                    yield name, block, block.shape[1], layer.hidden
        case nn.RNNBase():
            for name, weight in layer.named_parameters():
                if name.startswith("weight"):
                    for block in weight.split(layer.hidden_size):
                        yield name, block, block.shape[1], layer.hidden_size


CONVOLUTIONS = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.ConvTranspose2d | ConnectionTableConv2d | LocallyConnected2d
BIASED = nn.Linear | SparseLinear | ZeroDiagonalLinear | CONVOLUTIONS | nn.RNNBase | Cell


def _biases(layer: nn.Module) -> Iterator[Tensor]:
    """Yield the biases of a layer that `_weights` supports."""
    if isinstance(layer, BIASED):
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                yield parameter
