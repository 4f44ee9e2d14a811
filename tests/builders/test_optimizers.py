import pytest

from tests.support.built import built


@pytest.mark.parametrize(
    ("overrides", "optimizer", "lr"),
    [
        (["model=linear", "rule=perceptron"], "SGD", 0.1),
        (["model=linear", "rule=margin_perceptron"], "SGD", 0.1),
        (["model=linear", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=perceptron", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=mlp", "rule=perceptron", "optimizer.lr=0.5"], "SGD", 0.5),
        (["model=linear", "rule=widrow_hoff", "optimizer=adam"], "Adam", 0.001),
        (["optimizer=adam", "model=perceptron"], "Adam", 0.001),
        (["model=winnow"], "ExponentiatedGradient", 0.693),
        (["model=linear"], "Adam", 0.001),
    ],
)
def test_rule_sets_the_default_optimizer(overrides, optimizer, lr):
    (found,), _ = built(*overrides, "data=iris").configure_optimizers()
    assert (type(found).__name__, found.param_groups[0]["lr"]) == (optimizer, lr)
