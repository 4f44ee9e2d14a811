"""Checks of targets."""

import torch
from torch import Tensor


def check_classes(target: Tensor, classes: int) -> None:
    """Raise ValueError for a target outside 0 to classes - 1."""
    low, high = torch.aminmax(target)
    if target.is_cuda:  # reading the two numbers would wait for all work in progress
        torch._assert_async((low >= 0) & (high < classes), f"a target is no class from 0 to {classes - 1}")
        return
    if low < 0 or high >= classes:
        wrong = int(low if low < 0 else high)
        raise ValueError(f"a target is class {wrong}; the outputs are for classes 0 to {classes - 1}")
