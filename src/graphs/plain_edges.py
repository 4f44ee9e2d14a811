"""Fast reading of the usual edge lists: the same number of cells in each line, no quotation marks, no blanks in cells.

Shapes: M edges.
"""

import io
from collections.abc import Callable, Sequence

import numpy as np

from .graph import Edges

Found = tuple[list[str], Edges, bool]


def read_plain_edges(
    lines: Sequence[str], separator: str, *, header: bool | None, may_be_header: Callable[[Sequence[str]], bool]
) -> Found | None:
    """Return names in order of occurrence, edges, and whether there are weights; None for lines that are not plain.

    header: whether the first line is a header; None: detect, by `may_be_header` of its cells, of which the first two
    are not nodes of other lines.
    """
    import pandas as pd  # slow to import

    text = "\n".join(lines)
    if '"' in text or has_other_blanks(text, separator):
        return None
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, header=None, dtype=str, keep_default_na=False, quoting=3)
    except pd.errors.ParserError:
        return None
    cells = frame.to_numpy(dtype=object)
    if len(cells) != len(lines) or cells.shape[1] not in (2, 3) or frame.isna().any(axis=None) or (cells == "").any():
        return None
    if header is None:
        first = cells[0].tolist()
        header = may_be_header(first) and not np.isin(cells[1:, :2].astype(str), first[:2]).any()
    cells = cells[1:] if header else cells
    if not len(cells):
        return None
    numbers, names = pd.factorize(cells[:, :2].ravel())
    source, target = numbers.reshape(-1, 2).T.astype(np.int64)
    weights = np.ones(len(cells))
    if cells.shape[1] == 3:
        try:
            weights = cells[:, 2].astype(np.float64)
        except ValueError:
            return None
        if not ((weights > 0) & (weights < np.inf)).all():
            return None
    return names.tolist(), Edges(source.copy(), target.copy(), weights), cells.shape[1] == 3


def has_other_blanks(text: str, separator: str) -> bool:
    """Return whether a text has blanks beside single ones that separate cells, and the ends of its lines."""
    expected = text.count("\n") + 1 + (text.count(separator) if separator in " \t" else 0)
    return len(text.split()) != expected
