import pytest
import torch
from nnzoo.layers.corruption import Corruption

NOISES = [("gaussian", 0.5), ("masking", 0.3), ("salt_and_pepper", 0.3)]


@pytest.fixture
def x():
    torch.manual_seed(0)
    return torch.rand(100, 200, dtype=torch.float64) + 1


@pytest.mark.parametrize(("noise", "strength"), NOISES)
def test_corrupts_in_training_only(x, noise, strength):
    layer = Corruption(noise=noise, strength=strength)
    assert not torch.equal(layer(x), x)
    assert layer.eval()(x) is x
    assert not torch.equal(layer.corrupt(x), x)


@pytest.mark.parametrize(("noise", "strength"), NOISES)
def test_uses_the_global_random_generator(x, noise, strength):
    layer = Corruption(noise=noise, strength=strength)
    state = torch.get_rng_state()
    first, second = layer(x), layer(x)
    assert not torch.equal(first, second)
    torch.set_rng_state(state)
    assert torch.equal(layer(x), first)
    assert torch.equal(layer(x), second)


def test_gaussian(x):
    added = Corruption(noise="gaussian", strength=0.5)(x) - x
    assert abs(added.mean()) < 0.015  # 4 standard errors of 20000 numbers
    assert abs(added.std() - 0.5) < 0.01


def test_masking(x):
    corrupted = Corruption(noise="masking", strength=0.3)(x)
    masked = corrupted == 0
    assert torch.equal(corrupted[~masked], x[~masked])
    assert abs(masked.double().mean() - 0.3) < 0.013


def test_salt_and_pepper(x):
    corrupted = Corruption(noise="salt_and_pepper", strength=0.3)(x)
    low, high = corrupted == x.min(), corrupted == x.max()
    assert torch.equal(corrupted[~low & ~high], x[~low & ~high])
    assert abs(low.double().mean() - 0.15) < 0.01
    assert abs(high.double().mean() - 0.15) < 0.01


@pytest.mark.parametrize(
    ("noise", "strength", "message"),
    [
        ("gaussian", 0.0, "^strength is 0.0; the standard deviation of gaussian noise must be above 0$"),
        ("masking", 1.0, "^strength is 1.0; the share of masking noise must be above 0 and below 1$"),
        ("salt_and_pepper", -0.1, "^strength is -0.1; the share of salt_and_pepper noise must be above 0"),
    ],
)
def test_invalid_strengths_are_refused(noise, strength, message):
    with pytest.raises(ValueError, match=message):
        Corruption(noise=noise, strength=strength)


@pytest.mark.parametrize(("noise", "strength"), NOISES)
@pytest.mark.parametrize("when", ["evaluation", "always"])
def test_corruption_in_evaluation(x, noise, strength, when):
    """The noise is the same for an example in every evaluation and batch, and has the stated distribution."""
    layer = Corruption(noise=noise, strength=strength, when=when)
    assert torch.equal(layer(x), x) == (when == "evaluation")
    layer.eval()
    state = torch.get_rng_state()
    corrupted = layer(x)
    assert torch.equal(layer(x), corrupted)
    assert torch.equal(layer(x[7:9]), corrupted[7:9])
    assert torch.equal(torch.get_rng_state(), state)
    changed = corrupted != x
    if noise == "gaussian":
        assert abs((corrupted - x).std() - strength) < 0.01
    else:
        assert abs(changed.double().mean() - strength) < 0.013
    if noise == "masking":
        assert not corrupted[changed].any()


def test_extremes_in_evaluation_are_those_of_training(x):
    layer = Corruption(noise="salt_and_pepper", strength=0.3, when="evaluation")
    layer(x)
    layer(3 * x)
    one = layer.eval()(x[:1])
    changed = one != x[:1]
    assert set(one[changed].tolist()) == {x.min().float().item(), (3 * x).max().float().item()}


def test_extremes_before_any_training_are_those_of_the_batch(x):
    corrupted = Corruption(noise="salt_and_pepper", strength=0.3, when="evaluation").eval()(x)
    assert set(corrupted[corrupted != x].tolist()) == {x.min().item(), x.max().item()}
