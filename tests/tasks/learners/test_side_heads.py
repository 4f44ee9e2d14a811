"""Side heads: their losses count in training, and nowhere else."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.errors import UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.models.convolutional.googlenet import GoogLeNet
from nnzoo.models.convolutional.side_heads import SideHeadNet
from nnzoo.spec import DataSpec
from nnzoo.tasks.learners.side_heads import SideHeads
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from tests.support.tasks import make

SPEC = DataSpec("real", (1, 12, 12), "classes", 3, low=0.0, high=1.0)
SMALL = partial(GoogLeNet, modules=[[[4] * 6], [[5] * 6]], stem="3x3", dropout=0.0)


def task_of(**settings):
    torch.manual_seed(0)
    net = SideHeadNet(in_shape=SPEC.shape, out_features=3, network=SMALL, after=[1, 2], side_units=5, side_dropout=0.0)
    return make(SideHeads, Network(net, identity, masked=False), CrossEntropy(), SPEC, **settings)


def test_a_step_is_that_of_a_plain_loop():
    task, batch = task_of(weight=0.25), SPEC.fake_batch(8, torch.Generator().manual_seed(1))
    plain = deepcopy(task.net.model)
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9)
    (ours,), _ = task.configure_optimizers()
    for _ in range(2):
        step = task.update(batch, ours)
        optimizer.zero_grad()
        output, sides = plain.with_side_outputs(batch.x)
        of_sides = [cross_entropy(side, batch.y) for side in sides]
        loss = cross_entropy(output, batch.y)
        (loss + 0.25 * (of_sides[0] + of_sides[1])).backward()
        optimizer.step()
        assert_close(step.loss, loss.detach())
        assert_close(step.notes["side_loss"], sum(of_sides).detach())
    for mine, other in zip(task.net.parameters(), plain.parameters(), strict=True):
        assert_close(mine, other)


def test_evaluation_has_no_side_heads():
    task, batch = task_of(), SPEC.fake_batch(8, torch.Generator().manual_seed(1))
    task.eval()
    task.net.model.side_heads = nn.ModuleList([nn.Identity()])  # any use of them fails
    with torch.no_grad():
        task.measure("val", batch)
        expected = float(cross_entropy(task.net(batch.x), batch.y))
    accumulator = task.accumulators["val"]
    accumulator.flush(task.predictions, task.actual)
    assert accumulator.compute()["loss"] == pytest.approx(expected)
    assert "side_loss" not in accumulator.modes
    assert "side_loss" in task.accumulators["train"].modes
    assert task.loss_parts == {"loss": 1.0, "side_loss": 0.3}


def test_mistakes():
    with pytest.raises(UserError, match=r"^task.weight is 0; it must be above 0 and finite$"):
        task_of(weight=0)
    net = Network(SMALL(in_shape=SPEC.shape, out_features=3), identity, masked=False)
    with pytest.raises(UserError, match=r"needs side heads, as model=googlenet_side_heads has; GoogLeNet has none$"):
        make(SideHeads, net, CrossEntropy(), SPEC)
