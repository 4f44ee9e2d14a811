import pytest
import torch
from nnzoo.models.window_mlp import WindowMLP
from torch import nn


def steps_and_mask():
    torch.manual_seed(0)
    mask = torch.arange(7) < torch.tensor([[7], [4], [1]])
    return torch.randn(3, 7, 2, dtype=torch.float64), mask


def test_value_and_gradient_by_hand():
    """Compute each step separately, looking up its neighbors one by one."""
    x, mask = steps_and_mask()
    net = WindowMLP(in_features=2, out_features=3, window=2, hidden=[5], activation="tanh").double()
    border, w1, b1, w2, b2 = net.parameters()
    nn.init.normal_(border)
    outputs = torch.stack([step for _, _, step in by_hand(x, mask, border, w1, b1, w2, b2)])
    found = net(x, mask)[mask]
    torch.testing.assert_close(found, outputs)
    weights = torch.randn_like(found)
    ours = torch.autograd.grad((found * weights).sum(), list(net.parameters()))
    theirs = torch.autograd.grad((outputs * weights).sum(), list(net.parameters()))
    for mine, oracle in zip(ours, theirs, strict=True):
        assert mine.any()
        torch.testing.assert_close(mine, oracle)


def by_hand(x, mask, border, w1, b1, w2, b2):
    for row, length in enumerate(mask.sum(1).tolist()):
        for step in range(length):
            seen = [x[row, i] if 0 <= i < length else border for i in range(step - 2, step + 3)]
            yield row, step, w2 @ (w1 @ torch.cat(seen) + b1).tanh() + b2


def test_equals_a_convolution_for_vectors():
    """With zero padding it equals torch's convolution of width 2 * window + 1."""
    x, _ = steps_and_mask()
    net = WindowMLP(in_features=2, out_features=3, window=1, hidden=[]).double()
    _, weight, bias = net.parameters()
    kernel = weight.view(3, 3, 2).transpose(1, 2)
    expected = nn.functional.conv1d(x.transpose(1, 2), kernel, bias, padding=1).transpose(1, 2)
    torch.testing.assert_close(net(x), expected)


def test_padding_does_not_leak():
    x, mask = steps_and_mask()
    net = WindowMLP(in_features=2, out_features=3, window=3).double()
    dirty = torch.where(mask.unsqueeze(-1), x, torch.nan)
    assert torch.equal(net(x, mask)[mask], net(dirty, mask)[mask])
    torch.testing.assert_close(net(x, mask)[1, :4], net(x[1:2, :4])[0])


def test_output_depends_only_on_the_window():
    torch.manual_seed(0)
    net = WindowMLP(vocab_size=9, out_features=3, window=2)
    ids = torch.zeros(1, 8, dtype=torch.long)
    other = ids.clone()
    other[0, 5] = 1
    differs = (net(ids) != net(other)).any(2)[0]
    assert differs.tolist() == [False, False, False, True, True, True, True, True]


def test_several_tokens_per_step_are_summed():
    torch.manual_seed(0)
    net = WindowMLP(vocab_size=9, out_features=3, window=0, hidden=[4])
    ids = torch.tensor([[[1, 2], [3, 3]]])
    table = net.embedding.weight
    summed = torch.stack([table[1] + table[2], 2 * table[3]])[None]
    torch.testing.assert_close(net(ids), net.mlp(summed))
    assert net.border is None  # no neighbour, no border


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": -1}, "window is -1; it must be at least 0"),
        ({"embedding": 0}, "embedding is 0"),
        ({"vocab_size": 5}, "give exactly one of in_features=2 and vocab_size=5"),
        ({"in_features": None}, "give exactly one of in_features=None and vocab_size=None"),
        ({"per_step": False}, "one target for each example: use model=gru"),
    ],
)
def test_invalid_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        WindowMLP(**{"in_features": 2, "out_features": 3} | change)
