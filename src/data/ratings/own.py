"""Ratings of the user: a table with one row for each rating."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, get_args

from ...errors import UserError, unknown
from ...files.paths import existing_file
from ...files.tables import TableOptions
from ...preprocessing.rating_table import Missing
from .base import RatingData, check_effect
from .sources import RatingReader


class OwnRatings(RatingData):
    """Your own ratings of items by users: a table (.csv, .tsv, .txt) or, from Python, a frame or an array (N, 3).

    path: the table, one row for each rating. user, item, rating: its columns, by name or number (1 is the first);
    default the columns with these names, else the first three. Ids are text or numbers and are used as written. time:
    column of numbers or dates, which orders the ratings of a user with split=time; default time or timestamp. title:
    column with the titles of the items; default title, if there is one. low, high: bounds of the ratings; others are
    errors.
    layout: an example is a rating (pairs), a user with all their ratings (rows), an item with all its ratings (items),
    or a user with only the id as input (index). standardize_target: scale ratings to mean 0 and standard deviation 1
    over the training ratings. split: hold out ratings, all ratings of some users, or the last ratings of each user
    (time); given: with split=user and layout=rows, the share of a held-out user's ratings that is the input, 0.8 by
    default. implicit: predict whether a user has chosen an item, by a rating of at least `threshold` if there is one;
    negatives: with layout=pairs, sampled pairs for each chosen pair, 4 by default.
    unseen: predict an average rating for users and items without a training rating, or refuse them. missing: refuse
    rows with a missing cell, or drop them. separator, decimal, thousands, header, encoding, skip_rows (lines above the
    table), missing_values: format of the table, detected by default. test: fraction of the ratings, which does not
    depend on `seed`; val: fraction of the other ratings held out by `seed`.
    Raises UserError, with file and line, for data that cannot be used.
    """

    batch_size: ClassVar[int] = 256

    def __init__(
        self,
        *,
        path: str | None = None,
        user: str | int | None = None,
        item: str | int | None = None,
        rating: str | int | None = None,
        time: str | int | None = None,
        title: str | int | None = None,
        low: float | None = None,
        high: float | None = None,
        layout: Literal["pairs", "rows", "items", "index"] = "pairs",
        standardize_target: bool = True,
        split: Literal["rating", "user", "time"] = "rating",
        given: float | None = None,
        implicit: bool = False,
        threshold: float | None = None,
        negatives: int | None = None,
        unseen: Literal["mean", "refuse"] = "mean",
        missing: Literal["refuse", "drop"] = "refuse",
        separator: str | None = None,
        decimal: str | None = None,
        thousands: str | None = None,
        header: bool | None = None,
        encoding: str | None = None,
        skip_rows: int | None = None,
        missing_values: Sequence[str | int | float | None] | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
        source: Any = None,
    ) -> None:
        if source is None and path is None:
            raise UserError("data=ratings needs data.path=FILE, a table with one row for each rating")
        if missing not in get_args(Missing):
            raise unknown("data.missing", missing, get_args(Missing))
        reads_ratings = not implicit or threshold is not None
        check_effect("time", time, split == "time", "data.split=time")
        for name, value in (("rating", rating), ("low", low), ("high", high)):
            check_effect(name, value, reads_ratings, "ratings; data.threshold sets those that count as chosen")
        if low is not None and high is not None and low >= high:
            raise UserError(f"data.low is {low:g} and data.high is {high:g}; data.low must be below data.high")
        options = TableOptions(
            separator=separator,
            decimal=decimal,
            thousands=thousands,
            header=header,
            encoding=encoding,
            skip_rows=skip_rows,
            missing_values=missing_values,
        )
        reader = RatingReader(
            user=user,
            item=item,
            rating=rating,
            time=time,
            title=title,
            reads_ratings=reads_ratings,
            reads_times=split == "time",
            unseen=unseen,
            missing=missing,
            low=low,
            high=high,
        )
        ratings = reader.from_file(existing_file(str(path)), options) if source is None else reader.from_python(source)
        self.digest, self.contents = ratings.digest, ratings.contents
        super().__init__(
            ratings,
            layout=layout,
            standardize_target=standardize_target,
            split=split,
            given=given,
            implicit=implicit,
            threshold=threshold,
            negatives=negatives,
            val=val,
            test=test,
            seed=seed,
        )
