"""The names of the columns behind the inputs of a network."""

import pandas as pd
import torch
from nnzoo.data.tables.array import Array
from nnzoo.preprocessing.input_columns import input_columns
from nnzoo.preprocessing.numbers import NumberPreprocessing
from nnzoo.transforms import Standardize, Transforms, Whiten

FRAME = pd.DataFrame({"age": [1.0, 2.0, 4.0, 8.0, 9.0] * 4, "city": ["a", "b", "c", "a", "b"] * 4})
NONE = Transforms()


def table():
    return Array(path=None, target=[], source=FRAME, seed=0).preprocessing


def test_categories_share_the_name_of_their_column():
    assert input_columns(table(), NONE, (4,)) == ("age", "city", "city", "city")
    assert input_columns(table(), Transforms({"standardize": Standardize()}), (4,)) == ("age", "city", "city", "city")


def test_inputs_that_a_transform_mixes_are_numbered():
    assert input_columns(table(), Transforms({"whiten": Whiten()}), (4,)) == ("1", "2", "3", "4")
    assert input_columns(table(), Transforms({"whiten": Whiten()}), (2,)) == ("1", "2")


def test_inputs_without_names_are_numbered():
    assert input_columns(NumberPreprocessing(shape=(3,)), NONE, (3,)) == ("1", "2", "3")


def test_pixels_are_named_by_their_place():
    grey = input_columns(NumberPreprocessing(shape=(1, 2, 3)), NONE, (1, 2, 3))
    assert grey == ("0,0", "0,1", "0,2", "1,0", "1,1", "1,2")
    colours = input_columns(NumberPreprocessing(shape=(3, 2, 2)), NONE, (3, 2, 2))
    place = torch.arange(12).view(3, 2, 2)[2, 0, 1]
    assert colours[int(place)] == "2,0,1"
