"""Blocks of residual networks by hand. O13."""

import math

import pytest
import torch
from nnzoo.layers.conv.residual import (
    BasicBlock,
    Bottleneck,
    HighwayBlock,
    PaddedShortcut,
    PlainBlock,
    PreActivationBlock,
    PreActivationBottleneck,
    StochasticDepth,
)
from torch import nn
from torch.nn.functional import conv2d, pad
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients

BLOCKS = [BasicBlock, Bottleneck, HighwayBlock, PlainBlock, PreActivationBlock, PreActivationBottleneck]


def draw(*shape):
    torch.manual_seed(0)
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def test_post_activation_by_hand():
    """Forsyth's second order: x' = x + W1 q + b1 with q = F(W2 F(x) + b2), where x is F of the sum before."""
    block, x = BasicBlock(3, 3, 1, norm="none").double(), draw(2, 3, 5, 4)
    w2, b2, w1, b1 = block.parameters()
    q = conv2d(x, w2, b2, padding=1).relu()
    expected = (x + conv2d(q, w1, b1, padding=1)).relu()
    assert_close_with_gradients(block(x), expected, [x, *block.parameters()])


def test_pre_activation_by_hand():
    block, x = PreActivationBlock(3, 3, 1, norm="none").double(), draw(2, 3, 5, 4)
    w2, b2, w1, b1 = block.parameters()
    q = conv2d(x.relu(), w2, b2, padding=1).relu()
    assert_close_with_gradients(block(x), x + conv2d(q, w1, b1, padding=1), [x, *block.parameters()])


def test_a_pre_activated_sum_is_projected_after_the_activation():
    block, x = PreActivationBlock(3, 4, 2, norm="none").double(), draw(2, 3, 6, 6)
    weights = dict(block.named_parameters())
    a = x.relu()
    q = conv2d(a, weights["branch.0.weight"], weights["branch.0.bias"], 2, 1).relu()
    expected = conv2d(q, weights["branch.2.weight"], weights["branch.2.bias"], 1, 1)
    expected = expected + conv2d(a, weights["shortcut.weight"], weights["shortcut.bias"], 2)
    assert_close_with_gradients(block(x), expected, [x])


def test_both_orders_are_the_same_function_around_the_shortcut():
    """A post-activation block of F(x) is F of a pre-activation block of x, where nothing is normalized."""
    post, pre = BasicBlock(3, 3, 1, norm="none"), PreActivationBlock(3, 3, 1, norm="none")
    pre.load_state_dict(dict(zip(pre.state_dict(), post.state_dict().values(), strict=True)))
    x = torch.rand(2, 3, 4, 4)  # not negative, so F(x) = x
    assert_close(post(x), pre(x).relu())


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("channels", "stride"), [(4, 1), (6, 2)])
def test_shape_and_promised_channels(block, channels, stride):
    made = block(4, channels, stride)
    maps = made(torch.randn(2, 4, 8, 7))
    assert maps.shape == (2, made.out_channels, 8 // stride, -(-7 // stride))
    assert made.out_channels == (4 if "Bottleneck" in block.__name__ else 1) * channels


def test_without_a_branch_it_is_the_identity():
    """O13: of maps that are not negative with the activation of the sum, of all maps without it."""
    x = torch.randn(2, 4, 3, 3)
    for block in (BasicBlock(4, 4, 1, norm="none"), PreActivationBlock(4, 4, 1, norm="none")):
        for parameter in block.parameters():
            nn.init.zeros_(parameter)
        post = isinstance(block, BasicBlock)
        assert torch.equal(block(x), x.relu() if post else x)


def test_padded_shortcut():
    x = draw(2, 3, 5, 4)
    assert torch.equal(PaddedShortcut(2, 2)(x), pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2)))
    block = BasicBlock(3, 5, 2, shortcut="padding").eval()
    assert sum(p.numel() for p in block.shortcut.parameters()) == 0
    nn.init.zeros_(block.branch[-1].weight)
    assert torch.equal(block(x.float()), PaddedShortcut(2, 2)(x.float()).relu())


def test_a_padded_shortcut_takes_no_maps_away():
    with pytest.raises(ValueError, match=r"^shortcut=padding adds maps; from 4 to 3 maps use projection$"):
        BasicBlock(4, 3, 2, shortcut="padding")
    assert BasicBlock(4, 3, 2)(torch.randn(2, 4, 8, 8)).shape == (2, 3, 4, 4)


def test_highway_by_hand():
    block, x = HighwayBlock(3, 3, 1, gate_bias=-1.0).double(), draw(2, 3, 5, 4)
    h = conv2d(x, block.branch[0].weight, block.branch[0].bias, padding=1).relu()
    t = conv2d(x, block.gate.weight, block.gate.bias, padding=1).sigmoid()
    assert block.gate.bias.unique().tolist() == [-1]
    assert_close_with_gradients(block(x), t * h + (1 - t) * x, [x, *block.parameters()])


def test_a_new_highway_block_passes_most_of_its_input():
    """Srivastava et al. 2015, 2.2: the initial bias is negative."""
    block, x = HighwayBlock(3, 3, 1), torch.randn(1, 3, 4, 4)
    assert block.gate.bias.unique().tolist() == [-2]
    nn.init.zeros_(block.gate.weight)
    share = 1 / (1 + math.exp(2))
    assert_close(block(x), share * block.branch(x) + (1 - share) * x)


@pytest.mark.parametrize(("bias", "expected"), [(-100.0, "input"), (100.0, "convolution")])
def test_a_closed_or_open_gate(bias, expected):
    block, x = HighwayBlock(3, 3, 1, gate_bias=bias), torch.randn(1, 3, 4, 4)
    assert_close(block(x), x if expected == "input" else block.branch(x))


@pytest.mark.parametrize("block", [Bottleneck, PreActivationBottleneck])
def test_the_width_is_at_least_1(block):
    with pytest.raises(ValueError, match=r"^width is 0; it must be at least 1$"):
        block(4, 8, 1, width=0)


def test_groups_must_divide_the_maps():
    with pytest.raises(ValueError, match=r"^groups=3 does not divide 8 input channels and 8 output channels$"):
        Bottleneck(4, 8, 1, groups=3)


def test_a_group_is_a_path_of_a_resnext():
    """The block-diagonal form of the 3x3 convolution has as many maps, and fewer weights."""
    weights = [Bottleneck(4, 8, 1, groups=groups).branch[3].weight.numel() for groups in (1, 2, 4)]
    assert weights == [576, 288, 144]


def test_stochastic_depth():
    """O13: left out or unchanged in training, the expected value otherwise."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 2, 2)
    layer = StochasticDepth(nn.Conv2d(3, 3, 1), 0.75)
    whole = layer.branch(x)
    outputs = [layer.train()(x) for _ in range(200)]
    kept = sum(torch.equal(output, whole) for output in outputs)
    assert kept + sum(not output.any() for output in outputs) == 200
    assert 130 < kept < 170
    assert_close(layer.eval()(x), 0.75 * whole)
    assert torch.equal(StochasticDepth(layer.branch, 1.0).train()(x), whole)


@pytest.mark.parametrize("survival", [0.0, 1.5])
def test_survival_is_a_probability(survival):
    with pytest.raises(ValueError, match=f"survival is {survival}; it must be above 0"):
        StochasticDepth(nn.Identity(), survival)
