"""Vectors of words, nodes or documents by name, and questions about them.

Shapes: V names, d dimensions of a vector.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..errors import UserError, did_you_mean
from ..spec import DataSpec
from .vocabulary import Vocabulary


class Neighbor(NamedTuple):
    """A name and the cosine of the angle between its vector and that of a question, in [-1, 1]."""

    name: str
    similarity: float


class NamedVectors:
    """Vectors (V, d) with names.

    Only cosines and distances of vectors of the same training can be compared: a rotation of all vectors leaves the
    network's outputs unchanged. The cosine with a zero vector is 0. elsewhere: a kind of vectors with other names, and
    these names, for hints. Raises ValueError for repeated names, and if there is not one vector for each name.
    """

    def __init__(self, names: Sequence[str], values: Tensor, elsewhere: tuple[str, Sequence[str]] = ("", ())) -> None:
        if values.ndim != 2 or len(names) != len(values):
            raise ValueError(f"{len(names)} names need as many vectors; the values have the shape {[*values.shape]}")
        self.vocabulary = Vocabulary(names)
        self.names = self.vocabulary.tokens
        self.values = values.detach()
        self.elsewhere = elsewhere

    @cached_property
    def unit(self) -> Tensor:
        """The vectors scaled to length 1: (V, d); zero vectors stay 0."""
        return normalize(self.values, dim=1)

    def index(self, name: str) -> int:
        """Return the row of a name. Raises UserError with the nearest name if there is none, and for other types."""
        if not isinstance(name, str):
            raise UserError(f"{name!r} is not a name; it must be a string, such as 'king'")
        found = self.vocabulary.ids.get(name)
        if found is None:
            kind, others = self.elsewhere
            if name in others:
                raise UserError(
                    f"'{name}' is not among the {len(self.names)} names of these vectors; try vectors={kind}"
                )
            raise UserError(f"'{name}' is not among the {len(self.names)} names{did_you_mean(name, self.names)}")
        return found

    def neighbors(self, name: str, top: int = 10) -> list[Neighbor]:
        """Return the names with the highest cosine, without the name itself."""
        row = self.index(name)
        return self._nearest(self.unit[row], [row], top)

    def analogy(self, a: str, b: str, c: str, top: int = 10) -> list[Neighbor]:
        """Return the names d that complete "a is to b as c is to d": the highest cosine with b - a + c.

        The three vectors are scaled to length 1, and their names are excluded (3CosAdd). Mikolov et al. (2013),
        Linguistic regularities in continuous space word representations, section 4.
        """
        rows = [self.index(name) for name in (a, b, c)]
        first, second, third = self.unit[rows]
        return self._nearest(normalize(second - first + third, dim=0), rows, top)

    def similarity(self, a: str, b: str) -> float:
        """Return the cosine of two names, in [-1, 1]."""
        return float(self.unit[self.index(a)] @ self.unit[self.index(b)])

    def _nearest(self, direction: Tensor, excluded: Sequence[int], top: int) -> list[Neighbor]:
        """Return the names with the highest cosine with a direction (d,) of length 1. Raises UserError for top < 1."""
        if top < 1:
            raise UserError(f"top is {top}; it must be at least 1")
        cosines = self.unit @ direction
        cosines[[*excluded]] = -torch.inf
        found = cosines.topk(min(top, len(self.names) - len(set(excluded))))
        pairs = zip(found.indices.tolist(), found.values.tolist(), strict=True)
        return [Neighbor(self.names[row], value) for row, value in pairs]


def name_vectors(spec: DataSpec, which: str, values: Tensor) -> NamedVectors:
    """Return vectors (V, d) of a network with their names: those of its outputs if which=output, else of its inputs.

    The outputs of a network whose input is a pair of nodes have the names of the inputs.
    Raises UserError if the data does not name each vector, or names two of them equally.
    """
    names = spec.labels if which == "output" and spec.labels and len(spec.sizes) < 2 else spec.vocabulary
    if len(names) != len(values):
        raise UserError(f"the network has {len(values)} {which} vectors, and the data has {len(names)} names")
    elsewhere: tuple[str, Sequence[str]] = ("", ())
    if spec.target == "context":  # documents as input, words as output
        elsewhere = ("input", spec.vocabulary) if which == "output" else ("output", spec.labels)
    try:
        return NamedVectors(names, values, elsewhere)
    except ValueError as error:
        raise UserError(f"the vectors cannot be named: {error}") from None
