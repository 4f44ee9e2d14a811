import random

import numpy as np
import pytest
import torch
from nnzoo.tasks.random_state import random_state, set_random_state


def drawn() -> tuple[float, float, float]:
    return torch.rand(()).item(), random.random(), float(np.random.rand())


def test_restores_all_generators() -> None:
    torch.rand(3)
    state = random_state()
    first = drawn()
    assert drawn() != first
    set_random_state(state)
    assert drawn() == first


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
