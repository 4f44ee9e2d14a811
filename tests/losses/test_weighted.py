import numpy as np
import pytest
import torch
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.weighted import Weighted, class_weights
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight
from torch.nn.functional import cross_entropy


def test_weights_equal_torch_and_scikit_learn() -> None:
    """The weighted sum of torch's cross-entropy; balanced weights as scikit-learn's."""
    generator = torch.Generator().manual_seed(0)
    output, y = torch.randn(50, 3, generator=generator), torch.tensor([0] * 30 + [1] * 15 + [2] * 5)
    weights = class_weights("balanced", (), y.bincount().tolist())
    torch.testing.assert_close(
        weights, torch.tensor(compute_class_weight("balanced", classes=np.arange(3), y=y.numpy())).float()
    )
    output.requires_grad_()
    loss = Weighted(CrossEntropy(), weights)(output, y).sum()
    expected = cross_entropy(output, y, weight=weights, reduction="sum")
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(*(torch.autograd.grad(value, output)[0] for value in (loss, expected)))


def test_optimum_equals_scikit_learn() -> None:
    """A logistic regression with balanced classes, and the gradient of our loss at its solution."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(200, 2, generator=generator, dtype=torch.float64)
    y = (x[:, 0] + torch.randn(200, generator=generator) > 1.2).long()
    judge = LogisticRegression(C=1e6, class_weight="balanced", tol=1e-10, max_iter=1000).fit(x.numpy(), y.numpy())
    w = torch.tensor([*judge.coef_[0], judge.intercept_[0]], requires_grad=True)
    output = (x @ w[:2] + w[2])[:, None]
    Weighted(Logistic(), class_weights("balanced", (), y.bincount().tolist()))(output, y).mean().backward()
    assert w.grad is not None
    assert w.grad.abs().max() < 1e-4


def test_weights_by_class_name() -> None:
    assert class_weights({"rare": 5}, ("common", "rare"), [9, 1]).tolist() == [1, 5]
    assert class_weights([1, 0.5], ("common", "rare"), [9, 1]).tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("balance", "it must be balanced, 2 numbers"),
        ([1], "it must be balanced, 2 numbers"),
        ([1, -1], "at least 0"),
        ([1, float("nan")], "at least 0"),
        ({"rar": 2}, "there is no class 'rar'; the classes are common, rare"),
    ],
)
def test_invalid_weights_are_refused(given: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        class_weights(given, ("common", "rare"), [9, 1])
