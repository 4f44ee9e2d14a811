import pytest
import torch
from nnzoo.models.recurrent.esn import ESN
from nnzoo.models.recurrent.rnn import RNN

from tests.support.padding import assert_padding_has_no_effect

SIZES = {"in_features": 2, "out_features": 3}


def made(kind=ESN, **settings):
    torch.manual_seed(0)
    return kind(**{**SIZES, "hidden": 30, **settings})


def test_only_the_readout_is_trainable():
    net = made()
    assert {name for name, _ in net.named_parameters()} == {"readout.weight", "readout.bias"}
    net(torch.randn(4, 9, 2)).square().sum().backward()
    assert net.readout.weight.grad.any()
    assert len(list(made(trainable=True).parameters())) == 5


@pytest.mark.parametrize("per_step", [False, True])
def test_padding_and_rows(per_step):
    assert_padding_has_no_effect(made(per_step=per_step), 2, per_step=per_step)


def test_segments_with_carried_state_equal_the_whole_sequence():
    net = made(spectral_radius=0.9)
    x = torch.randn(3, 7, 2)
    first, state = net.run(x[:, :3])
    torch.testing.assert_close(torch.cat([first, net.run(x[:, 3:], state=state)[0]], 1), net(x))


def test_weights_load_into_a_recurrent_network():
    net, rnn = made(), made(RNN)
    rnn.load_state_dict(net.state_dict())
    x = torch.randn(3, 7, 2)
    torch.testing.assert_close(net(x), rnn(x))


def test_values_out_of_range_are_refused():
    with pytest.raises(ValueError, match="groups is 4; it must divide the 30 units"):
        made(groups=4)
