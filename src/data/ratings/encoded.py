"""Ratings with encoded ids, from which the layouts make examples.

Shapes: N ratings, R examples, C users or items that are columns.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...preprocessing.ids import IdPreprocessing, Texts, in_order
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...preprocessing.rating_table import Missing


@dataclass(frozen=True)
class EncodedRatings:
    """Ratings in the units of the data, and how they are divided.

    source: their name, for messages; texts: ids of users and items (N,); values: float64 (N,); ids: the encoding of
    the ids, fitted to the training ratings; rows: the ratings of each split; inputs: the ratings in the inputs when
    those of a split are predicted; rating: the column of the ratings, None if there is none; missing: how rows with a
    missing cell are handled; implicit: all values are 1 and mean that the item was chosen; threshold: the smallest
    rating that counts as chosen.
    """

    source: str
    texts: tuple[Texts, Texts]
    values: Tensor
    ids: IdPreprocessing
    rows: dict[str, Tensor]
    inputs: dict[str, Tensor]
    rating: str | None
    missing: Missing
    implicit: bool
    threshold: float | None

    @cached_property
    def pairs(self) -> Tensor:
        """The codes of users and items, 0 without a training rating: (N, 2)."""
        return torch.from_numpy(np.stack([self.ids.numbers(k, texts) for k, texts in enumerate(self.texts)], 1))

    @property
    def known(self) -> Tensor:
        """The training ratings."""
        return self.values[self.rows["train"]]

    def means(self, axis: int) -> tuple[float, ...]:
        """Return the means of the training ratings by each user (axis 0) or of each item (axis 1) that has some."""
        codes = self.pairs[self.rows["train"], axis] - 1
        return tuple((codes.bincount(self.known) / codes.bincount()).tolist())

    def table_preprocessing(self, axis: int) -> RatingRowsPreprocessing:
        """Return the conversion of tables of ratings to rows of users (axis 0) or items (axis 1)."""
        return RatingRowsPreprocessing(
            ids=self.ids,
            axis=axis,
            rating=self.rating,
            missing=self.missing,
            implicit=self.implicit,
            threshold=self.threshold,
            low=min(0.0, float(self.values.min())),
            high=max(0.0, float(self.values.max())),
        )

    def numbered(self, axis: int) -> NDArray[np.int64]:
        """Return the number of the user (axis 0) or item (axis 1) of each rating, among those of all splits: (N,)."""
        return numbered(self.texts[axis])

    def tables(self, split: str, axis: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return the users (axis 0) or items (axis 1) with ratings in a split as examples.

        The columns are the items or users with training ratings. Returns the codes of the examples (R,), 0 without a
        training rating, the known ratings in the inputs, and the ratings of the split, NaN where unknown: (R, C) each.
        """
        number = torch.from_numpy(self.numbered(axis))
        rows = self.rows[split]
        chosen = number[rows[self.pairs[rows, 1 - axis] > 0]].unique()
        code = torch.zeros(int(number.max()) + 1, dtype=torch.int64)
        code[number] = self.pairs[:, axis]
        given, found = (self._table(number, chosen, each, axis) for each in (self.inputs[split], rows))
        return code[chosen], given, found

    def _table(self, number: Tensor, chosen: Tensor, rows: Tensor, axis: int) -> Tensor:
        """Return the ratings of the chosen users or items among `rows`, NaN where unknown: (R, C)."""
        columns = self.ids.sizes[1 - axis] - 1
        place = torch.full((int(number.max()) + 1,), -1)
        place[chosen] = torch.arange(len(chosen))
        row, column = place[number[rows]], self.pairs[rows, 1 - axis] - 1
        inside = (row >= 0) & (column >= 0)
        found = torch.full((len(chosen), columns), float("nan"), dtype=torch.float64)
        found[row[inside], column[inside]] = self.values[rows][inside]
        return found


def numbered(texts: Texts) -> NDArray[np.int64]:
    """Return the place of each id among the sorted distinct ids: (N,)."""
    place = {text: number for number, text in enumerate(in_order(texts.tolist()))}
    return np.array([place[text] for text in texts.tolist()], dtype=np.int64)
