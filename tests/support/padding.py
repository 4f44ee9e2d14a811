"""Sequences of different lengths in one batch."""

import torch
from torch import nn
from torch.testing import assert_close


def assert_padding_has_no_effect(net: nn.Module, features: int, *, per_step: bool) -> None:
    """Assert that sequences in one batch, the shorter ones padded, give what each gives alone."""
    x, lengths = torch.randn(3, 6, features), [6, 2, 4]
    output = net(x, torch.arange(6) < torch.tensor(lengths)[:, None])
    for row, steps in enumerate(lengths):
        alone = net(x[row : row + 1, :steps])[0]
        assert_close(output[row, :steps] if per_step else output[row], alone)
