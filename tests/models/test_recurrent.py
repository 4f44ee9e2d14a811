import pytest
import torch
from nnzoo.models.recurrent import LSTM, RNN

SIZES = {"in_features": 7, "out_features": 5}


@pytest.mark.parametrize("kind", [RNN, LSTM])
@pytest.mark.parametrize("layers", [1, 2])
def test_an_output_at_every_step_that_later_steps_do_not_change(kind, layers):
    torch.manual_seed(0)
    net = kind(**SIZES, hidden=4, layers=layers)
    x = torch.randn(3, 6, 7)
    padded = torch.cat([x, torch.zeros(3, 2, 7)], 1)
    assert net(padded).shape == (3, 8, 5)
    torch.testing.assert_close(net(padded)[:, :6], net(x))


@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_rows_do_not_mix_and_every_parameter_gets_a_gradient(kind):
    torch.manual_seed(0)
    net = kind(**SIZES)
    x = torch.randn(3, 6, 7, requires_grad=True)
    (grad,) = torch.autograd.grad(net(x)[1].sum(), x)
    assert not grad[[0, 2]].any()
    assert grad[1].any()
    net(x)[:, -1].sum().backward()
    assert all(p.grad.any() for p in net.parameters())


def test_published_sizes():
    def published(gates, inputs, hidden, outputs):
        return gates * (hidden * (inputs + hidden) + hidden) + (hidden + 1) * outputs

    rnn = RNN(in_features=7, out_features=7, hidden=4)
    lstm = LSTM(in_features=7, out_features=7, hidden=20)
    # The second bias of torch is one more parameter for each unit or gate.
    assert sum(p.numel() for p in rnn.parameters()) == published(1, 7, 4, 7) + 4
    assert sum(p.numel() for p in lstm.parameters()) == published(4, 7, 20, 7) + 80


def test_dropout_is_between_layers():
    torch.manual_seed(0)
    net = LSTM(**SIZES, layers=2, dropout=0.5)
    x = torch.randn(2, 3, 7)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))
    with pytest.raises(ValueError, match=r"dropout=0.5 acts between layers, but there is 1"):
        LSTM(**SIZES, dropout=0.5)


@pytest.mark.parametrize("kind", [RNN, LSTM])
def test_a_layer_needs_units(kind):
    with pytest.raises(ValueError, match="hidden_size"):
        kind(**SIZES, hidden=0)
