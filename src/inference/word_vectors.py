"""Questions about the vectors of words, nodes or documents of a run or a file: neighbors, analogies, similarities."""

from collections.abc import Sequence
from pathlib import Path

from ..card import VectorKind
from ..errors import UserError
from ..files.paths import expand_path
from ..text.named_vectors import NamedVectors, Neighbor
from ..text.vectors import read_named_vectors
from .arguments import whole_number
from .load import load


def neighbors(
    source: str | Path,
    word: str,
    *,
    top: int = 10,
    vectors: VectorKind | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> list[Neighbor]:
    """Return the words with the highest cosine with a word, as pairs (name, similarity).

    source: a run, a checkpoint, or a file of vectors; vectors: of a network's words, by default its input vectors;
    which, allow: see `load`. Raises UserError for unknown words and for networks without vectors.
    """
    top = whole_number("top", top, least=1)
    return named_vectors(source, vectors, which=which, allow=allow).neighbors(word, top)


def analogy(
    source: str | Path,
    a: str,
    b: str,
    c: str,
    *,
    top: int = 10,
    vectors: VectorKind | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> list[Neighbor]:
    """Return the words that complete "a is to b as c is to ...", the best first; see `NamedVectors.analogy`.

    source, vectors, which, allow, errors: see `neighbors`.
    """
    top = whole_number("top", top, least=1)
    return named_vectors(source, vectors, which=which, allow=allow).analogy(a, b, c, top)


def similarity(
    source: str | Path,
    a: str,
    b: str,
    *,
    vectors: VectorKind | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> float:
    """Return the cosine of the vectors of two words, in [-1, 1]. source, vectors, which, allow: see `neighbors`."""
    return named_vectors(source, vectors, which=which, allow=allow).similarity(a, b)


def named_vectors(
    source: str | Path, vectors: VectorKind | None = None, *, which: str | None = None, allow: Sequence[str] = ()
) -> NamedVectors:
    """Return the vectors of a run, a checkpoint (*.ckpt) or a file of vectors, with their names.

    Raises UserError if `vectors` or `which` is given for a file, which has one vector for each word.
    """
    path = expand_path(source)
    if not path.is_file() or path.suffix == ".ckpt":
        return load(source, which=which, allow=allow).vectors(vectors or "input")
    for name, value in (("vectors", vectors), ("which", which)):
        if value is not None:
            raise UserError(f"{name}={value} is for runs; {path} is a file of vectors")
    return read_named_vectors(path)
