"""Which weights of another network are taken, and which inputs are the same."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from nnzoo.builders.preprocessing_changes import first_difference, preprocessing_change
from nnzoo.builders.weight_matching import by_name, in_order
from nnzoo.errors import UserError
from nnzoo.models.convolutional.vgg import VGG
from nnzoo.preprocessing.images import ImagePreprocessing
from nnzoo.preprocessing.numbers import NumberPreprocessing
from torch import nn


def dense(*sizes: int) -> dict[str, torch.Tensor]:
    """Return the weights of linear layers with these numbers of units."""
    return nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes))).state_dict()


def layers(pairs: dict[str, str]) -> dict[str, str]:
    return {mine.rpartition(".")[0]: other.rpartition(".")[0] for mine, other in pairs.items()}


def test_by_name_all_but_another_head() -> None:
    assert layers(by_name(dense(4, 3, 2), dense(4, 3, 2), "1")) == {"0": "0", "1": "1"}
    assert layers(by_name(dense(4, 3, 2), dense(4, 3, 5), "1")) == {"0": "0"}
    for given, message in (
        (dense(4, 2, 2), r"^its 0\.weight is \(2, 4\), here it is \(3, 4\)$"),
        (dense(4, 3), r"^it has no 1\.weight, 1\.bias; weights_by=order"),
        (dense(4, 3, 2, 2), r"^it also has 2\.weight, 2\.bias; weights_by=order"),
    ):
        with pytest.raises(UserError, match=message):
            by_name(dense(4, 3, 2), given, "1")


def test_in_order_a_deeper_network_takes_the_layers_of_a_shallower_one() -> None:
    assert layers(in_order(dense(4, 3, 3, 2), dense(4, 3, 2))) == {"0": "0", "2": "1"}
    assert layers(in_order(dense(4, 3, 3, 3, 5), dense(4, 3, 3, 2))) == {"0": "0", "1": "1"}  # another head
    assert layers(in_order(dense(4, 3, 3, 3, 2), dense(4, 3, 3, 2), (1, 2))) == {"0": "0", "2": "1", "3": "2"}
    assert layers(in_order(dense(4, 3, 3, 3, 2), dense(4, 3, 3, 2), (2, 0))) == {"0": "0", "1": "1"}
    assert layers(in_order(dense(4, 3, 3, 3, 2), dense(4, 3, 3, 2), (0, 2))) == {"2": "1", "3": "2"}
    for given, ends, message in (
        (dense(4, 3, 6, 2), None, r"^its 1 \(weight \(6, 3\), bias \(6,\)\) has no counterpart here$"),
        (dense(4, 3, 2), (2, 1), "^it has only 2 layers with weights$"),
    ):
        with pytest.raises(UserError, match=message):
            in_order(dense(4, 3, 3, 2), given, ends)


def test_vgg_grows_from_its_shallow_form() -> None:
    """The first four convolutions and the last three dense layers, as Simonyan and Zisserman 2015, 3.1."""

    def vgg(columns: str) -> VGG:
        return VGG(in_shape=(1, 8, 8), out_features=3, layers=columns, dense_units=(6, 5))

    shallow = vgg("C3D2 M C3D3 M C3D4 C3D4 M C3D5 C3D5").state_dict()
    deep = vgg("C3D2 C3D2 M C3D3 C3D3 M C3D4 C3D4 C3D4 M C3D5 C3D5 C3D5").state_dict()
    assert layers(in_order(deep, shallow, (4, 3))) == {
        "layers.0": "layers.0",
        "layers.5": "layers.3",
        "layers.10": "layers.6",
        "layers.12": "layers.8",
        **{f"layers.{24 + 3 * i}": f"layers.{16 + 3 * i}" for i in range(3)},
    }


def test_the_same_picture_must_be_the_same_input() -> None:
    small = ImagePreprocessing(shape=(1, 8, 8))
    assert preprocessing_change(small.to_dict(), ImagePreprocessing(shape=(1, 16, 16)).to_dict()) is None
    assert preprocessing_change(small.to_dict(), replace(small, numbers="whole").to_dict()) is None
    other = replace(small, numbers="whole", divisor=16.0).to_dict()
    assert preprocessing_change(small.to_dict(), other) == "divisor 255, now 16"
    assert preprocessing_change(small.to_dict(), replace(small, numbers="any").to_dict()) == "numbers unit, now any"
    assert preprocessing_change(small.to_dict(), NumberPreprocessing(shape=(3,)).to_dict()) == "images, now numbers"


COLUMN = {"name": "age", "mean": 1.23456, "categories": None}


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (1.0, 2.0, "x 1, now 2"),
        (1.23456, 1.23567, "x 1.235, now 1.236"),
        ("a", None, "x a, now None"),
        ([1, 2], [1], "2 x, now 1"),
        ([1, 2, 3], (1, 5, 6), "x 2 2, now 5"),
        ([1], {"a": 1}, "x [1], now {'a': 1}"),
        ({"a": 1}, [1], "x {'a': 1}, now [1]"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "x: b 2, now 3"),
        ({"a": 1}, {}, "x: a 1, now None"),
        ({"a": 1}, {"a": 1, "b": 2}, "x"),  # only further settings
        ([COLUMN, COLUMN], [COLUMN, {**COLUMN, "mean": 2.0}], "x 2 age: mean 1.235, now 2"),
        ([COLUMN], [{**COLUMN, "categories": ["a"]}], "x 1 age: categories None, now ['a']"),
    ],
)
def test_the_first_difference_in_words(before: Any, now: Any, words: str) -> None:
    assert first_difference("x", before, now) == words


def test_what_is_compared_depends_on_the_kind() -> None:
    table = {"kind": "table", "columns": [COLUMN], "target": 1}
    assert preprocessing_change(table, {**table, "target": 2}) is None
    other = preprocessing_change(table, {**table, "columns": [COLUMN, COLUMN]})
    assert other is not None
    assert other.startswith("1 columns, now 2; for both runs, data.standardize=false transforms=standardize scales")
    for kind, field in (("ids", "ids"), ("tokens", "vocabulary"), ("series", "log"), ("unknown", "any")):
        fields = ("ids", "vocabulary", "mean", "scale", "log", "difference", "any")
        before = {"kind": kind, **dict.fromkeys(fields, 1)}
        assert preprocessing_change(before, {**before, field: 2}) == f"{field} 1, now 2"
    assert preprocessing_change({"kind": "numbers", "shape": 1}, {"kind": "numbers", "shape": 2}) is None
