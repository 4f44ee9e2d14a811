import pytest
import torch
from nnzoo.data.points.textbook import Textbook
from nnzoo.errors import UserError


def test_redundant_table_has_two_solutions():
    """Aggarwal 1.4.1: both fit without error; the smallest one is N1 of its worked numbers."""
    part = Textbook(table="redundant").splits["train"]
    for weights in ([2.0, 0, 0, 0, 0], [0, 2.0, 4.0, 6.0, 8.0]):
        assert torch.equal(part.x @ torch.tensor(weights), part.y[:, 0])
    smallest = torch.linalg.pinv(part.x.double()) @ part.y[:, 0].double()
    torch.testing.assert_close(smallest, torch.tensor([60, 2, 4, 6, 8], dtype=torch.float64) / 31)


def test_three_points_are_separated_by_two_relu_units_alone():
    """Aggarwal 1.5.1, eq. 1.35: relu(x1) + relu(-x1) is 1, 1, 0; the plus is half way between the stars."""
    part = Textbook(table="three_points").splits["train"]
    x1 = part.x[:, 0]
    assert torch.equal((x1.relu() + (-x1).relu()).long(), part.y)
    assert torch.equal(part.x[part.y == 1].mean(0), part.x[part.y == 0][0])


def test_sign_product():
    """Aggarwal, exercise 1.5: the class is the sign of the product."""
    part = Textbook(table="sign_product").splits["train"]
    assert part.x.tolist() == [[-1, -1], [1, 1], [1, -1], [-1, 1]]
    assert torch.equal(part.x.prod(1) > 0, part.y.bool())


def test_all_examples_are_in_every_split():
    splits = Textbook(table="three_points").splits
    assert {name: len(part.x) for name, part in splits.items()} == {"train": 3, "val": 3, "test": 3}


def test_unknown_table():
    with pytest.raises(UserError, match="unknown table 'redundent'; did you mean 'redundant'"):
        Textbook(table="redundent")
