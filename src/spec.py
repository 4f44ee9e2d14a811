"""DataSpec, the description of one example of a data set, from which networks are built. A leaf module.

Shapes: B examples, T time steps, F features of a step, C channels, H height, W width, K classes, U symbols of a target.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple, Self

import torch
from torch import Tensor

from .card import Form, TargetKind

InputKind = Literal["real", "binary", "sign", "counts", "tokens", "onehot", "ids"]
BatchKind = Literal["examples", "contiguous"]
"""Content of training batches: independent examples, or the next steps of a few long sequences."""

END_SYMBOL = 0  # the last symbol of a target sequence
AFTER_END = -1  # padding after it
FAKE_NEIGHBOURS = 4
BORDERS = ("left", "top", "right", "bottom")  # of a box

RENAMED_FIELDS = {"foretold": "autoregressive"}  # names in checkpoints of earlier versions


def send(values: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on `device`; a copy from the CPU to CUDA goes through page-locked memory and is not waited for.

    Page-locked memory is not given back to the system, so this is for batches, not for whole data sets.
    """
    if device.type == "cuda" and values.device.type == "cpu":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


class Batch(NamedTuple):
    """A mini-batch of examples with their targets, or a whole split of a data set.

    x: (B, *shape), or (B, T, *shape) for sequences; y: see `DataSpec`; mask: (B, T), True at real steps, False
    at padding (which comes last), None where nothing is padded; is_continuation: whether a segment continues the
    sequences of the previous batch, None for whole sequences.
    """

    x: Tensor
    y: Tensor
    mask: Tensor | None = None
    is_continuation: bool | None = None

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on `device`."""
        mask = None if self.mask is None else self.mask.to(device)
        return Batch(self.x.to(device), self.y.to(device), mask, self.is_continuation)

    def send(self, device: torch.device) -> "Batch":
        """Return the batch on `device`; a copy from the CPU to CUDA does not wait for work in progress."""
        mask = None if self.mask is None else send(self.mask, device)
        return Batch(send(self.x, device), send(self.y, device), mask, self.is_continuation)

    def rows(self, index: Tensor | slice) -> "Batch":
        """Return the examples at these indices."""
        if isinstance(index, slice):
            mask = None if self.mask is None else self.mask[index]
            return Batch(self.x[index], self.y[index], mask, self.is_continuation)
        mask = None if self.mask is None else self.mask.index_select(0, index)  # ten times faster than [index]
        return Batch(self.x.index_select(0, index), self.y.index_select(0, index), mask, self.is_continuation)

    def steps(self, first: int, last: int, *, per_step: bool) -> "Batch":
        """Return steps `first` to `last` - 1 of the sequences, and of the targets if they are `per_step`."""
        cut = slice(first, last)
        mask = None if self.mask is None else self.mask[:, cut]
        return Batch(self.x[:, cut], self.y[:, cut] if per_step else self.y, mask, self.is_continuation)


@dataclass(frozen=True)
class DataSpec:
    """The kind and shape of the input and target of one example.

    input: real numbers, bits {0,1}, signs {-1,+1}, counts {0,1,2,...}, token ids, one-hot vectors, or ids (int64) of
        several entities, such as a user and an item, where 0 stands for every entity outside the training set.
    shape: shape of one example, or of one step if `sequence`: (F,), (C, H, W); for token ids () for one token or (n,)
        for n tokens of one vocabulary at each step; for ids (n,), each below its entry of `sizes`.
    target: classes (y: int64), real (float), multilabel (float, multi-hot), next_token (int64), input (the flattened
        input, at each step if it is a sequence), sequence (int64 (B, U): symbols, the end symbol 0, then -1), context
        (int64 (B, C): the ids of the neighbours of a token, -1 where absent), counts (float, at least 0, maybe
        weighted), signed_counts (float (B, 1): the count of a pair that occurs, or minus the weight of a sampled pair),
        class_map (int64 (B, H, W): the class of each pixel of an image), class_box (float (B, 5): the class of the
        object in an image, then the left, top, right and lower border of its box, in sides of the image), or none.
    target_size: number of classes, labels, counts, real outputs, or symbols of a target sequence including the end
        symbol.
    target_len: number of symbols of the longest target sequence including the end symbol; None for other targets.
    low, high: bounds of x, infinite if unknown.
    sequence: True if examples are sequences of steps; seq_len: number of steps, None if it varies.
    per_step: True if the target has an entry for every step: (B, T) or (B, T, target_size).
    autoregressive: True if targets are inputs of later steps, which a network must not see, as with next_token.
    vocabulary: names of the tokens, of the one-hot features, of the counted words, or of the ids from 1 of words or
        documents; labels: names of the classes, labels, real targets, neighbours, or symbols of a target sequence.
    classes: values of the classes in the user's data, if they differ from `labels`, numbers for example.
    partial: True if entries of a real target, of a set of labels, or of the input as target may be unknown: NaN in y.
        Each example has at least one known entry. Losses and metrics ignore unknown entries.
    input_means: of a vector with numbers that may be unknown, which are 0: the mean of the known training numbers of
        each place; empty if all are known.
    frequencies: frequencies of the classes or tokens among the training targets, if a loss needs them.
    target_mean, target_scale: one number for each real target; y is (target - mean) / scale, while metrics and
        predictions are in the target's own units. Empty if y is not scaled.
    blocks: shapes of the two parts of a vector input, for example of an image (1, 28, 28) and its one-hot class (10,);
        empty for inputs of one part. If the input is the target, `labels` are the names of the numbers of the second
        part. A target_size below the size of the input means that the first part alone is the target, and the second
        part is its context.
    """

    input: InputKind
    shape: tuple[int, ...]
    target: TargetKind
    target_size: int
    low: float = float("-inf")
    high: float = float("inf")
    sequence: bool = False
    seq_len: int | None = None
    per_step: bool = False
    autoregressive: bool = False
    vocabulary: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    classes: tuple[str | int | float | bool, ...] = ()
    frequencies: tuple[float, ...] = ()
    target_mean: tuple[float, ...] = ()
    target_scale: tuple[float, ...] = ()
    sizes: tuple[int, ...] = ()
    partial: bool = False
    target_len: int | None = None
    blocks: tuple[tuple[int, ...], ...] = ()
    input_means: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.per_step and not self.sequence:
            raise ValueError("per_step is True; a target for every step needs a sequence")
        dimensions = {"tokens": (0, 1), "sequence": (1,), "image": (3,)}.get(self.form, (1,))
        if len(self.shape) not in dimensions:
            sizes = " or ".join(map(str, dimensions))
            raise ValueError(f"shape is {self.shape}; an input of form {self.form} takes {sizes} dimensions")
        if self.target in ("class_map", "class_box") and self.form != "image":
            raise ValueError(f"the target {self.target} needs images; the input has the form {self.form}")
        if self.input == "ids" and (self.sequence or self.shape != (len(self.sizes),)):
            raise ValueError(f"sizes is {self.sizes}; ids of shape {self.shape} need one size for each id")
        if self.partial and (self.target not in ("real", "input", "multilabel") or self.per_step):
            raise ValueError(f"unknown entries need numbers or labels as target, one row for each example, not {self}")

        if self.target != "sequence" and self.target_len is not None:
            raise ValueError(f"target_len is {self.target_len}; only a target sequence takes it, not {self}")
        if self.target == "sequence":
            self._check_sequence()

    def _check_sequence(self) -> None:
        """Raise ValueError for an invalid target sequence."""
        if self.per_step or self.autoregressive:
            raise ValueError("a target sequence has its own length; it cannot be per_step or autoregressive")
        if self.target_len is None or self.target_len < 1:
            raise ValueError(f"target_len is {self.target_len}; it must be at least 1, for the end symbol")
        if self.target_size < 2 or len(self.labels) != self.target_size:
            raise ValueError(
                f"labels has {len(self.labels)} names and target_size is {self.target_size}; a target sequence needs "
                "the names of all symbols, at least 2, the end symbol first"
            )

    @property
    def context(self) -> int:
        """The number of inputs at the end of a vector that are given but not reconstructed."""
        return math.prod(self.shape) - self.target_size if self.blocks and self.target == "input" else 0

    @property
    def form(self) -> Form:
        """The layout of the input: (B, F), (B, C, H, W), (B, T, F), token ids (B, T), ids (B, n), or an id (B, 1)."""
        if self.input == "tokens":
            return "tokens"
        if self.input == "ids":
            return "index" if len(self.sizes) == 1 else "ids"
        if self.sequence:
            return "sequence"
        return "image" if len(self.shape) == 3 else "vector"

    def __str__(self) -> str:
        if self.input == "ids":
            some = ", some unknown" if self.partial else ""
            return f"ids of {' x '.join(map(str, self.sizes))} -> {self.target}({self.target_size}{some})"
        size = "x".join(map(str, self.shape)) or "1"
        steps = f" a step, {self.seq_len or 'varying'} steps" if self.sequence else ""
        each = " a step" if self.per_step else ""
        some = ", some unknown" if self.partial else f", up to {self.target_len} symbols" if self.target_len else ""
        what = self.input if self.input == self.form else f"{self.input} {self.form}"
        return f"{what} of {size}{steps} -> {self.target}({self.target_size}{some}){each}"

    def why_outside(self, low: float, high: float) -> str | None:
        """Return which inputs a network or loss takes and that those of the data are others; None if they are not.

        low, high: the range that it takes.
        """
        bounds = {"binary": (0.0, 1.0), "onehot": (0.0, 1.0), "sign": (-1.0, 1.0), "counts": (0.0, self.high)}
        least, most = bounds.get(self.input, (self.low, self.high))
        if low <= least and most <= high:
            return None
        known = math.isfinite(least) and math.isfinite(most)
        wanted = f"in [{low:g}, {high:g}]" if math.isfinite(high) else f"of at least {low:g}"
        return f"takes inputs {wanted}; those of the data are {f'from {least:g} to {most:g}' if known else 'not'}"

    def in_units(self, y: Tensor) -> Tensor:
        """Return real targets or outputs (*n, D) in the target's own units, in float64 if y is scaled."""
        if not self.target_scale:
            return y
        if y.device.type != "mps":  # MPS has no float64
            y = y.double()
        scale, mean = (send(torch.tensor(v, dtype=y.dtype), y.device) for v in (self.target_scale, self.target_mean))
        return y * scale + mean

    def with_input_as_target(self) -> "DataSpec":
        """Return the spec of the same examples with the input as target. Raises ValueError for tokens and ids."""
        if self.input in ("tokens", "ids"):
            raise ValueError(f"the input can be the target only if it consists of numbers; the data gives {self}")
        return replace(self.without_target(), target="input", target_size=math.prod(self.shape), per_step=self.sequence)

    def with_class_in_input(self, *, context: bool) -> "DataSpec":
        """Return the spec of vectors: the numbers of an example followed by its one-hot class; the input is the target.

        context: only the numbers are the target. Raises ValueError for other targets than classes, and for sequences,
        tokens and ids.
        """
        if self.target != "classes" or self.form not in ("vector", "image"):
            raise ValueError(f"needs vectors or images with classes; the data gives {self}")
        size, classes = math.prod(self.shape), self.target_size
        return replace(
            self.without_target(),
            input="binary" if self.input == "binary" else "real",
            shape=(size + classes,),
            target="input",
            target_size=size if context else size + classes,
            low=min(self.low, 0.0),
            high=max(self.high, 1.0),
            labels=self.labels or tuple(map(str, range(classes))),
            blocks=(self.shape, (classes,)),
        )

    def without_target(self) -> "DataSpec":
        """Return the spec of the same examples without a target."""
        return replace(
            self,
            target="none",
            target_size=0,
            per_step=False,
            autoregressive=False,
            labels=(),
            classes=(),
            frequencies=(),
            target_mean=(),
            target_scale=(),
            partial=False,
            target_len=None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as plain data, for a checkpoint."""
        return {k: as_lists(v) for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Rebuild a spec from the result of `to_dict`."""
        fields: dict[str, Any] = {RENAMED_FIELDS.get(k, k): as_tuples(v) for k, v in plain.items()}
        return cls(**fields)

    def fake_batch(self, n: int, generator: torch.Generator | None = None) -> Batch:
        """Return `n` random examples of this spec; sequences of varying length have 3 to 9 steps."""
        steps: tuple[int, ...] = ()
        mask = None
        if self.sequence:
            steps = (self.seq_len or 9,)
            if self.seq_len is None:
                lengths = torch.randint(3, 10, (n,), generator=generator)
                lengths[0] = 9
                mask = torch.arange(9) < lengths[:, None]
        x = self._fake_input((n, *steps), generator)
        if mask is not None:
            x = x * mask.view(*mask.shape, *[1] * (x.ndim - 2))
        y = self._fake_target(x, (n, *steps) if self.per_step else (n,), generator)
        if self.partial:
            unknown = torch.rand(y.shape, generator=generator) < 0.5
            unknown[:, 0] &= ~unknown.all(1)
            y = y.masked_fill(unknown, float("nan"))
        return Batch(x, y, mask)

    def _fake_input(self, lead: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
        size = (*lead, *self.shape)
        if self.input == "tokens":
            return torch.randint(len(self.vocabulary), size, generator=generator)
        if self.input == "ids":
            return torch.stack([torch.randint(n, lead, generator=generator) for n in self.sizes], -1)
        if self.input == "onehot":
            ids = torch.randint(self.shape[-1], size[:-1], generator=generator)
            return torch.nn.functional.one_hot(ids, self.shape[-1]).float()
        if self.input in ("binary", "sign"):
            bits = torch.randint(2, size, generator=generator).float()
            return bits if self.input == "binary" else 2 * bits - 1
        if self.input == "counts":
            return torch.poisson(torch.full(size, 0.5), generator=generator)
        if self.low == float("-inf") or self.high == float("inf"):
            return torch.randn(size, generator=generator).clamp(self.low, self.high)
        return self.low + (self.high - self.low) * torch.rand(size, generator=generator)

    def _fake_target(self, x: Tensor, lead: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
        match self.target:
            case "classes" | "next_token":
                return torch.randint(self.target_size, lead, generator=generator)
            case "real":
                return torch.randn(*lead, self.target_size, generator=generator)
            case "multilabel":
                return torch.randint(2, (*lead, self.target_size), generator=generator).float()
            case "input":
                return x.flatten(len(lead))[..., : self.target_size]
            case "class_map":
                return torch.randint(self.target_size, (*lead, *self.shape[1:]), generator=generator)
            case "class_box":
                kind = torch.randint(self.target_size, (*lead, 1), generator=generator)
                corners = torch.rand(*lead, 2, 2, generator=generator).sort(-2).values  # (left, top), (right, bottom)
                return torch.cat([kind, corners.flatten(-2)], -1)
            case "context":
                y = torch.randint(self.target_size, (*lead, FAKE_NEIGHBOURS), generator=generator)
                absent = torch.rand(y.shape, generator=generator) < 0.5
                absent[:, 0] = False
                return y.masked_fill(absent, -1)
            case "sequence":
                return self._fake_sequence(lead[0], generator)
            case "counts":
                return torch.poisson(torch.full((*lead, self.target_size), 2.0), generator=generator)
            case "signed_counts":
                weights = 1 + torch.poisson(torch.full((*lead, 1), 2.0), generator=generator)
                return weights * (2 * torch.randint(2, (*lead, 1), generator=generator) - 1)
            case "none":
                return torch.zeros(lead)

    def _fake_sequence(self, n: int, generator: torch.Generator | None) -> Tensor:
        """Return random sequences (n, U) of all lengths; the first has the maximal length."""
        assert self.target_len is not None
        ends = torch.randint(self.target_len, (n, 1), generator=generator)
        ends[0] = self.target_len - 1
        symbols = torch.randint(1, self.target_size, (n, self.target_len), generator=generator)
        places = torch.arange(self.target_len)
        return symbols.masked_fill(places == ends, END_SYMBOL).masked_fill(places > ends, AFTER_END)


def as_lists(value: Any) -> Any:
    """Return nested tuples as lists."""
    return [as_lists(each) for each in value] if isinstance(value, tuple) else value


def as_tuples(value: Any) -> Any:
    """Return nested lists as tuples."""
    return tuple(as_tuples(each) for each in value) if isinstance(value, list) else value
