"""W15: gradient descent on (eps x^2 + y^2) / 2 with a fixed rate. Forsyth 12.2.4.

The function is the loss of a linear network with the weights x and y on two examples with target 0.
"""

from functools import partial

import pytest
import torch
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task

from tests.support.linear import net_of
from tests.support.networks import Unmasked
from tests.support.tasks import make

EPS, START = 0.04, (3.0, -2.0)
BATCH = Batch(torch.diag(torch.tensor([EPS, 1.0], dtype=torch.float64).sqrt()), torch.zeros(2, 1, dtype=torch.float64))


@pytest.mark.parametrize("engine", ["autograd", "direct"])
@pytest.mark.parametrize("rate", [0.5, 1.0, 1.9, 2.0, 2.5])
def test_w15_each_weight_is_multiplied_by_its_own_factor(rate, engine):
    """x_r = (1 - eps rate)^r x_0 and y_r = (1 - rate)^r y_0; y converges for |1 - rate| < 1 only."""
    net = net_of(2, 1, weight=torch.tensor([START]))
    spec = DataSpec("real", (2,), "real", 1)
    task = make(Task, Unmasked(net), Squared(), spec, optimizer=partial(torch.optim.SGD, lr=rate), engine=engine)
    (optimizer,), _ = task.configure_optimizers()
    for r in range(1, 31):
        x, y = net.linear.weight[0].tolist()
        loss = task.update(BATCH, optimizer).loss
        assert loss.item() == pytest.approx((EPS * x**2 + y**2) / 2)
        expected = (1 - EPS * rate) ** r * START[0], (1 - rate) ** r * START[1]
        assert net.linear.weight[0].tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    y = abs(net.linear.weight[0, 1].item())
    assert (y < 0.1 * abs(START[1])) == (abs(1 - rate) < 1)
    assert abs(net.linear.weight[0, 0].item()) > 0.04 * START[0]  # x is slow with every such rate
