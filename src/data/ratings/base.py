"""The base class of data sets of ratings.

Shapes: N ratings, U users, I items.
"""

from dataclasses import replace
from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError, unknown
from ...preprocessing.base import Preprocessing
from ...preprocessing.ids import IdPreprocessing, Texts, Unseen, in_order
from ...preprocessing.rating_rows import RatingRowsPreprocessing
from ...preprocessing.rating_table import Missing
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction, count_of, random_split
from ..splits import Split

Layout = Literal["pairs", "rows"]
MAX_TABLE_SIZE = 1 << 28  # numbers in a table of all users and items: 1 GB
NAMES = ("user", "item")


class Ratings(NamedTuple):
    """Ratings read from a file or an object.

    source: its name, for messages; ids: of users and of items, text (N,); values: float64 (N,); unfitted: the
    preprocessing of ids before it is fitted; rating: the column of the ratings; missing: how rows with a missing cell
    are handled; digest: a checksum of the data.
    """

    source: str
    ids: tuple[Texts, Texts]
    values: NDArray[np.float64]
    unfitted: IdPreprocessing
    rating: str = "rating"
    missing: Missing = "refuse"
    digest: str | None = None


class RatingData(Data):
    """Ratings of items by users.

    layout "pairs": an example is a rating, x (2,) the indices of user and item, 0 without a training rating, y (1,).
    layout "rows": an example is a user, x (I,) the training ratings, 0 where unknown, y (I,) the ratings of the split,
    NaN where unknown; items without a training rating are left out.
    standardize_target: scale ratings to mean 0 and standard deviation 1 over the training ratings; val, test: see
    `split_rows`. Raises UserError for an unknown layout, and if the table of layout=rows is too large.
    """

    def __init__(
        self,
        given: Ratings,
        *,
        layout: Layout,
        standardize_target: bool,
        val: float,
        test: float,
        seed: int,
    ) -> None:
        super().__init__(seed=seed)
        if layout not in get_args(Layout):
            raise unknown("data.layout", layout, get_args(Layout))
        self.layout = layout
        self.rows = self.split_rows(len(given.values), given.source, val=val, test=test)
        train = self.rows["train"].numpy()
        ids = tuple(in_order(texts[train].tolist()) for texts in given.ids)
        self.ids = replace(given.unfitted, ids=ids)
        self.by_user = RatingRowsPreprocessing(
            ids=self.ids,
            rating=given.rating,
            missing=given.missing,
            low=min(0.0, float(given.values.min())),
            high=max(0.0, float(given.values.max())),
        )
        self.pairs = torch.from_numpy(np.stack([self.ids.numbers(k, texts) for k, texts in enumerate(given.ids)], 1))
        self.values = torch.tensor(given.values)
        known = self.values[self.rows["train"]]
        scale: tuple[float, ...] = ()
        mean: tuple[float, ...] = ()
        if standardize_target:
            mean = (float(known.mean()),)
            scale = (float(known.std(correction=0)) if known.min() < known.max() else 1.0,)
        users, items = map(len, ids)
        if layout == "pairs":
            self.spec = DataSpec(
                "ids", (2,), "real", 1, sizes=self.ids.sizes, labels=("rating",), target_mean=mean, target_scale=scale
            )
        else:
            if users * items > MAX_TABLE_SIZE:
                raise UserError(
                    f"{given.source}: a table of {users} users and {items} items is too large; set data.layout=pairs"
                )
            self.spec = DataSpec(
                "real",
                (items,),
                "real",
                items,
                low=min(0.0, float(known.min())),
                high=max(0.0, float(known.max())),
                labels=ids[1],
                target_mean=mean * items,
                target_scale=scale * items,
                partial=True,
            )
        self.summary = self.summarize(given.source)

    def split_rows(self, count: int, source: str, *, val: float, test: float) -> dict[str, Tensor]:
        """Return random rows for each split; the test set does not depend on the seed.

        val: fraction of the rows that are not in the test set, may be 0. Raises UserError for values out of range and
        too few rows.
        """
        check_fraction("val", val)
        check_fraction("test", test)
        if not test:
            raise UserError("test must be above 0")
        if count < 2 + (val > 0):
            raise UserError(f"{source}: {count} ratings are too few for val={val} and test={test}")
        rest, held = random_split(count, count_of(test, count), 0)
        train, chosen = self.hold_out(len(rest), count_of(val, len(rest)))
        rows = {"train": rest[train], "val": rest[chosen], "test": held}
        return {name: rows[name] for name in rows if len(rows[name])}

    @property
    def preprocessing(self) -> Preprocessing:
        """The conversion of ids to indices or, with layout=rows, of ratings to rows of users."""
        return self.ids if self.layout == "pairs" else self.by_user

    def use_input_as_target(self) -> None:
        """Make the known entries of the input, not standardized, the target. Raises UserError for layout=pairs."""
        if self.layout == "pairs":
            raise UserError("ids of users and items cannot be reconstructed; data.layout=rows gives rows of ratings")
        self.spec = replace(self.spec.with_input_as_target(), partial=True)

    def remove_target(self) -> None:
        """Raise UserError: unknown ratings would count as ratings of 0."""
        raise UserError("ratings have unknown entries; a network that learns without a target needs known inputs")

    def load(self) -> Splits:
        """Return the splits."""
        rows = {name: rows for name, rows in self.rows.items() if len(rows)}
        if self.layout == "rows":
            return {name: self.users_as_examples(chosen) for name, chosen in rows.items()}
        ratings = Batch(self.pairs, self.scaled(self.values[:, None]))  # ratings as examples: x (N, 2), y (N, 1)
        return {name: Split(ratings, chosen) for name, chosen in rows.items()}

    def users_as_examples(self, rows: Tensor) -> Batch:
        """Return the users with a rating in the split as examples: x (U, I), y (U, I)."""
        train = self.table(self.rows["train"])
        known = self.table(rows)
        rated = ~known.isnan().all(1)
        if not rated.any():
            raise UserError("a split of the data has no rating by a user and of an item with training ratings")
        return Batch(train[rated].nan_to_num(0.0).float(), self.scaled(known[rated]))

    def table(self, rows: Tensor) -> Tensor:
        """Return the table of ratings by users and of items with training ratings, NaN where unknown: (U, I)."""
        users, items = (size - 1 for size in self.ids.sizes)
        pairs, values = self.pairs[rows], self.values[rows]
        seen = (pairs > 0).all(1)
        found = torch.full((users, items), float("nan"), dtype=torch.float64)
        found[pairs[seen, 0] - 1, pairs[seen, 1] - 1] = values[seen]
        return found

    def scaled(self, ratings: Tensor) -> Tensor:
        """Return ratings as targets of the network, float32."""
        if self.spec.target_scale:
            ratings = (ratings - self.spec.target_mean[0]) / self.spec.target_scale[0]
        return ratings.float()

    def summarize(self, source: str) -> str:
        """Return a one-line summary of the data."""
        users, items = (size - 1 for size in self.ids.sizes)
        values = self.values
        words = [
            f"{len(values)} ratings from {float(values.min()):g} to {float(values.max()):g}, mean "
            f"{float(values.mean()):.4g}; {users} users and {items} items with a training rating"
        ]
        unseen = int((self.pairs == 0).any(1).sum())
        if unseen:
            words.append(f"{unseen} held-out ratings are of other users or items")
        sizes = ", ".join(f"{len(rows)} {name}" for name, rows in self.rows.items() if len(rows))
        return f"{source}: {'; '.join([*words, sizes])}"


def unfitted(unseen: Unseen) -> IdPreprocessing:
    """Return the preprocessing of ids of users and items from the columns NAMES, not fitted yet."""
    return IdPreprocessing(columns=NAMES, names=NAMES, ids=((), ()), unseen=unseen)
