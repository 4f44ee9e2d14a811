import math

import pytest
import torch
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.spec import DataSpec
from torch.nn.functional import binary_cross_entropy_with_logits


def test_values_by_hand():
    output, target = torch.tensor([[0.0, math.log(3.0)]]), torch.tensor([[1.0, 0.0]])
    both = math.log(2) + math.log(4)
    assert BinaryCrossEntropy()(output, target).item() == pytest.approx(both)
    assert BinaryCrossEntropy(outputs="mean")(output, target).item() == pytest.approx(both / 2)


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
@pytest.mark.parametrize("outputs", ["sum", "mean"])
def test_value_and_gradient(lead, outputs):
    torch.manual_seed(0)
    output = torch.randn(*lead, 7, dtype=torch.float64, requires_grad=True)
    target = torch.randint(2, (*lead, 7)).double()
    loss = BinaryCrossEntropy(outputs=outputs)(output, target)
    p = 1 / (1 + (-output).exp())
    entropies = -target * p.log() - (1 - target) * (1 - p).log()
    torch.testing.assert_close(loss, getattr(entropies, outputs)(-1))
    loss.sum().backward()
    share = 1 if outputs == "sum" else 7
    torch.testing.assert_close(output.grad, (p - target).detach() / share)
    mean = binary_cross_entropy_with_logits(output, target)
    torch.testing.assert_close(loss.mean() / (7 if outputs == "sum" else 1), mean)


def test_is_finite_for_extreme_outputs():
    loss = BinaryCrossEntropy()(torch.tensor([[200.0, -200.0]]), torch.tensor([[0.0, 0.0]]))
    assert loss.item() == pytest.approx(200.0)


def test_soft_targets():
    """Exercise 2.8: for b in [0, 1] the loss -b log p - (1 - b) log(1 - p) is least, the entropy, at p = b."""
    b = torch.tensor([[0.1, 0.5, 0.8]], dtype=torch.float64)
    z = b.logit().requires_grad_()
    loss = BinaryCrossEntropy()(z, b)
    assert loss.item() == pytest.approx(-(b * b.log() + (1 - b) * (1 - b).log()).sum().item())
    loss.sum().backward()
    torch.testing.assert_close(z.grad, torch.zeros_like(z))


def test_accepted_targets_and_outputs():
    assert BinaryCrossEntropy.targets == ("multilabel", "input")
    image = DataSpec("real", (1, 2, 3), "classes", 3, low=0.0, high=1.0)
    assert BinaryCrossEntropy().takes(image) == "takes multilabel or input; the target of the data is classes"
    assert BinaryCrossEntropy().takes(image.with_input_as_target()) is None
    reason = BinaryCrossEntropy().takes(DataSpec("real", (4,), "real", 1, low=-1.0, high=1.0).with_input_as_target())
    assert reason == "takes inputs in [0, 1]; those of the data are from -1 to 1"
    assert BinaryCrossEntropy().out_features(7) == 7
