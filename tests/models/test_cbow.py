"""Continuous bag of words. Aggarwal 2.6.1."""

import pytest
import torch
from nnzoo.models.cbow import CBOW
from torch import Tensor, nn


def network(*, average: bool) -> CBOW:
    torch.manual_seed(0)
    net = CBOW(vocab_size=6, out_features=6, dimension=3, average=average).double()
    nn.init.normal_(net.embedding.weight)
    nn.init.normal_(net.head.weight)
    return net


def test_one_hot_groups_are_a_vector_of_counts() -> None:
    """O23: m one-hot groups with shared weights equal one vector of counts times these weights."""
    net = network(average=False)
    ids = torch.tensor([[1, 4, 4, 0]])
    counts = torch.tensor([[1.0, 1.0, 0.0, 0.0, 2.0, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(net.encode(ids), counts @ net.embedding.weight)


def test_the_printed_updates_are_those_of_autograd() -> None:
    """Each neighbour gets lr sum_j eps_j v_j, a repeated one repeatedly; v_j += lr eps_j h. Eq. 2.50."""
    net = network(average=False)
    ids, word = torch.tensor([[1, 4, 4, 0]]), torch.tensor([2])
    u, v = net.embedding.weight.detach(), net.head.weight.detach()
    gradients = torch.autograd.grad(nn.functional.cross_entropy(net(ids), word), list(net.parameters()))
    h = u[ids[0]].sum(0)
    error = nn.functional.one_hot(word, 6)[0].double() - (h @ v.T).softmax(0)
    expected = torch.zeros_like(u)
    for neighbour in ids[0].tolist():
        expected[neighbour] += error @ v
    torch.testing.assert_close(-gradients[0], expected)
    torch.testing.assert_close(-gradients[1], torch.outer(error, h))


@pytest.mark.parametrize("average", [False, True])
def test_padding_has_no_effect(average: bool) -> None:
    net = network(average=average)
    ids, mask = torch.tensor([[1, 4, 0, 0], [2, 2, 3, 0]]), torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]]).bool()

    def alone(row: list[int]) -> Tensor:
        outputs: Tensor = net(torch.tensor([row]))
        return outputs[0]

    torch.testing.assert_close(net(ids, mask), torch.stack([alone([1, 4]), alone([2, 2, 3, 0])]))
    assert net.table_rows(ids, mask).tolist() == [[1, 4, -1, -1], [2, 2, 3, 0]]


def test_the_mean_is_a_scaling_of_the_sum() -> None:
    """T8: at the same weights h of the mean is that of the sum divided by m, and so is the gradient of the inputs."""
    total, mean = network(average=False), network(average=True)
    ids = torch.tensor([[1, 4, 4, 0]])
    torch.testing.assert_close(mean.encode(ids), total.encode(ids) / 4)
    weight = torch.randn(3, dtype=torch.float64)
    (g,), (g4,) = (torch.autograd.grad(net.encode(ids) @ weight, net.embedding.weight) for net in (mean, total))
    torch.testing.assert_close(g, g4 / 4)


def test_dimension_zero() -> None:
    with pytest.raises(ValueError, match="dimension is 0; it must be at least 1"):
        CBOW(vocab_size=5, out_features=4, dimension=0)
