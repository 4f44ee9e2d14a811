import pytest
import torch
from nnzoo.layers.linear.threshold import ThresholdUnits


def test_pre_activations_by_hand():
    units = ThresholdUnits(in_features=2, weights=[[1.0, 2.0], [0.0, -1.0]], thresholds=[2.5, 0.0])
    assert units(torch.tensor([[1.0, 1.0], [0.0, 3.0]])).tolist() == [[0.5, -1.0], [3.5, -3.0]]


def test_last_weight_belongs_to_a_constant_input():
    units = ThresholdUnits(in_features=2, weights=[[1.0, 2.0, -2.5]], thresholds=[])
    assert units(torch.tensor([[[1.0, 1.0], [0.0, 3.0]]])).tolist() == [[[0.5], [3.5]]]


@pytest.mark.parametrize(("thresholds", "fits"), [([0.5], 3), ([], 2)])
def test_wrong_number_of_inputs_is_refused(thresholds, fits):
    with pytest.raises(ValueError, match=f"are for {fits} inputs, but there are 5"):
        ThresholdUnits(in_features=5, weights=[[1.0, 2.0, 3.0]], thresholds=thresholds)


def test_wrong_number_of_thresholds_is_refused():
    with pytest.raises(ValueError, match="2 thresholds are given for 1 units"):
        ThresholdUnits(in_features=1, weights=[[1.0]], thresholds=[0.0, 1.0])
