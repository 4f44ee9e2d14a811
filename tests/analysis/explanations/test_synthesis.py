import pytest
import torch
from nnzoo.analysis.explanations.inversion import invert_features, total_variation
from nnzoo.analysis.explanations.synthesis import synthesize

WEIGHT = torch.randn(2, 3, 4, 4, dtype=torch.float64)


def test_o15_linear_score_approaches_w_over_two_decay(float64):
    def score(x):
        return (x * WEIGHT).sum((1, 2, 3))

    found = synthesize(score, (2, 3, 4, 4), decay=0.1, lr=0.5, steps=400)
    torch.testing.assert_close(found, WEIGHT / 0.2)
    torch.testing.assert_close(synthesize(score, (2, 3, 4, 4), decay=0.1, lr=0.5, steps=1), 0.5 * WEIGHT)  # eq. 8.4


def test_score_of_a_network_grows():
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(inplace=True), torch.nn.Flatten(), torch.nn.Linear(64, 2)
    )
    before = [parameter.clone() for parameter in net.parameters()]
    found = synthesize(lambda x: net(x)[:, 1], (1, 1, 6, 6), decay=0.01)
    assert net(found)[0, 1] > net(torch.zeros(1, 1, 6, 6))[0, 1] + 1
    assert all(torch.equal(*each) for each in zip(before, net.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in net.parameters())


def test_inversion_of_invertible_features_returns_the_image():
    x = torch.rand(2, 1, 5, 5)
    mixing = torch.linalg.qr(torch.randn(25, 25)).Q
    found = invert_features(lambda x: x.flatten(1) @ mixing, x, decay=0, smoothness=0)
    torch.testing.assert_close(found, x, atol=0.02, rtol=0)


def test_penalties_shrink_and_smooth_the_image():
    x = torch.rand(1, 1, 5, 5)
    plain, small, smooth = (
        invert_features(lambda x: x, x, decay=decay, smoothness=smoothness)
        for decay, smoothness in ((0, 0), (0.1, 0), (0, 0.1))
    )
    assert small.norm() < 0.95 * plain.norm()
    assert total_variation(smooth) < 0.5 * total_variation(plain)


def test_total_variation_by_hand():
    assert total_variation(torch.tensor([[[[1.0, 3.0], [0.0, 4.0]]]])).tolist() == [4 + 16 + 1 + 1]


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="decay is -1"):
        synthesize(lambda x: x.sum((1, 2, 3)), (1, 1, 2, 2), decay=-1)
    with pytest.raises(ValueError, match="steps is 0"):
        invert_features(lambda x: x, torch.rand(1, 1, 2, 2), steps=0)
