import pytest
import torch
from nnzoo.models.threshold_mlp import ThresholdMLP

XOR = {
    "hidden_weights": [[1.0, -1.0], [-1.0, 1.0]],
    "hidden_thresholds": [0.5, 0.5],
    "output_weights": [[1.0, 1.0]],
    "output_thresholds": [0.5],
}


def test_exclusive_or_with_other_weights():
    net = ThresholdMLP(in_features=2, out_features=1, **XOR)
    x = torch.tensor([[[0.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]])
    assert net(x).squeeze(-1).tolist() == [[-0.5, 0.5], [0.5, -0.5]]


def test_unit_does_not_fire_at_its_threshold():
    net = ThresholdMLP(in_features=2, out_features=1, **{**XOR, "hidden_thresholds": [1.0, 1.0]})
    assert net(torch.tensor([[1.0, 0.0]])).item() == -0.5


def test_weights_are_fixed():
    net = ThresholdMLP(in_features=4, out_features=1)
    assert not list(net.parameters())
    assert len(net.state_dict()) == 4
    assert not net.traits.trainable


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"in_features": 5, "out_features": 1}, "are for 4 inputs, but there are 5"),
        ({"in_features": 4, "out_features": 10}, "are for 1 outputs, but 10 are needed"),
    ],
)
def test_wrong_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        ThresholdMLP(**sizes)
