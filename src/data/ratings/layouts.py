"""Layouts of ratings: what an example is.

Shapes: N ratings, R examples, C users or items that are columns.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ...errors import UserError
from ...preprocessing.base import Preprocessing
from ...spec import Batch, DataSpec
from ..base import Splits
from ..splits import Split
from .encoded import EncodedRatings
from .negatives import Negatives

LayoutName = Literal["pairs", "rows", "items", "index"]
MAX_TABLE_SIZE = 1 << 28  # numbers in a table of all users and items: 1 GB
Scaled = Callable[[Tensor], Tensor]
"""A function from ratings, float64, to targets of the network, float32."""


@dataclass(frozen=True)
class Layout(ABC):
    """The examples of ratings.

    mean, scale: of the training ratings, if targets are scaled, else empty; seed: of negative examples; negatives:
    their number for each pair with implicit feedback.
    """

    ratings: EncodedRatings
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    seed: int
    negatives: int

    @property
    @abstractmethod
    def spec(self) -> DataSpec:
        """The kind and shape of an example."""

    @property
    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """The conversion of ids or of tables of ratings to inputs."""

    @abstractmethod
    def splits(self, scaled: Scaled) -> Splits:
        """Return the examples of each split. Raises UserError if a split has none."""


class PairLayout(Layout):
    """An example is a rating: x (2,) the indices of user and item, 0 without a training rating, y (1,).

    With implicit feedback y is 1 for the pairs of the data and 0 for sampled pairs.
    """

    @property
    def spec(self) -> DataSpec:
        """Ids of a user and an item; the target is a rating or, with implicit feedback, a label."""
        sizes = self.ratings.ids.sizes
        if self.ratings.implicit:
            return DataSpec("ids", (2,), "multilabel", 1, sizes=sizes, labels=("chosen",))
        return DataSpec(
            "ids", (2,), "real", 1, sizes=sizes, labels=("rating",), target_mean=self.mean, target_scale=self.scale
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """The encoding of the ids."""
        return self.ratings.ids

    def splits(self, scaled: Scaled) -> Splits:
        """Return the ratings as examples: x (N, 2), y (N, 1)."""
        if self.ratings.implicit:
            return {split: self.sampler(split).examples(self.seed, 0) for split in self.ratings.rows}
        ratings = Batch(self.ratings.pairs, scaled(self.ratings.values[:, None]))
        return {split: Split(ratings, rows) for split, rows in self.ratings.rows.items()}

    def sampler(self, split: str) -> Negatives:
        """Return the sampler of pairs that are no positives.

        For training these may be held-out pairs; otherwise the held-out pairs would be known.
        """
        pairs = self.ratings.pairs
        chosen = pairs[self.ratings.rows[split]]
        return Negatives(
            chosen,
            excluded=chosen if split == "train" else pairs,
            items=self.ratings.ids.sizes[1] - 1,
            count=self.negatives,
            source=self.ratings.source,
        )


class TableLayout(Layout):
    """An example is a user or an item, with a target (C,) for all items or users, NaN where unknown.

    With implicit feedback the target is 1 for the pairs of the split, NaN for the pairs of the input, if they are
    others, and else 0. axis: 0 if the examples are users, 1 if they are items.
    """

    axis: ClassVar[int] = 0

    def check_size(self) -> None:
        """Raise UserError if the table of all users and items is too large."""
        users, items = (size - 1 for size in self.ratings.ids.sizes)
        if users * items > MAX_TABLE_SIZE:
            raise UserError(
                f"{self.ratings.source}: a table of {users} users and {items} items is too large; set data.layout=pairs"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The ids of the items or users that are columns: C."""
        return self.ratings.ids.ids[1 - self.axis]

    def splits(self, scaled: Scaled) -> Splits:
        """Return the users or items with a rating in the split as examples: x (R, *shape), y (R, C)."""
        found: Splits = {}
        for split in self.ratings.rows:
            codes, given, target = self.ratings.tables(split, self.axis)
            if not len(target):
                raise UserError(
                    f"{self.ratings.source}: no rating in {split} is {('of an item', 'by a user')[self.axis]} "
                    "with a training rating; data.layout=pairs predicts such ratings"
                )
            if self.ratings.implicit:
                others = torch.zeros_like(given).masked_fill(~given.isnan(), float("nan"))
                target = others.masked_fill(~target.isnan(), 1.0)
            found[split] = Batch(self.inputs(codes, given), scaled(target))
        return found

    @abstractmethod
    def inputs(self, codes: Tensor, given: Tensor) -> Tensor:
        """Return the inputs; codes: of the examples (R,), 0 if unknown; given: the known ratings, else NaN (R, C)."""


class RowLayout(TableLayout):
    """An example is a user: x (C,) the known ratings of the items, 0 where unknown."""

    @property
    def spec(self) -> DataSpec:
        """Rows of ratings as input and as target."""
        self.check_size()
        known, size = self.ratings.known, len(self.columns)
        low, high = min(0.0, float(known.min())), max(0.0, float(known.max()))
        if self.ratings.implicit:
            return DataSpec(
                "binary", (size,), "multilabel", size, low=low, high=high, labels=self.columns, partial=True
            )
        return DataSpec(
            "real",
            (size,),
            "real",
            size,
            low=low,
            high=high,
            labels=self.columns,
            target_mean=self.mean * size,
            target_scale=self.scale * size,
            partial=True,
            input_means=self.ratings.means(1 - self.axis),
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """The conversion of a table of ratings to rows."""
        return self.ratings.table_preprocessing(self.axis)

    def inputs(self, codes: Tensor, given: Tensor) -> Tensor:
        """Return the known ratings, 0 where unknown."""
        return given.nan_to_num(0.0).float()


class ItemLayout(RowLayout):
    """An example is an item: x (C,) the known ratings by the users, 0 where unknown."""

    axis: ClassVar[int] = 1


class IndexLayout(TableLayout):
    """An example is a user: x (1,) the index of the user, 0 without a training rating."""

    @property
    def spec(self) -> DataSpec:
        """The id of a user; the target are the ratings of all items."""
        self.check_size()
        size = len(self.columns)
        return DataSpec(
            "ids",
            (1,),
            "multilabel" if self.ratings.implicit else "real",
            size,
            sizes=self.ratings.ids.sizes[:1],
            labels=self.columns,
            target_mean=self.mean * size,
            target_scale=self.scale * size,
            partial=True,
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """The encoding of the ids of users."""
        return self.ratings.ids.only(0)

    def inputs(self, codes: Tensor, given: Tensor) -> Tensor:
        """Return the indices of the users."""
        return codes[:, None]


LAYOUTS: dict[str, type[Layout]] = {"pairs": PairLayout, "rows": RowLayout, "items": ItemLayout, "index": IndexLayout}
