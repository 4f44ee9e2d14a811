"""Folds of cross-validation: of numbers, of every data set, and what is fitted to their training examples."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.config.inventory import options
from nnzoo.data.base import Data
from nnzoo.data.folds import Fold, current_fold, validating_on
from nnzoo.data.graphs.classic import Karate
from nnzoo.data.images.image_folder import ImageFolder
from nnzoo.data.images.mnist import MNIST
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.data.ratings.toy import ToyRatings
from nnzoo.data.sequences.series import Series
from nnzoo.data.sequences.sums import Sums
from nnzoo.data.splits import Split
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.bundled import Iris
from nnzoo.data.tables.ionosphere import Ionosphere
from nnzoo.data.text.conll import CoNLL2000
from nnzoo.data.text.language_model import CharText
from nnzoo.data.text.word_counts import WordCounts
from nnzoo.errors import UserError
from nnzoo.preprocessing.tables import TablePreprocessing
from nnzoo.spec import Batch, DataSpec
from sklearn.model_selection import KFold, StratifiedKFold

from tests.support.files import write_conll2000, write_picture

D = TypeVar("D", bound=Data)


def folds(make: Callable[[], D], cv: int = 3) -> Iterator[D]:
    """Yield a data set once for each fold."""
    for index in range(cv):
        with validating_on(Fold(index, cv)):
            data = make()
        yield data


def examples(split: Split) -> Counter[bytes]:
    """Return how often each example occurs, without padding."""
    found: Counter[bytes] = Counter()
    for i, (x, y) in enumerate(zip(split.x, split.y, strict=True)):
        real = slice(None) if split.mask is None else split.mask[i]
        found[x[real].numpy().tobytes() + b"|" + y.numpy().tobytes()] += 1
    return found


def check_examples(make: Callable[[], Data], cv: int = 3) -> None:
    """Assert that folds are disjoint and complete, that their sizes are equal, and that the test split is untouched.

    For data that is not scaled: an example is the same in every fold.
    """
    usual = make().splits
    together: Counter[bytes] = Counter()
    if usual.get("val") is not None and examples(usual["val"]) != examples(usual["train"]):
        together += examples(usual["val"])
    together += examples(usual["train"])
    validated: Counter[bytes] = Counter()
    sizes = []
    for data in folds(make, cv):
        train, val = examples(data.splits["train"]), examples(data.splits["val"])
        assert train + val == together
        assert examples(data.splits["test"]) == examples(usual["test"])
        validated += val
        sizes.append(len(data.splits["val"]))
    assert validated == together
    assert max(sizes) - min(sizes) <= 1


# Numbers


@pytest.mark.parametrize(("n", "cv"), [(10, 2), (23, 5), (7, 7), (100, 9)])
def test_sizes_of_folds_are_those_of_k_fold(n: int, cv: int) -> None:
    wanted = sorted(len(held) for _, held in KFold(cv, shuffle=True, random_state=0).split(np.zeros(n)))
    found = [Fold(index, cv).rows(n, seed=0) for index in range(cv)]
    assert sorted(len(held) for _, held in found) == wanted
    assert sorted(i for _, held in found for i in held.tolist()) == list(range(n))
    for rest, held in found:
        assert sorted([*rest.tolist(), *held.tolist()]) == list(range(n))
        assert rest.tolist() == sorted(rest.tolist())


@pytest.mark.parametrize("cv", [2, 3, 5, 10])
def test_classes_of_folds_are_those_of_stratified_k_fold(cv: int) -> None:
    counts = torch.tensor([61, 30, 12, 10])
    y = torch.arange(4).repeat_interleave(counts)[torch.randperm(113)] * 7 - 3
    parts = StratifiedKFold(cv, shuffle=True, random_state=0).split(np.zeros(113), y)
    wanted = np.array([np.unique(y[held], return_counts=True)[1] for _, held in parts])
    found = np.array(
        [y[Fold(index, cv).rows(113, 0, y)[1]].unique(return_counts=True)[1].tolist() for index in range(cv)]
    )
    assert (np.sort(found, 0) == np.sort(wanted, 0)).all()  # each class as evenly as there
    assert np.ptp(found.sum(1)) <= 1


def test_more_folds_than_examples_of_a_class() -> None:
    y = torch.tensor([0] * 8 + [1] * 2)
    held = [Fold(index, 5).rows(10, 0, y)[1] for index in range(5)]
    assert [len(each) for each in held] == [2] * 5
    assert sorted(int(y[each].sum()) for each in held) == [0, 0, 0, 1, 1]


def test_folds_depend_on_the_seed_alone() -> None:
    assert torch.equal(Fold(1, 4).rows(50, 3)[1], Fold(1, 4).rows(50, 3)[1])
    assert not torch.equal(Fold(1, 4).rows(50, 3)[1], Fold(1, 4).rows(50, 4)[1])
    assert not torch.equal(Fold(1, 4).rows(50, 3)[1], torch.arange(1, 50, 4))


def test_blocks_of_a_series() -> None:
    blocks = [Fold(index, 4).block(30) for index in range(4)]
    assert [each.stop - each.start for each in blocks] == [7, 8, 7, 8]
    assert [i for each in blocks for i in range(30)[each]] == list(range(30))


def test_more_folds_than_examples() -> None:
    for make in (lambda: Fold(0, 11).rows(10, 0), lambda: Fold(0, 11).block(10)):
        with pytest.raises(UserError, match="cv is 11; there are only 10 training and validation examples"):
            make()


def test_context_ends() -> None:
    with validating_on(Fold(0, 2)):
        with validating_on(None):
            assert current_fold() is None
        assert current_fold() == Fold(0, 2)
        with pytest.raises(UserError), validating_on(Fold(1, 2)):
            Iris(val=-1)
        assert current_fold() == Fold(0, 2)
    assert current_fold() is None


# Every data set

REAL = {
    "airline": "airline-passengers.csv",
    "cifar10": "cifar-10-batches-py",
    "cifar100": "cifar-100-python",
    "cifar10_jpeg": "images/cifar10_jpeg",
    "conll2000": "text/conll2000",
    "emnist": "EMNIST",
    "fashion_mnist": "FashionMNIST",
    "ionosphere": "ionosphere.csv",
    "kmnist": "KMNIST",
    "mnist": "MNIST",
    "movielens": "ratings/ml-100k/u.data",
    "reuters": "text/reuters_lda",
    "sentence_polarity": "text/sentence_polarity",
}  # the other data sets are generated or part of a package
GRAPHS = ("cora", "graph", "karate", "les_miserables")  # tested below
OWN = ("array", "image_folder", "ratings", "series", "word_counts", *GRAPHS)  # tested below
UNDIVIDED = (
    "brown",
    "char_text",
    "cooccurrences",
    "corpus",
    "word_text",
    "tiny_shakespeare",
    "reber",
    "embedded_reber",
)
TESTED_BELOW = ("sines", "mackey_glass", "toy_ratings")
SCALES = "ignore:data. columns are on very different scales"
UNSCALED = dict.fromkeys(("iris", "wine", "breast_cancer"), ("data.standardize=false",))


@cache
def small(name: str) -> dict[str, Any]:
    """Return the config of the first of three folds of a data set; few examples are generated."""
    config = api.plain(compose(["model=mlp", f"data={name}", "cv=3", "fold=0", *UNSCALED.get(name, ())]))
    sizes = {"train": 40, "val": 11, "test": 9}
    return config | {"data": config["data"] | {k: n for k, n in sizes.items() if type(config["data"].get(k)) is int}}


@pytest.mark.filterwarnings(SCALES)
@pytest.mark.parametrize("name", sorted(options("data").keys() - set(OWN)))
def test_folds_of_every_data_set(
    name: str, real: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each asks for the folds of the same number of examples, and its splits have the sizes of the answer."""
    if name in UNDIVIDED:
        with pytest.raises(UserError, match=f"cv=3: {name} cannot be divided into folds: .*; seeds=3 trains with"):
            compose(["model=mlp", f"data={name}", "cv=3", "fold=0"])
        return
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if name in REAL:
        real(REAL[name])
    asked: list[int] = []
    whole = Fold.check
    monkeypatch.setattr(Fold, "check", lambda self, n: (asked.append(n), whole(self, n))[1])
    config = small(name)
    validated = 0
    for fold in range(3):
        splits = build_data(config | {"fold": fold}).splits
        assert {*splits} == {"train", "val", "test"}
        if "steps" not in config["data"]:  # windows of a series that contain values of two splits are left out
            assert len(splits["val"]) in (asked[0] // 3, asked[0] // 3 + 1)
            assert len(splits["val"]) + len(splits["train"]) == asked[0]
        validated += len(splits["val"])
    assert len(set(asked)) == 1
    assert validated == asked[0] or "steps" in config["data"]


@pytest.mark.filterwarnings(SCALES)
@pytest.mark.parametrize("name", sorted(options("data").keys() - {*OWN, *REAL, *UNDIVIDED, *TESTED_BELOW}))
def test_examples_of_every_data_set(name: str) -> None:
    def make() -> Data:
        fold = current_fold()
        chosen = {"cv": None, "fold": None} if fold is None else {"cv": fold.count, "fold": fold.index}
        return build_data(small(name) | chosen)

    check_examples(make)


def test_folds_of_word_counts(tmp_path: Path) -> None:
    """The vocabulary is that of the training documents of the fold."""
    (tmp_path / "a.txt").write_text("".join(f"all word{row}\n" for row in range(20)))
    for data in folds(lambda: WordCounts(path=str(tmp_path / "a.txt"), min_count=1)):
        assert [len(data.splits[name]) for name in ("train", "val", "test")] in ([10, 6, 4], [11, 5, 4])
        assert {*data.spec.vocabulary} == {word for title in data.titles("train") for word in title.split()}


def test_folds_of_toy_ratings() -> None:
    for data in folds(ToyRatings):
        assert [len(data.splits[name]) for name in ("train", "val", "test")] == [4, 2, 6]


@pytest.mark.parametrize("layout", ["pairs", "edges", "index"])
def test_folds_of_the_edges_of_a_graph(layout: str) -> None:
    divisions = [data.division for data in folds(lambda: Karate(layout=layout))]
    held = [{*zip(*(ends.tolist() for ends in each.edges["val"][:2]), strict=True)} for each in divisions]
    assert sum(map(len, held)) == len(set().union(*held)) == 78 - 16
    for each in divisions:
        assert not each.train.has_edges(*each.edges["val"][:2]).any()


def test_folds_of_the_nodes_of_a_graph() -> None:
    for data in folds(lambda: Karate(layout="rows")):
        assert [len(split) for split in data.splits.values()] == [18, 9, 7]


def test_test_split_is_not_for_validation() -> None:
    with validating_on(Fold(0, 2)), pytest.raises(UserError, match="validate_on=test has no effect with cv"):
        MNIST(val=0, validate_on="test")


def test_mnist(real: Callable[[str], Path]) -> None:
    real("MNIST")
    usual = MNIST().splits["test"]
    for data in folds(MNIST, 2):
        assert torch.equal(data.splits["test"].x, usual.x)
        assert len(data.splits["val"]) == 30000


def test_some_training_examples_of_a_fold(real: Callable[[str], Path]) -> None:
    real("ionosphere.csv")
    sizes = [[len(split) for split in data.splits.values()] for data in folds(lambda: Ionosphere(train=50), 2)]
    assert sorted(sizes) == [[50, 140, 70], [50, 141, 70]]
    with validating_on(Fold(0, 2)), pytest.raises(UserError, match="training examples with cv=2"):
        _ = Ionosphere(train=200).splits


class Fixed(Data):
    """A data set whose class does not know about folds."""

    spec = DataSpec("real", (1,), "real", 1)

    def load(self) -> dict[str, Batch | Split]:
        return dict.fromkeys(("train", "val", "test"), Batch(torch.zeros(3, 1), torch.zeros(3, 1)))


def test_data_that_cannot_be_divided_is_refused() -> None:
    with validating_on(Fold(0, 2)):
        with pytest.raises(UserError, match="cv=2: Fixed cannot be divided into folds: its class does not call"):
            _ = Fixed(seed=0).splits
        with pytest.raises(UserError, match="cv=2: CharText cannot be divided into folds: it is one contiguous text"):
            _ = CharText().splits
    assert len(Fixed(seed=0).splits) == 3


# Data of the user

ROWS = pd.DataFrame({"a": np.arange(40.0) ** 2, "b": [*"xyzw"] * 10, "c": np.arange(40) % 4 < 1, "d": np.arange(40.0)})


def columns(data: Array) -> tuple[Any, ...]:
    """Return the columns of a table, with what was fitted."""
    assert isinstance(data.preprocessing, TablePreprocessing)
    return data.preprocessing.columns


def test_rows_of_a_table() -> None:
    numbers = ROWS[["d"]].assign(a=ROWS.a / 100)[["a", "d"]]
    check_examples(
        lambda: Array(path=None, source=numbers, target="d", standardize=False, standardize_target=False), cv=4
    )
    for data in folds(lambda: Array(path=None, source=ROWS, target="c"), 5):
        of_classes = data.splits["val"].y.bincount().tolist()  # of 24 and 8 rows that are not for testing
        assert of_classes[0] in (4, 5)
        assert of_classes[1] in (1, 2)
        assert f"{32 - sum(of_classes)} train, {sum(of_classes)} val, 8 test" in str(data.summary)


def test_columns_and_targets_are_fitted_to_the_training_rows() -> None:
    means = set()
    for data in folds(lambda: Array(path=None, source=ROWS[["a", "b", "d"]], target="d"), 4):
        column = columns(data)[0]
        train = data.rows["train"]
        assert column.mean == pytest.approx(ROWS.a[train].mean())
        assert column.scale == pytest.approx(ROWS.a[train].std(ddof=0))
        assert data.spec.target_mean == pytest.approx((ROWS.d[train].mean(),))
        assert data.spec.target_scale == pytest.approx((ROWS.d[train].std(ddof=0),))
        assert torch.allclose(data.splits["train"].x[:, 0].mean(), torch.tensor(0.0), atol=1e-5)
        assert data.splits["val"].x[:, 0].mean().abs() > 1e-3
        means.add(column.mean)
    assert len(means) == 4


def test_missing_cells_are_filled_with_the_mean_and_category_of_the_training_rows() -> None:
    rows = ROWS[["a", "b", "d"]].assign(b=[*"xy"] * 19 + [None, None])
    rows.loc[7, "a"] = np.nan
    for missing in ("mean", "most_frequent"):
        fills = set()
        for data in folds(partial(Array, path=None, source=rows, target="d", missing=missing)):
            train = rows.loc[data.rows["train"]]
            number, category = columns(data)
            assert number.fill == pytest.approx(train.a.mean() if missing == "mean" else train.a.mode()[0])
            assert category.fill == train.b.mode()[0]
            assert category.categories == ("x", "y")
            fills.add(number.fill)
        assert len(fills) > 1


def test_arrays_with_their_own_test_set(tmp_path: Path) -> None:
    x = np.arange(20, dtype=np.uint8).reshape(10, 2, 1).repeat(3, 2) * 12
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(10) % 2, x_test=x[:3], y_test=[0, 1, 0])
    check_examples(lambda: Array(path=str(tmp_path / "a.npz")), cv=5)
    with validating_on(Fold(0, 11)), pytest.raises(UserError, match="cv is 11; there are only 10 training"):
        Array(path=str(tmp_path / "a.npz"))


@pytest.mark.parametrize("fractions", [{"val": 0.0}, {"val": 0.5}, {}])
def test_the_validation_fraction_does_not_matter(fractions: dict[str, float]) -> None:
    with validating_on(Fold(1, 5)):
        wanted, found = Iris().splits, Iris(**fractions).splits  # type: ignore[arg-type]
    for name in ("train", "val", "test"):
        assert torch.equal(wanted[name].x, found[name].x)


@pytest.mark.parametrize("separate", [(), ("test",), ("val",), ("test", "val")])
def test_folders_of_pictures(tmp_path: Path, separate: tuple[str, ...]) -> None:
    for number, folder in enumerate(["train"] * 12 + [each for each in separate for _ in range(4)]):
        place = tmp_path / folder if separate else tmp_path
        write_picture(place / "ab"[number % 2] / f"{number}.png", np.full((4, 5), 9 * number, np.uint8))
    check_examples(lambda: ImageFolder(path=str(tmp_path)), cv=4)


def test_ratings() -> None:
    users = [f"u{n}" for n in range(12)]
    frame = pd.DataFrame([(u, f"i{k}", 1 + (3 * n + k) % 5) for n, u in enumerate(users) for k in range(4)])
    frame.columns = ["user", "item", "rating"]
    held = []
    for data in folds(lambda: OwnRatings(source=frame), 4):
        known = torch.tensor(frame.rating.to_numpy(), dtype=torch.float64)[data.rows["train"]]
        assert data.spec.target_mean == pytest.approx((float(known.mean()),))
        for column, known_ids in zip(("user", "item"), data.ids.ids, strict=True):
            assert {*known_ids} == {*frame[column][data.rows["train"].numpy()]}
        assert sorted(itertools.chain(*(rows.tolist() for rows in data.rows.values()))) == list(range(48))
        held += data.rows["val"].tolist()
    assert sorted([*held, *data.rows["test"].tolist()]) == list(range(48))
    for data in folds(lambda: OwnRatings(source=frame, layout="rows")):
        assert {*data.splits} == {"train", "val", "test"}


# Sequences


def test_windows_of_a_fold_have_no_training_values() -> None:
    values = np.arange(100.0)
    validated = set()
    for index, data in enumerate(folds(lambda: Series(source=values, steps=5, horizon=2), 4)):
        parts = {}
        for name, split in data.splits.items():
            whole = torch.cat([split.x, split.y], 1)
            parts[name] = {*data.spec.in_units(whole).round().long().flatten().tolist()}
        assert parts["val"] == set(range(20 * index, 20 * index + 20))
        assert parts["train"] == set(range(80)) - parts["val"]
        assert parts["test"] == set(range(80, 100))
        assert len(data.splits["val"]) == 20 - 7 + 1
        windows = 80 - 20 - 7 + 1 if index in (0, 3) else 80 - 20 - 2 * (7 - 1)
        assert len(data.splits["train"]) == windows
        steps = data.splits["train"].x.diff(dim=1)
        assert torch.allclose(steps, steps[0, 0], atol=1e-5)  # no window spans the fold
        train = values[sorted(parts["train"])]
        assert data.spec.target_mean == pytest.approx((train.mean(),))
        assert data.preprocessing.mean == pytest.approx((train.mean(),))
        assert data.preprocessing.scale == pytest.approx((train.std(),))
        validated |= parts["val"]
    assert validated == set(range(80))


def test_a_fold_that_is_shorter_than_a_window() -> None:
    with validating_on(Fold(0, 10)):
        data = Series(source=np.arange(100.0), steps=8)
    with pytest.raises(UserError, match=r"val has 8 of the 100 values; .* need 9; set a smaller cv or smaller"):
        _ = data.splits


def test_sequences_keep_their_masks() -> None:
    make = partial(Sums, train=50, val=10, test=10)
    usual = make().splits
    assert usual["train"].mask is not None
    for data in folds(make):
        split = data.splits["val"]
        assert split.mask is not None
        assert split.mask.shape == split.x.shape[:2]
        assert len(split) == 20
    check_examples(make)


def test_vocabulary_is_that_of_the_training_sentences(tmp_path: Path) -> None:
    train = "\n\n".join(f"word{n} NN B-NP\nof IN O" for n in range(9)) + "\n"
    root = write_conll2000(tmp_path, train, "word0 NN B-NP\n")
    held: list[str] = []
    for data in folds(lambda: CoNLL2000(root=str(root), min_count=1)):
        words = [sentence.words[0] for sentence in data.parts["val"]]
        assert len(words) == 3
        assert not {*words} & {*data.spec.vocabulary}
        assert len(data.spec.vocabulary) == 2 + 1 + 6
        held += words
    assert sorted(held) == [f"word{n}" for n in range(9)]


def test_class_counts_are_those_of_the_training_rows() -> None:
    given: list[Any] = []
    for fold in range(3):
        config = api.plain(compose(["data=iris", "class_weight=balanced", "cv=3", f"fold={fold}"]))
        data = build_data(config)
        given.append(data.spec.frequencies)
        assert sum(data.spec.frequencies) == len(data.splits["train"]) + 3
    assert max(map(max, given)) - min(map(min, given)) <= 1
