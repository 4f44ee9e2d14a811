"""Networks that are larger than saved weights."""

import pytest
import torch
from nnzoo.builders import size_limit
from nnzoo.builders.size_limit import SizeLimit
from nnzoo.errors import UserError
from torch import nn


def test_a_network_of_the_same_size_is_built_as_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limit, "FREE", 10_000)
    torch.manual_seed(0)
    expected = nn.Sequential(nn.Linear(30, 40), nn.LSTM(40, 5), nn.Conv2d(1, 2, 3))
    torch.manual_seed(0)
    with SizeLimit.of_saved(expected.state_dict()):
        found = nn.Sequential(nn.Linear(30, 40), nn.LSTM(40, 5), nn.Conv2d(1, 2, 3))
    assert all(torch.equal(*pair) for pair in zip(expected.parameters(), found.parameters(), strict=True))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(10**6, 10**6),
        lambda: nn.Embedding(10**12, 3),
        lambda: torch.eye(10**6),
        lambda: torch.arange(10**12),
        lambda: torch.ones(3).new_zeros(10**12),
        lambda: [nn.Linear(1, 1) for _ in range(10**9)],
    ],
)
def test_larger_networks_are_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch, make: object) -> None:
    monkeypatch.setattr(size_limit, "FREE", 100_000)
    with (
        pytest.raises(UserError, match="much larger than the saved weights"),
        SizeLimit.of_saved({"w": torch.zeros(10)}),
    ):
        make()  # type: ignore[operator]
