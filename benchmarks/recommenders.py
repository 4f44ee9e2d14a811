"""Factorization of MovieLens against scikit-surprise, which the extra `bench` installs.

`raced`: the training time of ours until the test error is as low as that of Surprise after all its epochs.
"""

import importlib.util
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from linear import Race, Until
from nnzoo.data.ratings.base import RatingData
from nnzoo.errors import UserError

from training import WARM, Case, EpochTimes, prepared, trained

FACTORS, EPOCHS = 100, 20  # defaults of SVD
MOVIELENS = ("data=movielens", "data.val=0")
VECTORS = (
    "penalties=activation",
    "penalties.activation.norm=l2",
    "penalties.activation.layers='*_vectors'",
    "penalties.activation.weight=0.1",
)
RACES = [
    Case(
        "matrix factorization, rank 20, 2048 ratings a batch",
        (
            "model=matrix_factorization",
            "model.rank=20",
            *MOVIELENS,
            "loader.batch_size=2048",
            "optimizer.lr=0.01",
            *VECTORS,
        ),
        epochs=EPOCHS,
        target=1.0,
    ),
    Case(
        "row-index network, rank 20, 64 users a batch",
        (
            "model=row_index",
            "model.rank=20",
            *MOVIELENS,
            "data.layout=index",
            "loader.batch_size=64",
            "optimizer.lr=0.01",
            "optimizer.weight_decay=0.0002",
        ),
        epochs=2 * EPOCHS,
        target=1.0,
    ),
]


def raced(case: Case) -> dict[str, Any]:
    """Return times, rates and test errors of both sides, which take turns. Raises UserError without MovieLens."""
    data, threads = prepared(case)
    assert isinstance(data, RatingData)
    turns = [turn(case, data) for _ in range(case.repeats)]
    theirs, ours, per_epoch = sorted(turns, key=lambda each: each[1].seconds / each[0].seconds)[len(turns) // 2]
    count = len(data.rows["train"])
    return {
        "case": case.name,
        "threads": threads,
        "surprise_seconds": theirs.seconds,
        "ours_seconds": ours.seconds,
        "ratio": ours.seconds / theirs.seconds,
        "target": case.target,
        "surprise_error": theirs.error,
        "ours_error": ours.error,
        "surprise_rate": EPOCHS * count / theirs.seconds,
        "ours_rate": count / per_epoch,
    }


def turn(case: Case, data: RatingData) -> tuple[Race, Race, float]:
    """Return the race of both sides, and seconds an epoch of ours."""
    theirs = surprise(data)
    times = EpochTimes()
    until = Until(theirs.error, partial(error, data=data))
    trained(case, data, times, until)
    first, *_, last = times.marks[WARM:]
    return theirs, until.end, (last - first - until.looked) / (len(times.marks) - 1 - WARM)


def surprise(data: RatingData) -> Race:
    """Return the training time of Surprise, and its root mean squared error on the test ratings."""
    from surprise import SVD, Dataset, Reader, accuracy

    low, high = data.ratings.values.min().item(), data.ratings.values.max().item()
    parts = {split: list(zip(*columns(data, split), strict=True)) for split in ("train", "test")}
    given = Dataset(Reader(rating_scale=(low, high))).construct_trainset([(*each, None) for each in parts["train"]])
    network = SVD(n_factors=FACTORS, n_epochs=EPOCHS, random_state=0)
    start = time.perf_counter()
    network.fit(given)
    return Race(time.perf_counter() - start, accuracy.rmse(network.test(parts["test"]), verbose=False))


def columns(data: RatingData, split: str) -> tuple[list[str], list[str], list[float]]:
    """Return users, items and ratings of a split."""
    rows = data.rows[split].numpy()
    users, items = (texts[rows].tolist() for texts in data.ratings.texts)
    return users, items, data.ratings.values[rows].tolist()


@torch.no_grad()
def error(task: Any, data: RatingData) -> float:
    """Return the root mean squared error of the test ratings, with predictions in the range of the ratings."""
    low, high = data.ratings.values.min(), data.ratings.values.max()
    errors = []
    for batch in data.eval_loader("test"):
        known = ~batch.y.isnan()
        found = data.spec.in_units(task.net(batch.x))[known].clamp(low, high)
        errors.append(found - data.spec.in_units(batch.y)[known])
    return float(torch.cat(errors).square().mean().sqrt())


def all_races() -> Iterator[dict[str, Any]]:
    """Yield the results, as they come; nothing without Surprise or MovieLens."""
    if importlib.util.find_spec("surprise") is None:
        print("scikit-surprise is not installed; factorization is not compared with it")
        return
    for case in RACES:
        try:
            yield raced(case)
        except UserError as missing:
            print(f"{case.name}: {missing}")
