import torch
from nnzoo.losses.margin.zero_one import ZeroOne


def test_predicts_the_largest_output():
    output = torch.tensor([[[3.0, 1.0, 2.0], [0.0, 1.0, 5.0]], [[-2.0, -1.0, -3.0], [0.0, 1.0, 0.0]]])
    assert ZeroOne()(output, torch.tensor([[0, 1], [1, 2]])).tolist() == [[0, 1], [0, 1]]


def test_single_output_above_zero_is_class_one():
    output = torch.tensor([[0.5], [0.0], [-2.0], [3.0]])
    assert ZeroOne()(output, torch.tensor([1, 1, 0, 0])).tolist() == [0, 1, 0, 1]


def test_has_no_gradient():
    output = torch.randn(4, 3, requires_grad=True)
    assert not ZeroOne()(output, torch.tensor([0, 1, 2, 0])).requires_grad


def test_two_classes_need_one_output():
    assert [ZeroOne().out_features(n) for n in (2, 3, 10)] == [1, 3, 10]
