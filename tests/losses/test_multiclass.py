"""Multiclass perceptron and Weston-Watkins: against the printed sums and updates, in float64."""

import pytest
import torch
from nnzoo.losses.multiclass.perceptron import MulticlassPerceptron
from nnzoo.losses.multiclass.weston_watkins import WestonWatkins

ONE = torch.tensor([[1.0, 0.5, 2.0]], dtype=torch.float64)  # the example of figure 2.5: three classes


def test_multiclass_perceptron_by_hand():
    """max(max[0, y1 - y2], max[0, y3 - y2]) for the second class."""
    assert MulticlassPerceptron()(ONE, torch.tensor([1])).tolist() == [1.5]
    assert MulticlassPerceptron()(ONE, torch.tensor([2])).tolist() == [0.0]


def test_weston_watkins_by_hand():
    """max[0, y1 - y2 + 1] + max[0, y3 - y2 + 1] for the second class."""
    assert WestonWatkins()(ONE, torch.tensor([1])).tolist() == [1.5 + 2.5]
    assert WestonWatkins()(ONE, torch.tensor([2])).tolist() == [0.0]
    assert WestonWatkins(margin=2.0)(ONE, torch.tensor([2])).tolist() == [1.0 + 0.5]


def plain(output, target, margin=None):
    """The loss of one example and its gradient, by the definition."""
    k, c = len(output), target
    ahead = [output[r] - output[c] + (margin or 0) if r != c else float("-inf") for r in range(k)]
    gradient = [0.0] * k
    if margin is None:
        worst = max(range(k), key=lambda r: ahead[r])
        if ahead[worst] >= 0:  # a tie is an error
            gradient[worst], gradient[c] = 1.0, -1.0
        return max(ahead[worst], 0.0), gradient
    for r in range(k):
        if ahead[r] > 0:
            gradient[r] += 1
            gradient[c] -= 1
    return sum(max(a, 0.0) for a in ahead), gradient


@pytest.mark.parametrize("margin", [None, 1.0, 0.3])
@pytest.mark.parametrize("lead", [(24,), (4, 6)])
def test_value_and_gradient(margin, lead):
    loss = MulticlassPerceptron() if margin is None else WestonWatkins(margin=margin)
    output = torch.randn(*lead, 5, dtype=torch.float64, requires_grad=True)
    target = torch.randint(5, lead)
    values = loss(output, target)
    assert values.shape == lead
    values.sum().backward()
    rows = zip(output.detach().view(-1, 5).tolist(), target.flatten().tolist(), strict=True)
    expected = [plain(*row, margin) for row in rows]
    assert values.flatten().tolist() == pytest.approx([value for value, _ in expected])
    torch.testing.assert_close(output.grad.view(-1, 5), torch.tensor([g for _, g in expected], dtype=torch.float64))
    torch.testing.assert_close(output.grad.sum(-1), torch.zeros(lead, dtype=torch.float64), atol=1e-12, rtol=0)


def test_gradient_at_a_tie_acts_on_two_classes_only():
    output = torch.zeros(1, 4, requires_grad=True)
    MulticlassPerceptron()(output, torch.tensor([2])).sum().backward()
    assert sorted(output.grad[0].tolist()) == [-1.0, 0.0, 0.0, 1.0]
    assert output.grad[0, 2] == -1


@pytest.mark.parametrize("loss", [MulticlassPerceptron(), WestonWatkins()])
def test_bad_input(loss):
    assert loss.out_features(4) == 4
    with pytest.raises(ValueError, match=r"^a target is class 4; the outputs are for classes 0 to 3$"):
        loss(torch.zeros(2, 4), torch.tensor([1, 4]))
    with pytest.raises(ValueError, match=r"^margin is -1\.0; it must be above 0$"):
        WestonWatkins(margin=-1.0)
