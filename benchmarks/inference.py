"""Outputs for images: a trained network of ours, with its preprocessing, against a plain module on tensors."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from nnzoo.builders.adapters import Network
from nnzoo.builders.tasks import build_task
from nnzoo.inference.trained import Trained
from torch import Tensor

import training

REPEATS, CALLS, TARGET = 9, 5, 1.05


def measure(case: training.Case) -> dict[str, Any]:
    """Return the medians of one case: milliseconds for the outputs of a batch; the sides take turns."""
    assert case.plain is not None
    data, threads = training.prepared(case)
    config = training.config_of(case)
    task = build_task(config, data)
    assert isinstance(task.net, Network)
    ours = Trained(
        network=task.net, head=task.head, preprocessing=data.preprocessing, transforms=data.transforms, config=config
    )
    plain = case.plain().eval()
    x = data.splits["train"].batch().x[: training.batch_size(case)]
    times: dict[str, list[float]] = {"plain": [], "ours": []}
    for net in (plain, ours):
        seconds(net, x)  # warm up
    for _ in range(REPEATS):
        for name, net in (("plain", plain), ("ours", ours)):
            times[name].append(seconds(net, x))
    ratios = [a / b for a, b in zip(times["ours"], times["plain"], strict=True)]
    return {
        "case": case.name,
        "threads": threads,
        "plain_ms": 1e3 * statistics.median(times["plain"]),
        "ours_ms": 1e3 * statistics.median(times["ours"]),
        "ratio": statistics.median(ratios),
        "target": TARGET,
    }


@torch.no_grad()
def seconds(net: Callable[[Tensor], Tensor], x: Tensor) -> float:
    """Return the seconds of a forward pass, the mean of a few."""
    start = time.perf_counter()
    for _ in range(CALLS):
        net(x)
    return (time.perf_counter() - start) / CALLS


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results of the cases of convolutional networks."""
    for case in training.CASES:
        if case.plain is not None:
            yield measure(case)
