"""The base class of data sets of ratings.

Shapes: N ratings.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError, unknown
from ...files.contents import Contents
from ...preprocessing.base import Preprocessing
from ...preprocessing.ids import IdPreprocessing, Texts, Unseen, in_order
from ...preprocessing.rating_table import Missing
from ...runs.ratings import KnownRatings
from ..base import Data, Splits
from ..holdout import check_fraction
from ..loader import Loader
from ..sampled_loader import SampledLoader
from .divisions import Division, SplitBy, by_rating, by_time, by_user, check_sizes, with_given
from .encoded import EncodedRatings, numbered
from .layouts import LAYOUTS, LayoutName, PairLayout

NAMES = ("user", "item")
DEFAULT_GIVEN = 0.8  # of the ratings of a held-out user
DEFAULT_NEGATIVES = 4  # for each positive pair


class Ratings(NamedTuple):
    """Ratings read from a file or an object.

    source: its name, for messages; ids: of users and of items, text (N,); values: float64 (N,); unfitted: the
    preprocessing of ids before it is fitted; rating: the column of the ratings, None if there is none; missing: how
    rows with a missing cell are handled; digest, contents: as of `Data`; times: float64 (N,), None if there are none;
    titles: of items, by id.
    """

    source: str
    ids: tuple[Texts, Texts]
    values: NDArray[np.float64]
    unfitted: IdPreprocessing
    rating: str | None = "rating"
    missing: Missing = "refuse"
    digest: str | None = None
    contents: Contents = MappingProxyType({})
    times: NDArray[np.float64] | None = None
    titles: Mapping[str, str] = {}

    def of_at_least(self, threshold: float | None) -> "Ratings":
        """Return the pairs with ratings of at least `threshold`, None for all, with the value 1. Raises UserError."""
        chosen = np.ones(len(self.values), dtype=np.bool_) if threshold is None else self.values >= threshold
        if not chosen.any():
            raise UserError(f"{self.source}: no rating is at least data.threshold={threshold:g}")
        users, items = self.ids
        times = None if self.times is None else self.times[chosen]
        return self._replace(ids=(users[chosen], items[chosen]), values=np.ones(int(chosen.sum())), times=times)


class RatingData(Data):
    """Ratings of items by users.

    layout: what an example is, see `layouts`; standardize_target: scale ratings to mean 0 and standard deviation 1 over
    the training ratings; split: what is divided into training and held-out parts, see `divisions`; given: with
    split="user" and layout="rows", the share of the ratings of a held-out user that is the input; implicit: predict
    whether a user has chosen an item, not the rating; threshold: the smallest rating that counts as chosen, None if all
    do; negatives: with layout="pairs", the number of sampled pairs that are not chosen for each pair that is; val,
    test: fractions for validation, of those not in the test split, and for testing.
    Raises UserError for unknown names, values out of range, settings without effect, too few ratings, and if the table
    of a layout is too large.
    """

    def __init__(
        self,
        ratings: Ratings,
        *,
        layout: LayoutName,
        standardize_target: bool,
        split: SplitBy = "rating",
        given: float | None = None,
        implicit: bool = False,
        threshold: float | None = None,
        negatives: int | None = None,
        val: float,
        test: float,
        seed: int,
    ) -> None:
        super().__init__(seed=seed)
        for name, value, allowed in (("layout", layout, LayoutName), ("split", split, SplitBy)):
            if value not in get_args(allowed):
                raise unknown(f"data.{name}", value, get_args(allowed))
        check_effect("given", given, split == "user" and layout == "rows", "data.split=user and data.layout=rows")
        check_effect("threshold", threshold, implicit, "data.implicit=true")
        check_effect("negatives", negatives, implicit and layout == "pairs", "data.implicit=true and data.layout=pairs")
        if implicit and not standardize_target:
            raise UserError("data.standardize_target=false has no effect with data.implicit=true; leave it out")
        if given is not None and not 0 <= given < 1:
            raise UserError(f"data.given is {given}; it must be a fraction, at least 0 and below 1")
        if negatives is not None and negatives < 1:
            raise UserError(f"data.negatives is {negatives}; it must be at least 1: positive pairs alone teach nothing")
        if implicit:
            ratings = ratings.of_at_least(threshold)
        if (largest := np.abs(ratings.values).max(initial=0)) > np.finfo(np.float32).max:
            raise UserError(f"{ratings.source}: ratings up to {largest:g} are too large for float32")
        self.division = self.divide(ratings, split=split, val=val, test=test)
        if split == "user" and layout == "rows":
            share = DEFAULT_GIVEN if given is None else given
            self.division = with_given(self.division.rows, numbered(ratings.ids[0]), share)
        train = self.rows["train"].numpy()
        ids = tuple(in_order(texts[train].tolist()) for texts in ratings.ids)
        titles = tuple(ratings.titles.get(item, "") for item in ids[1]) if ratings.titles else ()
        self.ratings = EncodedRatings(
            source=ratings.source,
            texts=ratings.ids,
            values=torch.tensor(ratings.values),
            ids=replace(ratings.unfitted, ids=ids, titles=titles),
            rows=self.rows,
            inputs=self.division.inputs,
            rating=ratings.rating,
            missing=ratings.missing,
            implicit=implicit,
            threshold=threshold,
        )
        scaling: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
        if standardize_target and not implicit:
            known = self.ratings.known
            spread = float(known.std(correction=0)) if known.min() < known.max() else 1.0
            scaling = (float(known.mean()),), (spread,)
        self.layout = LAYOUTS[layout](
            self.ratings, *scaling, seed=seed, negatives=DEFAULT_NEGATIVES if negatives is None else negatives
        )
        self.spec = self.layout.spec
        self.summary = self.summarize()

    @property
    def rows(self) -> dict[str, Tensor]:
        """The ratings of each split, in the order of the data."""
        return self.division.rows

    @property
    def ids(self) -> IdPreprocessing:
        """The encoding of the ids."""
        return self.ratings.ids

    def divide(self, ratings: Ratings, *, split: SplitBy, val: float, test: float) -> Division:
        """Return the ratings of each split; the test split does not depend on the seed.

        Raises UserError for values out of range and too few ratings.
        """
        check_fraction("val", val)
        check_fraction("test", test)
        if not test:
            raise UserError("test must be above 0")
        count = len(ratings.values)
        if count < 2 + (val > 0):
            raise UserError(f"{ratings.source}: {count} ratings are too few for val={val} and test={test}")
        users = numbered(ratings.ids[0])
        match split:
            case "rating":
                rows = by_rating(count, val=val, test=test, hold_out=self.hold_out)
            case "user":
                rows = by_user(users, val=val, test=test, hold_out=self.hold_out, source=ratings.source)
            case "time":
                if self.take_fold() is not None:
                    raise UserError("ratings are not divided by time into folds; leave cv out or set data.split=rating")
                if ratings.times is None:
                    raise UserError(f"data.split=time needs times; {ratings.source} has none")
                rows = by_time(users, ratings.times, val=val, test=test)
        check_sizes(rows, ratings.source, val, test)
        rows = {name: part for name, part in rows.items() if len(part)}
        return Division(rows, dict.fromkeys(rows, rows["train"]))

    @property
    def preprocessing(self) -> Preprocessing:
        """The conversion of ids to indices, or of tables of ratings to rows."""
        return self.layout.preprocessing

    def use_input_as_target(self) -> None:
        """Make the known entries of the input, not standardized, the target.

        Raises UserError for inputs of ids, and for a setting without effect.
        """
        if self.spec.input == "ids":
            raise UserError("ids of users and items cannot be reconstructed; data.layout=rows gives rows of ratings")
        if not (self.ratings.implicit or self.spec.target_scale):
            raise UserError(
                "data.standardize_target=false has no effect: a reconstruction has the units of the input; leave it out"
            )
        self.spec = replace(self.spec.with_input_as_target(), partial=True)

    def remove_target(self) -> None:
        """Raise UserError: unknown ratings would count as ratings of 0."""
        if self.spec.input != "binary":
            raise UserError("ratings have unknown entries; a network that learns without a target needs known inputs")
        super().remove_target()

    def training_ratings(self) -> KnownRatings:
        """Return the ratings of the training split, and the conversion of tables of ratings."""
        rows = self.rows["train"]
        table = self.ratings.table_preprocessing(axis=0).to_dict()
        return KnownRatings(self.ratings.pairs[rows].numpy(), self.ratings.values[rows].numpy(), table)

    def load(self) -> Splits:
        """Return the splits."""
        return self.layout.splits(self.scaled)

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the shuffled training batches; with implicit feedback in pairs, with new negatives in each epoch."""
        if not (isinstance(self.layout, PairLayout) and self.ratings.implicit):
            return super().train_loader(batch_size=batch_size, segment=segment, buckets=buckets)
        return SampledLoader(
            self.layout.sampler("train"), self.splits["train"], batch_size=batch_size or self.batch_size, seed=self.seed
        )

    def scaled(self, ratings: Tensor) -> Tensor:
        """Return ratings as targets of the network, float32."""
        if self.spec.target_scale:
            ratings = (ratings - self.spec.target_mean[0]) / self.spec.target_scale[0]
        return ratings.float()

    def summarize(self) -> str:
        """Return a one-line summary of the data."""
        users, items = (size - 1 for size in self.ids.sizes)
        values, pairs = self.ratings.values, self.ratings.pairs
        words = [
            f"{len(values)} chosen pairs"
            if self.ratings.implicit
            else f"{len(values)} ratings from {float(values.min()):g} to {float(values.max()):g}, mean "
            f"{float(values.mean()):.4g}",
            f"{users} users and {items} items with a training rating",
        ]
        unseen = int((pairs == 0).any(1).sum())
        if unseen:
            words.append(f"{unseen} held-out ratings are of other users or items")
        sizes = ", ".join(f"{len(rows)} {name}" for name, rows in self.rows.items() if len(rows))
        return f"{self.ratings.source}: {'; '.join([*words, sizes])}"


def check_effect(name: str, value: Any, has_effect: bool, where: str) -> None:
    """Raise UserError for a setting that is given where it has no effect."""
    if value is not None and not has_effect:
        raise UserError(f"data.{name}={value} has no effect; it is for {where}")


def unfitted(unseen: Unseen) -> IdPreprocessing:
    """Return the preprocessing of ids of users and items from the columns NAMES, not fitted yet."""
    return IdPreprocessing(columns=NAMES, names=NAMES, ids=((), ()), unseen=unseen)
