import random

import numpy as np
import pytest
import torch
from nnzoo.tasks.random_state import is_same_state, random_state, set_random_state


def drawn() -> tuple[float, float, float]:
    return torch.rand(()).item(), random.random(), float(np.random.rand())


def test_restores_all_generators() -> None:
    torch.rand(3)
    state = random_state()
    first = drawn()
    assert drawn() != first
    set_random_state(state)
    assert drawn() == first


@pytest.mark.parametrize("draw", [lambda: torch.rand(()), random.random, np.random.rand, lambda: None])
def test_any_draw_changes_the_state(draw) -> None:
    before = random_state()
    assert is_same_state(before, random_state())
    nothing = draw() is None
    assert is_same_state(before, random_state()) == nothing


def test_device_first_used_after_saving(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device starts from the seed that was set before, as if it had not been used."""
    seeds: list[int] = []
    torch.manual_seed(7)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    state = random_state()
    torch.manual_seed(9)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    set_random_state(state)
    assert seeds == [7]


def test_a_run_of_a_gpu_continues_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    state = random_state() | {"cuda": [torch.zeros(16, dtype=torch.uint8)]}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda *_: pytest.fail("there is no device"))
    first = drawn()
    set_random_state(state)
    assert drawn() == first


def test_fewer_devices_than_when_it_was_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    states = [torch.full((16,), k, dtype=torch.uint8) for k in range(3)]
    restored = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: restored.append((int(state[0]), device)))
    set_random_state(random_state() | {"cuda": states})
    assert restored == [(0, 0), (1, 1)]
