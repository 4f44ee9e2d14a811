"""W1: MMDS example 13.1, bit vectors with two consecutive 1s, figures 13.1 and 13.2."""

from itertools import product

import pytest
import torch
from nnzoo.config.files import model_config
from nnzoo.models.threshold_mlp import ThresholdMLP

VECTORS = ["".join(bits) for bits in product("01", repeat=4)]
X = torch.tensor([[float(bit) for bit in vector] for vector in VECTORS])


def variant(name: str) -> ThresholdMLP:
    settings = model_config(name)
    del settings["_target_"]
    return ThresholdMLP(in_features=4, out_features=1, **settings)


@pytest.fixture(params=["threshold_mlp", "threshold_mlp_folded"])
def net(request):
    return variant(request.param)


def fired(net_inputs):
    return {vector for vector, z in zip(VECTORS, net_inputs.tolist(), strict=True) if z > 0}


def test_w1_good_vectors_are_those_with_11(net):
    good = fired(net(X).squeeze(1))
    assert len(good) == 8
    assert good == {vector for vector in VECTORS if "11" in vector}


def test_w1_firing_of_the_hidden_units(net):
    first, second = net.hidden(X).unbind(1)
    assert fired(first) == {"1100", "1101", "1110", "1111", "0110", "0111"}
    assert fired(second) == {"0011", "0111", "1011", "1111"}


def test_w1_net_inputs_of_the_output(net):
    both, one, none = net(X)[[VECTORS.index(v) for v in ("0111", "1100", "1001")], 0].tolist()
    assert (both, one, none) == (1.5, 0.5, -0.5)


def test_w1_folded_thresholds_change_nothing():
    plain, folded = variant("threshold_mlp"), variant("threshold_mlp_folded")
    assert torch.equal(plain.hidden(X), folded.hidden(X))
    assert torch.equal(plain(X), folded(X))


def test_w1_constructor_defaults_are_the_net_of_the_text():
    assert torch.equal(ThresholdMLP(in_features=4, out_features=1)(X), variant("threshold_mlp")(X))
