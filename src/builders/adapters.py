"""Adapters that convert the input of a data set into a form that a network takes.

Shapes: B examples, T steps, U symbols, F features, C channels, H height, W width, O outputs.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from ..card import Form
from ..config.vector_kinds import check_vectors
from ..errors import UserError
from ..layers.embeddings.tokens import TokenEmbedding
from ..spec import DataSpec

Adapter = Callable[[Tensor, Tensor | None], Tensor]


def identity(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return x unchanged."""
    return x


def flatten(x: Tensor, mask: Tensor | None) -> Tensor:
    """Flatten each example: (B, ...) -> (B, F)."""
    return x.flatten(1)


def rows_as_steps(x: Tensor, mask: Tensor | None) -> Tensor:
    """Convert images to sequences of rows: (B, C, H, W) -> (B, H, C * W)."""
    return x.transpose(1, 2).flatten(2)


def features_as_steps(x: Tensor, mask: Tensor | None) -> Tensor:
    """Convert vectors to sequences of single numbers: (B, F) -> (B, F, 1)."""
    return x.unsqueeze(-1)


class MultiHot:
    """Counts of the token ids of each step: (B, T) or (B, T, n) -> (B, T, V), where V is the vocabulary size."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the counts."""
        ids = x if x.ndim == 3 else x.unsqueeze(-1)
        counts = torch.zeros(*ids.shape[:2], self.size, device=x.device)
        return counts.scatter_add_(2, ids, torch.ones_like(ids, dtype=counts.dtype))


class BagOfWords(MultiHot):
    """Counts of the tokens of a sequence: (B, T) or (B, T, n) -> (B, V)."""

    def __call__(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the counts. Padding is not counted."""
        ids = x.flatten(1)
        real = torch.ones_like(x) if mask is None else mask.view(*mask.shape, *[1] * (x.ndim - 2)).expand_as(x)
        return torch.zeros(x.shape[0], self.size, device=x.device).scatter_add_(1, ids, real.flatten(1).float())


class Network(nn.Module):
    """A network with an adapter for the data, so that `net(x, mask)` takes batches of the data.

    Input: (B, *spec.shape), or (B, T, *spec.shape) with mask (B, T) or None. Output: (B, O), (B, T, O) if each step has
    a target, or (B, U, O) if the target is a sequence of U symbols. masked: the network also takes the mask; causal: no
    output depends on later steps; in_evaluation_mode: layers that stay in evaluation mode, also in training; origin:
    where the initial weights come from, "" if they are random.
    """

    def __init__(self, model: nn.Module, adapter: Adapter, *, masked: bool, causal: bool = False) -> None:
        super().__init__()
        self.model = model
        self.adapter = adapter
        self.masked = masked
        self.causal = causal
        self.in_evaluation_mode: tuple[nn.Module, ...] = ()
        self.origin = ""

    def keep_in_evaluation_mode(self, layers: Iterable[nn.Module]) -> None:
        """Put layers into evaluation mode, in which they stay when the network is put into training mode."""
        self.in_evaluation_mode = tuple(layers)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Set training or evaluation mode."""
        super().train(mode)
        for layer in self.in_evaluation_mode:
            layer.training = False
        return self

    def forward(self, x: Tensor, mask: Tensor | None = None, given: Tensor | None = None) -> Tensor:
        """Return the raw outputs.

        given: target sequences (B, U), which the network reads delayed by one step (teacher forcing); None: it reads
        its own predictions instead (free running).
        """
        x = self.adapter(x, mask)
        if given is not None:
            forced: Tensor = self.model(x, mask, given)
            return forced
        output: Tensor = self.model(x, mask) if self.masked else self.model(x)
        return output

    def forward_features(self, x: Tensor, mask: Tensor | None = None, given: Tensor | None = None) -> Tensor:
        """Return the input of the last layer of the network. given: see `forward`."""
        further = () if given is None else (given,)
        x = self.adapter(x, mask)
        features: Tensor = self.model.forward_features(x, mask if self.masked else None, *further)  # type: ignore[operator]
        return features

    @property
    def head(self) -> nn.Module:
        """The last layer of the network."""
        return self.model.head  # type: ignore[return-value]

    def encode(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the code of each example (B, K) or step (B, T, K). Raises UserError if the network has no codes."""
        if not hasattr(self.model, "encode"):
            raise UserError(f"{type(self.model).__name__} has no codes, as autoencoders do; layer=... names a layer")
        x = self.adapter(x, mask)
        code: Tensor = self.model.encode(x, mask) if self.masked else self.model.encode(x)  # type: ignore[operator]
        return code

    def decode(self, code: Tensor) -> Tensor:
        """Return the raw outputs (*n, O) for codes (*n, K), see `encode`. Raises UserError if there is no decoder."""
        if not hasattr(self.model, "decode") and hasattr(self.model, "context"):
            raise UserError(f"{type(self.model).__name__} decodes a code only together with a context; sample does")
        if not hasattr(self.model, "decode"):
            raise UserError(f"{type(self.model).__name__} has no decoder; autoencoders do, for example")
        output: Tensor = self.model.decode(code)  # type: ignore[operator]
        return output

    @property
    def has_vectors(self) -> bool:
        """Whether the network has vectors of the tokens, nodes or documents that its data names."""
        return hasattr(self.model, "vectors") or isinstance(getattr(self.model, "embedding", None), TokenEmbedding)

    def vectors(self, which: str = "input") -> Tensor:
        """Return the vectors of the vocabulary: (V, d).

        which: input, output, sum or both, which concatenates them; a network that only embeds tokens has input vectors.
        Raises UserError if the network has no such vectors.
        """
        check_vectors(which)
        name = type(self.model).__name__
        if not self.has_vectors:
            raise UserError(f"{name} has no vectors of words or nodes; skip-gram and networks of tokens do")
        if hasattr(self.model, "vectors"):
            found: Tensor = self.model.vectors(which)  # type: ignore[operator]
            return found
        if which != "input":
            raise UserError(f"vectors={which}: {name} has only input vectors; leave it out")
        return self.model.embedding.weight  # type: ignore[return-value, union-attr]

    def member_outputs(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the raw outputs of each member of an ensemble: (*n, M, O); any other network is its only member."""
        if not hasattr(self.model, "member_outputs"):
            return self(x, mask).unsqueeze(-2)
        outputs: Tensor = self.model.member_outputs(self.adapter(x, mask))  # type: ignore[operator]
        return outputs

    def combine(self, values: Tensor) -> Tensor:
        """Return values (*n, M, K) of the members of an ensemble, combined as its outputs are: (*n, K)."""
        combined: Tensor = self.model.combine(values) if hasattr(self.model, "combine") else values.squeeze(-2)  # type: ignore[operator]
        return combined

    def run(self, x: Tensor, mask: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        """Return the raw outputs and the state for the next segment. state: None for the first segment."""
        if not hasattr(self.model, "run"):  # has no state
            return self(x, mask), None
        result: tuple[Tensor, Any] = self.model.run(self.adapter(x, mask), mask, state)  # type: ignore[operator]
        return result


Conversion = tuple[Adapter, dict[str, object]] | None


def vector_to_vector(spec: DataSpec) -> Conversion:
    """Leave the features unchanged."""
    return identity, {
        "in_features": spec.shape[0],
        "block_sizes": tuple(map(math.prod, spec.blocks)),
        "input_means": spec.input_means,
    }


def image_to_vector(spec: DataSpec) -> Conversion:
    """Flatten all pixels."""
    return flatten, {"in_features": spec.shape[0] * spec.shape[1] * spec.shape[2]}


def sequence_to_vector(spec: DataSpec) -> Conversion:
    """Apply the network to each step if each has a target, else flatten all steps."""
    if spec.per_step:  # the network is applied to every step
        return identity, {"in_features": spec.shape[0]}
    return (flatten, {"in_features": spec.seq_len * spec.shape[0]}) if spec.seq_len else None


def tokens_to_vector(spec: DataSpec) -> Conversion:
    """Count the tokens of each step if each has a target, else of the sequence."""
    size = len(spec.vocabulary)
    return (MultiHot if spec.per_step else BagOfWords)(size), {"in_features": size}


def image_to_image(spec: DataSpec) -> Conversion:
    """Leave the pixels unchanged."""
    return identity, {"in_shape": spec.shape}


def sequence_to_sequence(spec: DataSpec) -> Conversion:
    """Leave the steps unchanged."""
    return identity, {"in_features": spec.shape[0], "seq_len": spec.seq_len, "per_step": spec.per_step}


def tokens_to_tokens(spec: DataSpec) -> Conversion:
    """Leave the tokens unchanged."""
    return identity, {"vocab_size": len(spec.vocabulary), "seq_len": spec.seq_len, "per_step": spec.per_step}


def tokens_to_sequence(spec: DataSpec) -> Conversion:
    """Count the tokens of each step; a single token is one-hot."""
    size = len(spec.vocabulary)
    return MultiHot(size), {"in_features": size, "seq_len": spec.seq_len, "per_step": spec.per_step}


def image_to_sequence(spec: DataSpec) -> Conversion:
    """Read an image row by row."""
    channels, height, width = spec.shape
    return rows_as_steps, {"in_features": channels * width, "seq_len": height, "per_step": False}


def vector_to_sequence(spec: DataSpec) -> Conversion:
    """Read a vector number by number."""
    return features_as_steps, {"in_features": 1, "seq_len": spec.shape[0], "per_step": False}


def ids_to_ids(spec: DataSpec) -> Conversion:
    """Leave the ids of users and items unchanged."""
    return (identity, {"num_users": spec.sizes[0], "num_items": spec.sizes[1]}) if len(spec.sizes) == 2 else None


def index_to_index(spec: DataSpec) -> Conversion:
    """Leave the ids of users, words, documents or nodes unchanged."""
    return identity, {"num_users": spec.sizes[0], "num_ids": spec.sizes[0]}


CONVERSIONS: dict[tuple[str, str], Callable[[DataSpec], Conversion]] = {
    ("vector", "vector"): vector_to_vector,
    ("image", "vector"): image_to_vector,
    ("sequence", "vector"): sequence_to_vector,
    ("tokens", "vector"): tokens_to_vector,
    ("image", "image"): image_to_image,
    ("sequence", "sequence"): sequence_to_sequence,
    ("tokens", "tokens"): tokens_to_tokens,
    ("tokens", "sequence"): tokens_to_sequence,
    ("image", "sequence"): image_to_sequence,
    ("vector", "sequence"): vector_to_sequence,
    ("ids", "ids"): ids_to_ids,
    ("index", "index"): index_to_index,
}


def choose_conversion(inputs: Sequence[Form], spec: DataSpec) -> tuple[Form, Adapter, dict[str, object]] | None:
    """Return the form of the input, the adapter and the input sizes by their reserved names.

    inputs: the forms that the network takes. Returns None if the data cannot be converted to any of them.
    """
    for form in sorted(inputs, key=lambda f: f != spec.form):  # prefer no conversion
        conversion = CONVERSIONS.get((spec.form, form), lambda _: None)(spec)
        if conversion:
            adapter, sizes = conversion
            return form, adapter, sizes
    return None
