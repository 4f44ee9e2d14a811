import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.losses import check_function_loss, function_loss, is_log_probability, needs_frequencies
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.losses.function import FunctionLoss
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec
from nnzoo.tasks.learners.pocket import Pocket
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from tests.support.built import built


def test_advice_for_a_rule_works():
    assert isinstance(built("model=perceptron", "loss=hinge", "~rule").loss, Hinge)
    assert isinstance(built("model=perceptron", "head=classification", "~rule").loss, CrossEntropy)


def test_model_configs_set_loss_or_rule():
    assert isinstance(built("model=linear_svm").loss, Hinge)
    assert isinstance(built("model=logistic_regression", "loss=hinge").loss, Hinge)  # overrides the config
    pocket = built("model=pocket", "data=xor")
    assert isinstance(pocket, Pocket)
    assert isinstance(pocket.loss, Perceptron)
    assert not any(p.any() for p in pocket.net.parameters())
    assert pocket.net.model.linear.out_features == 1


@pytest.mark.parametrize(
    ("sizes", "given", "sklearns"),
    [
        ((120, 20), "balanced", "balanced"),
        ((120, 30, 10), "balanced", "balanced"),
        ((120, 30, 10), "[1,4,2]", {0: 1, 1: 4, 2: 2}),
    ],
)
def test_class_weights_agree_with_scikit_learn(sizes, given, sklearns):
    """At the minimum of the weighted loss, for overlapping classes of different sizes."""
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(k, 1.2, (n, 2)) for k, n in enumerate(sizes)])
    y = np.repeat(range(len(sizes)), sizes)
    model = "softmax_regression" if len(sizes) > 2 else "logistic_regression"
    own = ["data=array", "data.path=null", "data.val=0", "data.standardize=false", "loader.batch_size=1000"]
    how = ["optimizer=sgd", "optimizer.lr=1", f"class_weight={given}", "trainer.accelerator=cpu"]
    config = api.plain(compose([f"model={model}", *own, *how]))
    data = build_data(config, (x, y, x, y))
    task, (batch,) = build_task(config, data), data.train_loader(batch_size=1000)
    (optimizer,), _ = task.configure_optimizers()
    for _ in range(1500):
        task.update(batch, optimizer)
    theirs = LogisticRegression(class_weight=sklearns, C=np.inf, tol=1e-10, max_iter=1000).fit(x, y)
    found = task.loss.probabilities(task.net(torch.tensor(x, dtype=torch.float32), None))
    np.testing.assert_allclose(found.detach(), theirs.predict_proba(x), atol=2e-4)


def test_a_rule_is_derived_from_rule() -> None:
    with pytest.raises(UserError, match=r"^rule is nnzoo.losses.margin.hinge.Hinge, which is not derived from .*Rule"):
        built("model=mlp", "data=iris", "rule=nnzoo.losses.margin.hinge.Hinge")


REAL = DataSpec("real", (4,), "real", 2)
CLASSES = DataSpec("real", (4,), "classes", 3)
STEPS = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)


class Net(nn.Module):
    """A network that takes a mask and draws random numbers."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(4, outputs)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return self.layer(x) + torch.rand(())


def tried(function: Callable[..., Any], spec: DataSpec) -> None:
    config = {"choices": {"loss": "own"}}
    net = Net(spec.target_size)
    state = torch.get_rng_state()
    try:
        check_function_loss(config, spec, FunctionLoss(function), net)
    finally:
        assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("function", "spec"),
    [
        (nn.CrossEntropyLoss(), CLASSES),
        (nn.CrossEntropyLoss(), STEPS),
        (lambda output, target: nn.NLLLoss()(output.log_softmax(-1), target), CLASSES),
        (mse_loss, REAL),
        (lambda output, target: mse_loss(output, target).reshape(1), REAL),
        (lambda output, target: 0 * output.sum(), REAL),
    ],
)
def test_functions_that_return_the_mean(function: Callable[..., Any], spec: DataSpec) -> None:
    tried(function, spec)


@pytest.mark.parametrize(
    ("function", "spec", "message"),
    [
        (
            lambda output, target: mse_loss(output, target, reduction="sum"),
            REAL,
            "returns the sum over the examples; it must return the mean",
        ),
        (
            lambda output, target: mse_loss(output, target, reduction="none"),
            REAL,
            r"returns a tensor \[3, 2\] for outputs \[3, 2\] and targets \[3, 2\]; it must return one number, the mean",
        ),
        (lambda output, target: 3.0, REAL, r"returns a float for outputs \[3, 2\] and targets \[3, 2\]; it must"),
        (
            lambda output, target: mse_loss(output.detach(), target),
            REAL,
            "has no gradient with respect to the outputs; compute it with torch functions",
        ),
        (
            lambda output, target: target.mean().requires_grad_(),
            REAL,
            "has no gradient with respect to the outputs; compute it with torch functions",
        ),
        (
            nn.NLLLoss(),
            CLASSES,
            "takes log-probabilities, and the exponentials of the outputs do not sum to 1; use loss=cross_entropy",
        ),
        (mse_loss, CLASSES, r"fails for outputs \[4, 3\] and targets \[4\]: .*"),  # not 3 examples of 3 classes
        (lambda output, target: 1 / 0, REAL, r"fails for outputs \[3, 2\] and targets \[3, 2\]: .*division by zero"),
    ],
)
def test_functions_that_do_not(function: Callable[..., Any], spec: DataSpec, message: str) -> None:
    with pytest.raises(UserError, match=rf"^loss 'own' {message}"):
        tried(function, spec)


def test_steps_of_padding_are_left_out() -> None:
    seen: list[int] = []
    tried(lambda output, target: seen.append(len(output)) or cross_entropy(output, target), STEPS)
    real = int(STEPS.fake_batch(4, torch.Generator().manual_seed(0)).mask.sum())
    assert seen == [real, 2 * real]


def test_a_loss_of_nnzoo_is_not_tried() -> None:
    check_function_loss({}, CLASSES, CrossEntropy(), nn.Identity())


def test_log_probabilities() -> None:
    right = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log()
    assert is_log_probability(right)
    assert is_log_probability(right.double())
    for wrong in (right + 0.01, right - 0.01, torch.cat([right, torch.zeros(1, 2)])):
        assert not is_log_probability(wrong)


def test_a_loss_with_weights_to_learn_is_refused() -> None:
    assert function_loss(nn.CrossEntropyLoss(weight=torch.ones(3))).name == "CrossEntropyLoss"
    frozen = nn.PReLU().requires_grad_(False)
    assert function_loss(frozen).function is frozen
    with pytest.raises(UserError, match=r"^loss 'PReLU' has weights; only those of the network are trained$"):
        function_loss(nn.PReLU())


def test_which_losses_take_the_frequencies() -> None:
    for node, expected in ((None, False), ({}, False), ({"frequencies": "data"}, True), ({"frequencies": [1]}, False)):
        assert needs_frequencies(node) is expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["data=noisy_curve", "class_weight=balanced"], "class_weight=balanced is for classification losses, not for "),
        (
            ["data=iris", "rule=perceptron", "class_weight=[1,2,3]"],
            r"class_weight=\[1, 2, 3\] is for .* not for rules$",
        ),
        (["data=iris", "loss=torch.nn.CrossEntropyLoss", "class_weight=balanced"], " function 'CrossEntropyLoss'$"),
        (["data=iris", "class_weight=[1,2]"], "^class_weight is "),
    ],
)
def test_class_weights_are_for_losses_of_classes(settings: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built("model=linear", *settings)


def test_targets_are_not_broadcast() -> None:
    """Of which torch only warns."""
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(UserError, match=r"^loss 'own' fails for outputs \[3, 2\] and .*: .*Using a target size"),
    ):
        tried(lambda output, target: mse_loss(output, target[:, :1]), REAL)


def test_inputs_out_of_the_range_of_a_loss_are_named() -> None:
    message = r"^loss 'bce' takes inputs in \[0, 1\]; those of the data are not; transforms=unit_interval scales them"
    with pytest.raises(UserError, match=message):
        built("model=autoencoder", "data=iris", "loss=bce")
