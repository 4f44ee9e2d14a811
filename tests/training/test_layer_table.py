"""Layers of untrained networks for inputs of a given shape."""

from dataclasses import replace

import pytest
from nnzoo.config.catalogue import cards
from nnzoo.errors import UserError
from nnzoo.training.layer_table import layer_table, spec_for


def test_a_multilayer_perceptron() -> None:
    """784 x 20 + 20 and 20 x 5 + 5 weights."""
    rows = layer_table("mlp", (784,), 5, ["model.hidden=[20]"])
    assert [(row.name, row.parameters) for row in rows if row.parameters] == [("layers.0", 15_700), ("layers.2", 105)]


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("mlp", (6,), ((6,), False, None, "classes", 4)),
        ("lstm", (5, 3), ((3,), True, 5, "classes", 4)),
        ("lenet5", (1, 28, 28), ((1, 28, 28), False, None, "classes", 4)),
    ],
)
def test_specs(name: str, shape: tuple[int, ...], expected: tuple[object, ...]) -> None:
    spec = spec_for(cards()[name], shape, 4)
    assert (spec.shape, spec.sequence, spec.seq_len, spec.target, spec.target_size) == expected
    assert (spec.input, spec.low, spec.high) == ("real", 0.0, 1.0)


def test_inputs_and_targets_that_do_not_fit() -> None:
    card = cards()["lenet5"]
    with pytest.raises(UserError, match=r"^model 'lenet5' takes .*; input is 784, it takes a shape such as 3x224x224$"):
        spec_for(card, (784,), 4)
    with pytest.raises(UserError, match=r"^model 'lenet5' takes .*; input is 5x3, it takes"):
        spec_for(card, (5, 3), 4)
    with pytest.raises(UserError, match=r"^model 'lenet5' predicts context; input=SHAPE is for networks that predict"):
        spec_for(replace(card, targets=("context",)), (1, 28, 28), 4)
    with pytest.raises(UserError, match="it takes a shape such as"):
        spec_for(replace(cards()["mlp"], targets=("class_map",)), (784,), 4)
