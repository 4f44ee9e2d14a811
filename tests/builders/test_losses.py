import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.rules.perceptron import Perceptron
from nnzoo.tasks.learners.pocket import Pocket
from sklearn.linear_model import LogisticRegression

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
