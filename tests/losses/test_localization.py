import pytest
import torch
from nnzoo.losses.localization import Localization
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients


def test_value_and_gradient_by_the_formula():
    torch.manual_seed(0)
    output = torch.randn(5, 3 + 4, dtype=torch.float64, requires_grad=True)
    kind, box = torch.tensor([0, 2, 1, 1, 0]), torch.rand(5, 4, dtype=torch.float64)
    found = Localization(box_weight=2.5)(output, torch.cat([kind[:, None], box], 1))
    scores, borders = output[:, :3], output[:, 3:]
    surprise = scores.exp().sum(1).log() - scores[torch.arange(5), kind]
    assert_close_with_gradients(found, surprise + 2.5 * ((borders - box) ** 2).sum(1), [output])


def test_probabilities_are_those_of_the_classes():
    output = torch.randn(2, 7)
    assert_close(Localization().probabilities(output), torch.softmax(output[:, :3], 1))
    assert Localization().out_features(3) == 7


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_the_weight_is_positive(weight):
    with pytest.raises(ValueError, match=f"^box_weight is {weight}; it must be above 0 and finite$"):
        Localization(box_weight=weight)
