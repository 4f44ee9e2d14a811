"""Pairs of words with a similarity judged by humans, and how well cosines agree with them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn.functional import cosine_similarity

from ..errors import UserError
from ..formatting import is_number
from .analogies import CaseInsensitive
from .named_vectors import NamedVectors


class Pair(NamedTuple):
    """Two words and the similarity that humans see in them."""

    first: str
    second: str
    score: float


class Agreement(NamedTuple):
    """Spearman's rank correlation of scores and cosines, the number of pairs, and that of pairs with unknown words."""

    correlation: float
    pairs: int
    left_out: int


def read_pairs(path: Path) -> list[Pair]:
    """Return pairs in the format of WordSim-353: lines with two words and a number, separated by tabs.

    Lines that begin with # are comments; a first line without a number has headings. Raises UserError with the line for
    any other line, and for a file without pairs.
    """
    pairs: list[Pair] = []
    rows = enumerate(path.read_bytes().decode("utf-8", "backslashreplace").split("\n"), 1)
    lines = [(number, line.strip()) for number, line in rows if line.strip() and not line.startswith("#")]
    for place, (number, line) in enumerate(lines):
        cells = line.split("\t")
        if len(cells) == 3 and is_number(cells[2]):
            pairs.append(Pair(cells[0], cells[1], float(cells[2])))
        elif place or len(cells) != 3:
            raise UserError(f"{path}, line {number}: '{line}' is not two words and a number, separated by tabs")
    if not pairs:
        raise UserError(f"{path} has no pairs of words")
    return pairs


def compare(
    vectors: NamedVectors, pairs: Sequence[Pair], keep: Callable[[list[int]], bool] = lambda rows: True
) -> Agreement:
    """Return Spearman's rank correlation of scores and cosines.

    Case is ignored, see `CaseInsensitive`; pairs with a word without a vector are left out, and those whose rows of the
    vectors `keep` does not accept. The correlation is NaN for fewer than two pairs.
    """
    from scipy.stats import spearmanr  # imported here, since the import is slow

    names = CaseInsensitive(vectors.names)
    known = [(rows, pair.score) for pair in pairs if (rows := names.find(pair[:2])) is not None]
    found = [(rows, score) for rows, score in known if keep(rows)]
    indices = torch.tensor([rows for rows, _ in found], dtype=torch.long).view(-1, 2)
    first, second = vectors.values[indices.to(vectors.values.device)].double().unbind(1)
    cosines = cosine_similarity(first, second).round(decimals=12).tolist()  # pairs of equal words are ties
    enough = len(set(cosines)) > 1 and len({score for _, score in found}) > 1
    correlation = float(spearmanr([score for _, score in found], cosines).statistic) if enough else float("nan")
    return Agreement(correlation, len(found), len(pairs) - len(found))
