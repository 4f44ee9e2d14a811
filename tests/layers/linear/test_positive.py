import torch
from nnzoo.layers.linear.positive import PositiveLinear


def test_weights_stay_positive():
    torch.manual_seed(0)
    layer = PositiveLinear(in_features=3, out_features=2).double()
    x = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    weights = layer.log_weight.detach().exp()
    assert (weights > 0).all()
    torch.testing.assert_close(layer(x), x @ weights.T)
    layer(x).sum().backward()
    torch.testing.assert_close(layer.log_weight.grad, weights * x)  # d(e^v x)/dv = e^v x
    for _ in range(100):
        with torch.no_grad():
            layer.log_weight -= 1.0
    assert (layer(torch.eye(3, dtype=torch.float64)) > 0).all()


def test_initial_weights():
    torch.manual_seed(0)
    weights = PositiveLinear(in_features=400, out_features=400)(torch.eye(400))
    assert abs(weights.median().item() - 0.05) < 0.001
