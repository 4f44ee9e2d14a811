from itertools import combinations

import torch
from nnzoo.layers.rbf import EuclideanRBF, digit_bitmaps
from torch.distributions import Normal


def test_bitmaps_are_84_signs_and_far_apart():
    bitmaps = digit_bitmaps()
    assert bitmaps.shape == (10, 84)
    assert set(bitmaps.flatten().tolist()) == {-1.0, 1.0}
    assert min((a != b).sum().item() for a, b in combinations(bitmaps, 2)) >= 6


def test_bitmaps_are_flattened_row_by_row():
    one = digit_bitmaps()[1].view(12, 7)
    assert one[0].tolist() == [-1, -1, -1, 1, 1, -1, -1]
    assert one[11].tolist() == [-1, 1, 1, 1, 1, 1, 1]


def test_output_by_hand():
    rbf = EuclideanRBF(prototypes=torch.tensor([[1.0, -1.0], [1.0, 1.0]]))
    assert rbf(torch.tensor([[1.0, 1.0], [0.0, 3.0]])).tolist() == [[-2.0, 0.0], [-8.5, -2.5]]


def test_prototypes_are_buffers():
    rbf = EuclideanRBF(prototypes=digit_bitmaps())
    assert not list(rbf.parameters())
    assert list(rbf.state_dict()) == ["prototypes"]


def test_outputs_are_gaussian_log_likelihoods():
    torch.manual_seed(0)
    rbf = EuclideanRBF(prototypes=digit_bitmaps()).double()
    x = torch.randn(5, 84, dtype=torch.float64, requires_grad=True)
    likelihood = Normal(rbf.prototypes, 1.0).log_prob(x[:, None]).sum(-1)
    output = rbf(x)
    gap = likelihood - output
    torch.testing.assert_close(gap, gap[0, 0].expand_as(gap))
    posterior = likelihood.exp() / likelihood.exp().sum(1, keepdim=True)
    torch.testing.assert_close(output.softmax(-1), posterior)
    factor = torch.randn_like(output)
    (grad,) = torch.autograd.grad((output * factor).sum(), x)
    torch.testing.assert_close(grad, torch.einsum("bk,bkf->bf", factor, rbf.prototypes - x[:, None]))


def test_argmax_is_the_nearest_prototype():
    bitmaps = digit_bitmaps()
    noisy = bitmaps + 0.3 * torch.randn(10, 84, generator=torch.Generator().manual_seed(0))
    assert EuclideanRBF(prototypes=bitmaps)(noisy).argmax(1).tolist() == list(range(10))
