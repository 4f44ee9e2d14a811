"""Initialization of weights by the schemes of the texts."""

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from math import sqrt

import torch
from torch import Tensor, nn

from ..errors import unknown
from .cells.base import Cell
from .conv.connection_table import ConnectionTableConv2d
from .linear.maxout import Maxout
from .linear.sparse import SparseLinear

_SCHEMES: dict[str, Callable[[Tensor, int, int], Tensor]] = {
    "he": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / fan_in)),
    "xavier": lambda w, fan_in, fan_out: w.normal_(0, sqrt(2 / (fan_in + fan_out))),
    "fan_in": lambda w, fan_in, fan_out: w.normal_(0, sqrt(1 / fan_in)),
    "fan_in_offsets": lambda w, fan_in, fan_out: w.normal_(0, sqrt(1 / fan_in)),
    "fan_in_uniform": lambda w, fan_in, fan_out: w.uniform_(-sqrt(1 / fan_in), sqrt(1 / fan_in)),
    "normal": lambda w, fan_in, fan_out: w.normal_(0, 0.01),
    "uniform": lambda w, fan_in, fan_out: w.uniform_(-1, 1),
    "orthogonal": lambda w, fan_in, fan_out: nn.init.orthogonal_(w.flatten(1)).view_as(w),
    "zero": lambda w, fan_in, fan_out: w.zero_(),
    "one": lambda w, fan_in, fan_out: w.fill_(1),
}
_BIASES: dict[str, Callable[[Tensor], Tensor]] = {
    "uniform": lambda b: b.uniform_(-1, 1),
    "fan_in_offsets": lambda b: b.normal_(0, 1),
}


_MEASURED: dict[str, Callable[[Tensor, float], Tensor]] = {
    "normal": lambda w, size: w.normal_(0, size),
    "uniform": lambda w, size: w.uniform_(-size, size),
}
_WORD = re.compile(r"(\w+)(?:\((.+)\))?")


@torch.no_grad()
def initialize(module: nn.Module, scheme: str | Mapping[str, str]) -> None:
    """Draw the weights of all linear, convolutional and recurrent layers anew, each by its own fan-in.

    With N(mean, variance), n = fan_in and m = fan_out:
    default: as torch left them; he: N(0, 2/n); xavier: N(0, 2/(n + m)); fan_in: N(0, 1/n);
    fan_in_offsets: N(0, 1/n), biases N(0, 1); fan_in_uniform: U(-1/sqrt(n), 1/sqrt(n)); normal: N(0, 0.01^2);
    normal(s): N(0, s^2); uniform: U(-1, 1), biases too; uniform(a): U(-a, a); orthogonal: orthonormal rows or columns;
    zero: all zero, from which units of a hidden layer never part; one: all one, for multiplicative updates. The others
    set the biases to zero. Cells then add what they say of their own beginning, such as a forget bias. Positive weights
    of sum-product networks stay as they are. Instead of one word for all, a mapping from patterns to words: of those
    that match the name of a weight, as in `*weight_x`, the last counts; biases go with the last weight of their layer.
    Raises ValueError with the nearest name. Aggarwal 3.3.3, 3.9; MIT 6.6; MMDS 13.1.4, 13.4.5.
    """
    rules = {"*": scheme} if isinstance(scheme, str) else scheme
    if not isinstance(rules, Mapping) or not all(isinstance(word, str) for word in rules.values()):
        raise ValueError(f"{scheme} is neither a word nor words by patterns of names")
    drawers = {pattern: _drawer(word) for pattern, word in rules.items()}
    unused = set(rules) - {"*"}
    for place, layer in module.named_modules():
        word = "default"
        for name, weight, fan_in, fan_out in _weights(layer):
            matching = [pattern for pattern in rules if fnmatchcase(f"{place}.{name}".lstrip("."), pattern)]
            unused -= set(matching)
            if matching and (draw := drawers[matching[-1]]):
                word = rules[matching[-1]]
                draw(weight, fan_in, fan_out)
        if word == "default":
            continue
        for bias in _biases(layer):
            _BIASES.get(word, Tensor.zero_)(bias)
        if isinstance(layer, Cell):
            layer.start()
    if unused:
        raise ValueError(f"no weight is called {' or '.join(sorted(unused))}")


def _drawer(word: str) -> Callable[[Tensor, int, int], Tensor] | None:
    """Return what draws a weight by a word, None for the default. Raises ValueError if there is no such word."""
    found = _WORD.fullmatch(word)
    name, size = found.groups() if found else (word, None)
    if size is None:
        if name not in ("default", *_SCHEMES):
            raise ValueError(str(unknown("initialization", name, ["default", *_SCHEMES])))
        return _SCHEMES.get(name)
    if name not in _MEASURED:
        raise ValueError(f"'{word}': only {' and '.join(_MEASURED)} take a size")
    try:
        width = float(size)
    except ValueError:
        raise ValueError(f"'{word}': {size} is not a number") from None
    return lambda w, fan_in, fan_out: _MEASURED[name](w, width)


def _weights(layer: nn.Module) -> Iterator[tuple[str, Tensor, int, int]]:
    """Yield the weights of a layer with their name, fan-in and fan-out."""
    match layer:
        case Maxout():  # a unit's pieces lie one below the other
            yield "weight", layer.weight, layer.in_features, layer.out_features // layer.pieces
        case nn.Linear() | nn.Conv1d() | nn.Conv2d():
            yield "weight", layer.weight, layer.weight[0].numel(), layer.weight[:, 0].numel()
        case ConnectionTableConv2d():
            for weight in layer.maps():
                yield "weight", weight, weight.numel(), layer.weight.numel() // layer.in_channels
        case SparseLinear():
            for weight in layer.units():
                yield "weight", weight.unsqueeze(0), weight.numel(), layer.weight.numel() // layer.in_features
        case Cell():  # the matrices of gates and candidate lie one below the other
            for name, weight in (("weight_x", layer.weight_x), ("weight_h", layer.weight_h)):
                for block in weight.split(layer.hidden):
                    yield name, block, block.shape[1], layer.hidden
        case nn.RNNBase():
            for name, weight in layer.named_parameters():
                if name.startswith("weight"):
                    for block in weight.split(layer.hidden_size):
                        yield name, block, block.shape[1], layer.hidden_size


def _biases(layer: nn.Module) -> Iterator[Tensor]:
    """Yield the biases of a layer whose weights are drawn."""
    if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | ConnectionTableConv2d | SparseLinear | nn.RNNBase | Cell):
        for name, parameter in layer.named_parameters():
            if name.startswith("bias"):
                yield parameter
