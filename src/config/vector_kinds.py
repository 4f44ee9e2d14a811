"""The kinds of vectors of a network with words, nodes or documents. Imports no torch."""

from typing import get_args

from ..card import VectorKind
from ..errors import unknown


def check_vectors(which: str) -> None:
    """Raise UserError for a kind of vectors that does not exist."""
    if which not in get_args(VectorKind):
        raise unknown("vectors", which, get_args(VectorKind))
