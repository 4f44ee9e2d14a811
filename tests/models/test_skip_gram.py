"""Skip-gram. Aggarwal 2.6.2."""

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.models.skip_gram import SkipGram
from torch import nn


def test_the_printed_updates_are_those_of_autograd() -> None:
    """u_r += lr sum_j (sum_i eps_ij) v_j and v_j += lr (sum_i eps_ij) h, with m outputs of shared weights. Eq. 2.53."""
    torch.manual_seed(0)
    net = SkipGram(num_ids=6, out_features=5, dimension=3).double()
    nn.init.normal_(net.head.weight)
    u, v = net.embedding.weight.detach().clone(), net.head.weight.detach().clone()
    word, neighbours = 2, torch.tensor([0, 4, 4, 1])
    output = net(torch.tensor([[word + 1]]))
    loss = nn.functional.cross_entropy(output.expand(4, 5), neighbours, reduction="sum")
    gradients = torch.autograd.grad(loss, list(net.parameters()))
    h = u[word]
    error = nn.functional.one_hot(neighbours, 5).double() - (h @ v.T).softmax(0)  # eps_ij (m, d)
    expected = torch.zeros_like(u)
    expected[word] = error.sum(0) @ v
    torch.testing.assert_close(-gradients[0], expected)
    torch.testing.assert_close(-gradients[1], torch.outer(error.sum(0), h))


def test_initial_vectors_are_those_of_word2vec() -> None:
    net = SkipGram(num_ids=501, out_features=500, dimension=20)
    assert not net.head.weight.any()
    assert net.embedding.weight.abs().max() <= 1 / 40
    assert net.embedding.weight.std().item() == pytest.approx(1 / 20 / 12**0.5, rel=0.05)


def test_vectors() -> None:
    net = SkipGram(num_ids=5, out_features=4, dimension=3)
    nn.init.normal_(net.head.weight)
    u, v = net.embedding.weight, net.head.weight
    for which, expected in {"input": u, "output": v, "sum": u + v, "both": torch.cat([u, v], 1)}.items():
        assert torch.equal(net.vectors(which), expected)
    with pytest.raises(UserError, match="unknown vectors 'inputs'; did you mean 'input'"):
        net.vectors("inputs")
    tree = SkipGram(num_ids=5, out_features=3, dimension=3)
    with pytest.raises(UserError, match="vectors=sum needs an output for each input; there are 3 outputs and 4 inputs"):
        tree.vectors("sum")


def test_the_code_of_a_token_is_its_vector_and_that_of_an_unknown_one_is_zero() -> None:
    net = SkipGram(num_ids=5, out_features=4, dimension=3)
    ids = torch.tensor([[3], [0]])
    assert torch.equal(net.encode(ids), torch.stack([net.vectors()[2], torch.zeros(3)]))
    assert torch.equal(net.table_rows(ids), torch.tensor([[2], [-1]]))


def test_dimension_zero() -> None:
    with pytest.raises(ValueError, match="dimension is 0; it must be at least 1"):
        SkipGram(num_ids=5, out_features=4, dimension=0)
