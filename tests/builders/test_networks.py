import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import (
    as_list,
    build_network,
    causal_alternative,
    check_corruption,
    conversions_of_any,
    output_sizes,
)
from nnzoo.builders.own_networks import ANY
from nnzoo.card import Traits
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.layers.corruption import Corruption
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.models.linear import Linear
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import DataSpec

from tests.support.built import built


def test_sizes_come_from_the_data():
    task = built("model=mlp", "model.hidden=[3]", "data.size=8")
    assert [tuple(p.shape) for p in task.net.parameters()] == [(3, 64), (3,), (10, 3), (10,)]
    assert isinstance(task.loss, CrossEntropy)
    reber = built("model=rnn", "data=reber", "model.hidden=2")
    assert reber.net.model.recurrent.cells[0].in_features == reber.net.model.readout.out_features == 7
    assert isinstance(reber.loss, BinaryCrossEntropy)


def test_number_of_outputs_depends_on_the_loss():
    assert built("model=linear", "data=xor").net.model.linear.out_features == 2
    one = built("model=linear", "data=xor", "loss=logistic")
    assert one.net.model.linear.out_features == 1
    assert isinstance(one.loss, Logistic)


def test_size_that_agrees_with_the_data_is_accepted():
    assert built("model=linear", "data=xor", "+model.in_features=2").net.model.linear.in_features == 2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=mlp", "data=iris", "model._target_=nnzoo.models.lenet5.LeNet5"], "^model 'LeNet5' takes images; "),
        (["model=mlp", "data=iris", "loss=hinge", "loss._target_=nnzoo.losses.Huber"], "^loss 'Huber' takes real"),
    ],
)
def test_messages_name_a_replaced_class(overrides, message):
    with pytest.raises(UserError, match=message):
        built(*overrides)


def test_user_defined_network(monkeypatch):
    class Mine(torch.nn.Module):
        traits = Traits(inputs=("vector",), targets=("classes",))

        def __init__(self, *, in_features: int, num_classes: int, width: int = 3) -> None:
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Linear(in_features, width), torch.nn.Linear(width, num_classes))

        def forward(self, x):
            return self.layers(x)

    monkeypatch.setitem(globals(), "Mine", Mine)
    Mine.__module__ = __name__
    config = api.plain(compose(["model=linear", "data=xor"]))
    config |= {"model": {"_target_": f"{__name__}.Mine", "width": 4}, "allow": [__name__], "choices": {}}
    spec = build_data(config).spec
    net = build_network(config, spec, build_loss(config, spec))
    assert [tuple(layer.weight.shape) for layer in net.model.layers] == [(4, 2), (2, 4)]
    logistic = {**config, "loss": {"_target_": "nnzoo.losses.margin.logistic.Logistic"}}
    with pytest.raises(UserError, match="takes 1 output; model 'Mine' gives one for each of 2 classes"):
        build_network(logistic, spec, build_loss(logistic, spec))


def test_weights_depend_only_on_the_seed():
    torch.manual_seed(5)
    one = built("model=linear", "data=xor", "seed=3").net.state_dict()
    torch.manual_seed(6)
    for overrides, equal in ((["seed=3"], True), (["seed=4"], False)):
        other = built("model=linear", "data=xor", *overrides).net.state_dict()
        assert all(torch.equal(v, other[k]) for k, v in one.items()) == equal


@pytest.mark.parametrize("model", ["bgru", "window_mlp"])
def test_a_network_that_is_not_causal_names_the_setting_that_makes_it_so(model):
    config = api.plain(compose([f"model={model}", "data=sines"]))
    data = build_data(config)
    loss = build_loss(config, data.spec)
    with pytest.raises(UserError, match=r" would see the targets in its input; .*; use model\.") as error:
        build_network(config, data.spec, loss)
    config = api.plain(compose([f"model={model}", "data=sines", str(error.value).rpartition("use ")[2]]))
    assert build_network(config, data.spec, loss).causal


def test_noise_must_not_make_unknown_ratings_look_known():
    unknown = DataSpec("real", (4,), "input", 4, partial=True)
    known = DataSpec("real", (4,), "input", 4)
    gaussian, masking = (
        torch.nn.Sequential(Corruption(noise=noise, strength=0.5)) for noise in ("gaussian", "masking")
    )
    check_corruption(gaussian, known)
    check_corruption(masking, unknown)
    with pytest.raises(UserError, match=r"^model\.corruption=gaussian would change unknown ratings, which are 0; "):
        check_corruption(gaussian, unknown)


def test_a_network_that_says_nothing_gets_the_input_as_it_is_and_as_vectors():
    image, vector = DataSpec("real", (1, 2, 3), "classes", 3), DataSpec("real", (5,), "classes", 3)
    varying = DataSpec("real", (5,), "classes", 3, sequence=True)
    assert [form for form, *_ in conversions_of_any(image)] == ["image", "vector"]
    assert [form for form, *_ in conversions_of_any(vector)] == ["vector"]
    assert [form for form, *_ in conversions_of_any(varying)] == ["sequence"]


def test_how_a_network_becomes_causal():
    assert causal_alternative(Traits(inputs=("sequence",), causal=False)) == "model=gru, for example"
    setting = Traits(inputs=("sequence",), causal=("bidirectional", False))
    assert causal_alternative(setting) == "model.bidirectional=false"


def test_sizes_are_compared_as_lists():
    assert as_list((1, 2)) == [1, 2]
    assert (as_list(3), as_list([1])) == (3, [1])


class Fixed(torch.nn.Module):
    """A network with an output for each class."""

    def __init__(self, *, in_features: int, num_classes: int) -> None:
        super().__init__()


def test_sizes_of_the_output():
    spec = DataSpec("real", (4,), "classes", 2)
    config = {"choices": {"loss": "mine", "rule": "theirs", "model": "fixed"}}
    traits = Traits(inputs=("vector",))
    for network, of, loss, outputs in (
        (Linear, traits, Logistic(), 1),
        (Linear, traits, CrossEntropy(), 2),
        (Fixed, traits, CrossEntropy(), 2),
        (Fixed, ANY, Logistic(), 1),
        (Fixed, Traits(inputs=("vector",), trainable=False), Logistic(), 1),
    ):
        sizes = output_sizes(network, of, spec, loss, config)
        assert sizes == {"out_features": outputs, "num_classes": 2, "target_len": None}
    symbols = DataSpec(
        "tokens", (), "sequence", 5, sequence=True, vocabulary=("a", "b"), labels=tuple("!abcd"), target_len=7
    )
    assert output_sizes(Linear, traits, symbols, CrossEntropy(), config)["target_len"] == 7
    for loss, name in ((Logistic(), "loss 'mine'"), (Perceptron(), "rule 'theirs'")):
        with pytest.raises(UserError, match=f"^{name} takes 1 output; model 'fixed' gives one for each of 2 classes$"):
            output_sizes(Fixed, traits, spec, loss, config)
