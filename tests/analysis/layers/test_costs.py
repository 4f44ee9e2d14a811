import pytest
from nnzoo.analysis.layers.costs import layer_costs
from nnzoo.config.catalogue import cards
from nnzoo.config.overrides import to_overrides
from nnzoo.spec import DataSpec
from nnzoo.training.layer_table import layer_table
from torch import nn

from tests.support.built import built_for
from tests.support.catalogue import small_settings


def test_w15_vgg_d():
    layers = layer_table("vgg_d", (3, 224, 224), 1000)
    assert sum(each.parameters for each in layers) == 138_357_544
    assert sum(each.values for each in layers) == 15_237_608  # Aggarwal 8.4.3 has 93 MB, which is another sum
    assert sum(each.multiplications for each in layers) == 15_470_264_320
    convolutions = [each for each in layers if each.kind.startswith("convolution")]
    assert [each.shape[1] for each in convolutions] == [224] * 2 + [112] * 2 + [56] * 3 + [28] * 3 + [14] * 3
    dense = next(each for each in layers if each.kind == "dense")
    assert dense.multiplications == 102_760_448
    assert dense.parameters / 138_357_544 == pytest.approx(0.7427, abs=1e-4)
    assert [each.shape for each in layers][-4:] == [(512, 7, 7), (4096,), (4096,), (1000,)]


def test_mmds_w4():
    settings = ["model.pattern=CPF", "model.kernel=5", "model.channels=64"]
    image, convolution, pooling, _ = layer_table("conv_pattern", (3, 224, 224), 1, settings)
    assert convolution.shape == (64, 224, 224)
    assert convolution.parameters == 4864 == 64 * 76
    assert pooling.shape == (64, 112, 112)
    assert layer_table("linear", (3, 224, 224), 1)[-1].multiplications == image.values == 150_528


def test_aggarwal_w1():
    _, layer = layer_costs(nn.Sequential(nn.Conv2d(3, 5, 5)), (3, 32, 32))
    assert (layer.shape, layer.parameters, layer.multiplications) == ((5, 28, 28), 380, 75 * 5 * 28 * 28)


def test_lenet5_of_1998():
    layers = {each.name: each for each in layer_table("lenet5_original", (1, 32, 32), 10)}
    assert [each.parameters for each in layers.values()] == [0, 0, 156, 12, 1516, 32, 48120, 10164, 0]
    assert layers["layers.4"].multiplications == 60 * 25 * 100  # 60 connections


@pytest.mark.parametrize(("name", "blocks"), [("gru", 3), ("lstm", 4), ("layer_norm_lstm", 4), ("esn_rnn", 1)])
def test_recurrent_layers_use_their_weights_in_each_step(name, blocks):
    steps, features, units = 28, 28, 5
    layer = layer_table(name, (1, steps, features), 10, [f"model.hidden={units}"])[1]
    assert layer.shape == (steps, units)
    assert layer.multiplications == steps * blocks * units * (features + units)


@pytest.mark.parametrize("name", ["layer_norm_lstm", "scrn", "bgru"])
def test_recurrent_cells_are_one_layer_with_all_their_parameters(name):
    net = built_for(DataSpec("real", (1, 4, 6), "classes", 10, low=0, high=1), f"model={name}")
    layers = layer_table(name, (1, 4, 6), 10)
    assert len({each.name for each in layers}) == len(layers)
    assert sum(each.parameters for each in layers) == sum(each.numel() for each in net.parameters())


def test_dense_layers_of_a_sequence_use_their_weights_in_each_step():
    _, layer = layer_costs(nn.Sequential(nn.Linear(3, 5)), (7, 3))
    assert layer.multiplications == 7 * 3 * 5


def test_transposed_convolutions_use_their_weights_at_each_input_position():
    """As many products as the convolution of which it is the transpose."""
    _, layer = layer_costs(nn.Sequential(nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1)), (3, 6, 8))
    _, forward = layer_costs(nn.Sequential(nn.Conv2d(5, 3, 4, stride=2, padding=1)), layer.shape)
    assert layer.shape == (5, 12, 16)
    assert layer.multiplications == forward.multiplications == 3 * 5 * 4 * 4 * 6 * 8


CONVOLUTIONAL = {card.target: name for name, card in cards().items() if card.family == "convolutional"}


@pytest.mark.parametrize("name", CONVOLUTIONAL.values())
def test_parameters_of_all_networks(name):
    """Each parameter belongs to one layer of the table, and the last layer has as many values as the output.

    Side heads give no output in evaluation, so the table does not list them.
    """
    settings = [line for key, value in small_settings(name).items() for line in to_overrides(f"model.{key}", value)]
    layers = layer_table(name, (2, 32, 32), 10, settings)
    maps, boxes = (target in cards()[name].targets for target in ("class_map", "class_box"))
    target = "class_map" if maps else "class_box" if boxes else "classes"
    spec = DataSpec("real", (2, 32, 32), target, 10, low=0, high=1)
    net = built_for(spec, f"model={name}", *settings)
    counted = [each for name, each in net.named_parameters() if "side_heads" not in name]
    assert sum(each.parameters for each in layers) == sum(each.numel() for each in counted)
    assert layers[-1].values == (10 * 32 * 32 if maps else 4 if boxes else 10)


@pytest.mark.parametrize("name", ["random_mlp", "linear_regression", "autoencoder"])
def test_networks_of_vectors(name):
    """A network that reads its weights when it is made, one of real targets, and one of its inputs."""
    spec = DataSpec("real", (20,), "real" if name == "linear_regression" else "classes", 7, low=0, high=1)
    net = built_for(spec.with_input_as_target() if name == "autoencoder" else spec, f"model={name}")
    layers = layer_table(name, (20,), 7)
    assert sum(each.parameters for each in layers) == sum(each.numel() for each in net.parameters())
    assert layers[-1].values == (20 if name == "autoencoder" else 7)
