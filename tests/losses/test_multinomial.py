"""The log loss of counts against scipy's multinomial distribution."""

from math import inf

import pytest
import torch
from nnzoo.losses.multinomial import Multinomial
from nnzoo.spec import DataSpec
from scipy.stats import multinomial
from torch.testing import assert_close


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
def test_value_and_gradient(lead):
    """The probability without the coefficient; the gradient is n p - c."""
    torch.manual_seed(0)
    output = torch.randn(*lead, 5, dtype=torch.float64, requires_grad=True)
    counts = torch.poisson(torch.full((*lead, 5), 2.0, dtype=torch.float64))
    loss, p = Multinomial()(output, counts), output.detach().softmax(-1)
    n = counts.sum(-1)
    flat = zip(counts.view(-1, 5).numpy(), n.view(-1).numpy(), p.view(-1, 5).numpy(), strict=True)
    log_probability = torch.tensor([float(multinomial.logpmf(c, total, q)) for c, total, q in flat]).view(lead)
    coefficient = torch.lgamma(n + 1) - torch.lgamma(counts + 1).sum(-1)
    assert_close(-loss.detach(), log_probability - coefficient)
    loss.sum().backward()
    assert_close(output.grad, n[..., None] * p - counts)


def test_predictions_and_targets_are_shares():
    loss, output = Multinomial(), torch.tensor([[0.0, 1.0], [2.0, 2.0]])
    assert_close(loss.expected(output), output.softmax(-1))
    assert_close(loss.actual(torch.tensor([[3.0, 1.0], [0.0, 0.0]])), torch.tensor([[0.75, 0.25], [0.0, 0.0]]))


def test_of_one_hot_inputs_it_is_cross_entropy():
    torch.manual_seed(0)
    output, classes = torch.randn(7, 4), torch.randint(4, (7,))
    one_hot = torch.nn.functional.one_hot(classes, 4).float()
    expected = torch.nn.functional.cross_entropy(output, classes, reduction="none")
    assert_close(Multinomial()(output, one_hot), expected)


def test_accepted_inputs():
    def reason(kind, low=-inf, high=inf):
        return Multinomial().takes(DataSpec(kind, (4,), "none", 0, low=low, high=high).with_input_as_target())

    assert reason("counts") is reason("binary") is reason("onehot") is reason("real", 0.0, 3.0) is None
    assert reason("real", 0.0) is None
    assert reason("real", -1.0, 1.0) == "takes inputs of at least 0; those of the data are from -1 to 1"
    assert reason("real") == "takes inputs of at least 0; those of the data are not"
    assert reason("sign") == "takes inputs of at least 0; those of the data are from -1 to 1"
    target = "takes input or counts; the target of the data is {}; with {}, the input is the target"
    found = Multinomial().takes(DataSpec("counts", (4,), "classes", 2))
    assert found == target.format("classes", "head=reconstruction")
    found = Multinomial().takes(DataSpec("ids", (1,), "real", 3, sizes=(5,), partial=True))
    assert found == target.format("real", "data.layout=rows and model=autoencoder")
    assert Multinomial().takes(DataSpec("ids", (1,), "counts", 3, sizes=(5,))) is None
    found = Multinomial().takes(DataSpec("ids", (2,), "counts", 1, sizes=(5, 5)))
    assert found == "takes counts of several kinds; an example has one: choose data.layout=index, or loss=glove"
