"""Networks that are larger than saved weights."""

from typing import Any

import pytest
import torch
from nnzoo.builders import size_limit
from nnzoo.builders.size_limit import EACH, SizeLimit, fewer_words
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


THREE = torch.ones(3)


@pytest.mark.parametrize(
    ("make", "numbers"),
    [
        (lambda: torch.empty(3, 5), 15),
        (lambda: torch.zeros((4,), dtype=torch.float64), 4),
        (lambda: torch.eye(7), 49),
        (lambda: torch.eye(7, 2), 14),
        (lambda: torch.full(size=(2, 3), fill_value=1.0), 6),
        (lambda: torch.linspace(0, 1, 9), 9),
        (lambda: torch.nonzero_static(THREE, size=5), 5),
    ],
)
def test_the_numbers_of_each_tensor_count(make: Any, numbers: int) -> None:
    limit = SizeLimit(10_000, "too large")
    with limit:
        made = make()
    assert limit.left == 10_000 - numbers - EACH
    assert made.numel() == numbers
    assert made.dtype == make().dtype
    with SizeLimit(numbers + EACH, "too large"):  # exactly
        make()
    with pytest.raises(UserError, match=r"^too large$"), SizeLimit(numbers + EACH - 1, "too large"):
        make()


def test_operations_on_tensors_are_not_counted() -> None:
    one, two = torch.ones(3, 4), torch.ones(3, 4)
    limit = SizeLimit(0, "too large")
    with limit:
        torch.add(one, two, alpha=2)
        one[1:3].mul_(2)
    assert limit.left == 0


def test_limits_of_saved_weights_and_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size_limit, "FREE", 100)
    assert SizeLimit.of_saved({"a": torch.zeros(2, 3), "b": torch.zeros(4)}).left == 16 * 10 + 100
    monkeypatch.setattr(size_limit, "available_memory", lambda: 8e9)
    limit = SizeLimit.of_memory("model 'mlp'", {"max_vocabulary": None})
    assert limit.left == 1e9  # a weight and its gradient take 8 bytes
    assert limit.reason == (
        "the weights of model 'mlp' and their gradients take more than the 8 GB of memory that are available; "
        "use data.max_vocabulary=1000"
    )
    assert SizeLimit.of_memory("it", {}).reason.endswith("; use a smaller network")


def test_settings_that_leave_few_words() -> None:
    assert fewer_words({"min_count": 1, "max_vocabulary": None}) == "data.max_vocabulary=1000"
    assert fewer_words({"min_count": 1}) == "data.min_count=50"
    assert fewer_words({"path": "a"}) is None


def test_torch_does_not_import_its_compiler_for_it() -> None:
    assert not SizeLimit._should_skip_dynamo()
