"""Clipping by step, against a plain loop (norm and value: `test_base.py`)."""

from copy import deepcopy
from pathlib import Path

import torch
from nnzoo.layers.recurrent import clip_steps
from nnzoo.losses.cross_entropy import CrossEntropy
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.classification import Classification
from torch import Tensor
from torch.nn.utils import clip_grad_value_

from .plain_loop import by_hand, fit, loaders, make

SEQUENCES = DataSpec("real", (4,), "classes", 3, sequence=True)
BOUND = 0.002


def mean_loss(output: Tensor, batch: Batch) -> Tensor:
    return torch.nn.functional.cross_entropy(output, batch.y)


def test_cells_are_clipped_step_by_step_and_the_rest_by_value(tmp_path: Path) -> None:
    net = LSTM(in_features=4, out_features=3, hidden=5, per_step=False)
    by_step, by_value = deepcopy(net), deepcopy(net)
    train, val = loaders(SEQUENCES)
    task = make(Classification, net, CrossEntropy(), SEQUENCES, clip_value=BOUND, clip_algorithm="temporal")
    fit(task, train, val, tmp_path)
    rest = clip_steps(by_step, BOUND)
    assert [p.shape for p in rest] == [p.shape for p in by_step.readout.parameters()]
    by_hand(by_step, train, mean_loss, clip=lambda _: clip_grad_value_(rest, BOUND))
    by_hand(by_value, train, mean_loss, clip=lambda parameters: clip_grad_value_(parameters, BOUND))
    for one, two in zip(net.parameters(), by_step.parameters(), strict=True):
        torch.testing.assert_close(one, two)
    for one, two in zip(net.recurrent.parameters(), by_value.recurrent.parameters(), strict=True):
        assert not torch.allclose(one, two)


def test_without_a_bound_nothing_is_clipped() -> None:
    net = LSTM(in_features=4, out_features=3, hidden=5, per_step=False)
    make(Classification, net, CrossEntropy(), SEQUENCES, clip_algorithm="temporal")
    assert net.recurrent.step_clip is None
