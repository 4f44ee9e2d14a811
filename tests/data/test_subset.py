"""Fewer classes and fewer training examples."""

import re

import pytest
import torch
from nnzoo.data.folds import Fold
from nnzoo.data.splits import Split
from nnzoo.data.subset import (
    check_train,
    only_classes,
    require_two_classes,
    with_classes,
    with_fewer_training_examples,
)
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec

SPEC = DataSpec("real", (2,), "classes", 4, labels=("a", "b", "c", "d"), classes=(10, 20, 30, 40))
Y = torch.tensor([3, 0, 1, 3, 2, 0, 0, 3, 0])
EXAMPLES = Batch(torch.arange(9.0)[:, None], Y)


def test_the_spec_of_some_classes() -> None:
    assert with_classes(SPEC, None) is SPEC
    found = with_classes(SPEC, [3, 0])
    assert found == DataSpec("real", (2,), "classes", 2, labels=("a", "d"), classes=(10, 40))
    named = DataSpec("real", (2,), "classes", 4, labels=("a", "b", "c", "d"))
    assert with_classes(named, (1,)) == DataSpec("real", (2,), "classes", 1, labels=("b",))


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([1, 4], "classes contains 4; the classes are the numbers from 0 to 3"),
        ([-1], "classes contains -1; the classes are the numbers from 0 to 3"),
        ([], "classes is []; it must be a list of different classes, or null for all"),
        ([2, 0, 2], "classes is [2, 0, 2]; it must be a list of different classes"),
    ],
)
def test_classes_that_do_not_exist(classes: list[int], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        with_classes(SPEC, classes)


def test_examples_of_some_classes_are_renumbered() -> None:
    assert only_classes(EXAMPLES, None) is EXAMPLES
    for examples in (EXAMPLES, Split.of(EXAMPLES)):
        found = only_classes(examples, [3, 1])
        assert found.y.tolist() == [1, 0, 1, 1]
        assert found.x[:, 0].tolist() == [0, 2, 3, 7]


def test_a_classifier_needs_two_classes() -> None:
    require_two_classes(None)
    require_two_classes([0, 3])
    with pytest.raises(UserError, match=r"classes is \[3\]; a network that predicts the class needs at least two"):
        require_two_classes([3])


def test_the_number_of_training_examples() -> None:
    check_train(None)
    check_train(2)
    with pytest.raises(UserError, match="train is 1; it must be at least 2 examples"):
        check_train(1)


def test_fewer_training_examples_are_a_stratified_choice_by_seed() -> None:
    splits = {"train": EXAMPLES, "test": EXAMPLES}
    for all_of_them in (None, 9):
        assert with_fewer_training_examples(splits, all_of_them, seed=0, val=0.1, fold=None) is splits
    chosen = []
    for seed in range(9):
        found = with_fewer_training_examples(splits, 5, seed=seed, val=0.1, fold=None)
        assert found["test"] is EXAMPLES
        train = found["train"].batch()
        assert torch.equal(train.y, Y[train.x[:, 0].long()])
        assert len(train.x[:, 0].unique()) == 5
        for share, wanted in zip(train.y.bincount(minlength=4), Y.bincount() * 5 / 9, strict=True):
            assert abs(share - wanted) < 1
        chosen.append(train.x[:, 0].tolist())
    assert len({*map(tuple, chosen)}) > 1
    with pytest.raises(UserError, match=r"^train is 10; there are 9 training examples with val=0\.1$"):
        with_fewer_training_examples(splits, 10, seed=0, val=0.1, fold=None)
    with pytest.raises(UserError, match=r"^train is 10; there are 9 training examples with cv=4$"):
        with_fewer_training_examples(splits, 10, seed=0, val=0.1, fold=Fold(0, 4))
