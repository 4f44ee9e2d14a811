"""Name patterns of frozen layers, and the mode of layers with running statistics."""

from copy import deepcopy

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.layers.names import beginnings, matches, with_layers
from torch import nn

from tests.support.built import built

MLP = ("model=mlp", "data=iris", "model.hidden=[4,3]", "model.norm=batch")
FIRST = ["layers.0.weight", "layers.1.weight", "layers.1.bias"]  # without a bias before the normalization


def frozen(task):
    return [name for name, p in task.net.model.named_parameters() if not p.requires_grad]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("layers.0", FIRST[:1]),
        ("layers.[01]", FIRST),
        ("layers.1.bias", FIRST[2:]),
        ("*.bias", [f"layers.{i}.bias" for i in (1, 4, 6)]),
    ],
)
def test_a_pattern_is_of_layers_or_of_parameters(pattern, names):
    assert frozen(built(*MLP, f"freeze=['{pattern}']")) == names


def test_names():
    assert beginnings("layers.0.weight") == ["layers", "layers.0", "layers.0.weight"]
    assert matches("layers.10.weight", "layers.1*")
    assert not matches("layers.10.weight", "layers.1")
    assert with_layers(["a.b", "a.c"]) == ["a", "a.b", "a.c"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["freeze=[layer.0]"], r"^unknown layer or parameter in freeze 'layer\.0'; did you mean 'layers\.0'\?$"),
        (
            ["freeze=[layers.2]"],
            r"^freeze: 'layers\.2' has no effect: what it matches has no parameters; leave it out$",
        ),
        (["freeze=[layers.0,'*.0.weight']"], r"^freeze: '\*\.0\.weight' has no effect: all that it matches is frozen"),
        (["freeze=[layers]"], r"^freeze=\[layers\] leaves no parameter to train"),
        (
            ["update_frozen_statistics=true"],
            "^update_frozen_statistics=true has no effect: nothing is frozen; leave it out$",
        ),
        (
            ["freeze=[layers.0]", "update_frozen_statistics=true"],
            "has no effect: no frozen layer has running statistics",
        ),
        (
            ["freeze=['*.weight']", "update_frozen_statistics=true"],
            "has no effect: no frozen layer has running statistics",
        ),
        (["freeze=[layers.0]", "model=ridge"], "^freeze has no effect with task 'ridge'; leave it out$"),
    ],
)
def test_patterns_without_effect_are_refused(overrides, message):
    model = [line for line in MLP if not line.startswith("model") or "model=ridge" not in overrides]
    with pytest.raises(UserError, match=message):
        built(*model, *overrides)


def test_tasks_that_would_change_frozen_layers_refuse_them():
    with pytest.raises(UserError, match=r"^freeze=\[hidden\.bias\]: a local rule sets initial weights from the data"):
        built("model=rbm", "data=digits", "data.size=8", "freeze=[hidden.bias]")
    with pytest.raises(UserError, match=r"^freeze=\[readout\]: the last layer is solved for before training; leave"):
        built("model=esn_rnn", "data=sines", "task=ridge_start", "freeze=[readout]")
    with pytest.raises(UserError, match=r"^freeze=\[generator\]: generator and discriminator both need a parameter"):
        built("model=gan", "data=ring", "freeze=[generator]")
    assert frozen(built("model=gan", "data=ring", "freeze=[generator.layers.0]")) == [
        "generator.layers.0.weight",
        "generator.layers.0.bias",
    ]


def test_frozen_statistics_stay_in_evaluation_mode():
    net = built(*MLP, "freeze=['layers.[01]']").net
    for each in (net, deepcopy(net)):
        norm, other = each.model.layers[1], each.model.layers[4]
        for mode in (True, False, True):
            each.train(mode)
            assert (norm.training, other.training) == (False, mode)
    x, linear, norm = torch.randn(5, 4), net.model.layers[0], net.model.layers[1]
    seen = []
    with norm.register_forward_hook(lambda _, __, output: seen.append(output)):
        net(x)
    expected = nn.functional.batch_norm(linear(x), norm.running_mean, norm.running_var, norm.weight, norm.bias)
    torch.testing.assert_close(seen[0], expected)
    assert built(*MLP, "freeze=[layers.1]", "update_frozen_statistics=true").net.model.layers[1].training


def test_a_single_example_suffices_for_frozen_batch_normalization():
    one = ("loader.batch_size=1",)
    with pytest.raises(UserError, match="batch normalization needs at least two examples"):
        built(*MLP, *one)
    built(*MLP, *one, "freeze=['layers.[14]']")


def test_projection_leaves_frozen_weights():
    task = built("model=nmf", "data=digits", "data.size=8", "freeze=[decoder]")
    assert len(task.after_step) < len(built("model=nmf", "data=digits", "data.size=8").after_step)
