"""Noise that is a function of the example."""

import torch
from nnzoo.layers.row_noise import mix, row_normal, row_uniform
from scipy.stats import kstest


def test_published_numbers_of_splitmix64():
    """The first outputs of the generator with seed 0, as in the published test vectors of splitmix64."""
    counter = torch.arange(1, 4) * -7046029254386353131
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(z) % 2**64 for z in mix(counter)] == published


def test_the_distributions():
    torch.manual_seed(0)
    x = torch.randn(200, 50, dtype=torch.float64)
    uniform, normal = row_uniform(x), row_normal(x)
    assert 0 < uniform.min() < uniform.max() < 1
    assert kstest(uniform.flatten().numpy(), "uniform").pvalue > 0.01
    assert kstest(normal.flatten().numpy(), "norm").pvalue > 0.01
    correlations = torch.corrcoef(normal.T) - torch.eye(50)
    assert correlations.abs().max() < 5 / 200**0.5


def test_only_the_example_decides():
    torch.manual_seed(0)
    x = torch.randn(6, 5)
    noise = row_uniform(x)
    assert torch.equal(row_uniform(x[3:4]), noise[3:4])
    assert torch.equal(row_uniform(x.double()).float(), noise)
    assert torch.equal(row_uniform(torch.tensor([-0.0, 1.0])), row_uniform(torch.tensor([0.0, 1.0])))
    x[0, 2] += 1e-6
    assert not (row_uniform(x)[0] == noise[0]).any()  # all numbers of the changed example are new
    assert torch.equal(row_uniform(x)[1:], noise[1:])
