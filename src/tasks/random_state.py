"""The states of all random number generators, as plain data for a checkpoint."""

import random
from typing import Any

import numpy as np
import torch


def seed_torch(number: int) -> None:
    """Seed the generators of torch, as `torch.manual_seed`, which without a GPU only takes longer."""
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        torch.manual_seed(number)
    else:
        torch.default_generator.manual_seed(number)


def random_state() -> dict[str, Any]:
    """Return the state of all random number generators as plain data."""
    version, numbers, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
        "python": [version, list(numbers), gauss],
        "numpy": [name, torch.from_numpy(np.asarray(keys).astype(np.int64)), position, has_gauss, cached],
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Restore a state that `random_state` returned."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available():  # a run of a GPU can be continued on the CPU
        for device, each in zip(range(torch.cuda.device_count()), state["cuda"], strict=False):
            torch.cuda.set_rng_state(each, device)
    elif torch.cuda.is_initialized():  # CUDA was first used later: it starts from the seed of the CPU generator
        torch.cuda.manual_seed_all(torch.initial_seed())
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, cached))


def is_same_state(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two states are equal, apart from those of CUDA."""
    (_, keys, *rest), (_, other_keys, *other_rest) = one["numpy"], other["numpy"]
    same = torch.equal(one["torch"], other["torch"]) and torch.equal(keys, other_keys)
    return same and one["python"] == other["python"] and rest == other_rest
