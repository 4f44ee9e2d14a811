import pytest
import torch
from nnzoo.data.sequences.string_rules import RULES, StringRule
from nnzoo.errors import UserError

from tests.support.contract import fits


@pytest.mark.parametrize(
    ("rule", "answers"),
    [("one_after_zero", "0010010001"), ("three_ones", "0000000100"), ("same_as_before", "0100101100")],
)
def test_by_hand(rule, answers):
    bits = torch.tensor([[int(bit) for bit in "0010011101"]])
    assert "".join(str(int(a)) for a in StringRule(rule=rule).label(bits)[0]) == answers


def test_splits():
    data = StringRule(rule="three_ones", n=8, train=100, val=56, test=100)
    assert {name: tuple(part.x.shape) for name, part in data.splits.items()} == {
        "train": (100, 8, 1),
        "val": (56, 8, 1),
        "test": (100, 8, 1),
    }
    every = torch.cat([part.x for part in data.splits.values()]).squeeze(-1)
    assert len(every.unique(dim=0)) == 256
    assert torch.equal(data.splits["test"].y.bool(), data.label(data.splits["test"].x.squeeze(-1)))


@pytest.mark.parametrize("rule", RULES)
def test_batches_fit_the_spec(rule):
    data = StringRule(rule=rule)
    assert str(data.spec) == "binary sequence of 1 a step, 20 steps -> classes(2) a step"
    fits(data.spec, next(iter(data.train_loader())))
    for split in data.splits:
        fits(data.spec, next(iter(data.eval_loader(split))))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rule": "two_ones"}, "unknown rule 'two_ones'; did you mean 'three_ones'"),
        ({"n": 0}, "n is 0"),
        ({"n": 10, "train": 1024}, "more than the 1024 vectors"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        StringRule(**{"rule": "three_ones"} | wrong)
