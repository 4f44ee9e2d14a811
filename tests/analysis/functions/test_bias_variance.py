import pytest
import torch
from nnzoo.analysis.functions.bias_variance import decompose_error, resample_predictions

X = torch.arange(6, dtype=torch.float64)
Y = torch.tensor([0.0, 2.0, 1.0, 5.0, 3.0, 4.0], dtype=torch.float64)


def mean(x, y):
    return lambda at: y.mean().expand(len(at))


def test_parts_by_hand():
    found = decompose_error(torch.tensor([[1.0, 4.0], [3.0, 4.0]]), torch.tensor([0.0, 3.0]), noise=0.5)
    assert found.bias2.tolist() == [4, 1]
    assert found.variance.tolist() == [1, 0]
    assert found.error.tolist() == [5.5, 1.5]


def test_parts_add_up_to_the_mean_error():
    predictions, truth = torch.randn(50, 7, dtype=torch.float64), torch.randn(7, dtype=torch.float64)
    found = decompose_error(predictions, truth)
    torch.testing.assert_close(found.error, (predictions - truth).square().mean(0))  # Aggarwal 4.2.1


def test_variance_of_sample_means():
    at = torch.zeros(2, dtype=torch.float64)
    predictions = resample_predictions(mean, X, Y, at, size=3, samples=4000)
    assert predictions.shape == (4000, 2)
    # drawn without replacement: s^2 / n (1 - n / N), s^2 the unbiased variance of the pool
    assert float(decompose_error(predictions, at).variance[0]) == pytest.approx(
        float(Y.var()) / 3 * (1 - 3 / 6), rel=0.05
    )
    assert float(predictions.mean()) == pytest.approx(2.5, abs=0.05)
    assert torch.equal(predictions, resample_predictions(mean, X, Y, at, size=3, samples=4000))


def test_samples_of_all_data_have_no_variance():
    predictions = resample_predictions(mean, X, Y, X[:1], size=6, samples=5)
    assert predictions.flatten().tolist() == [2.5] * 5


@pytest.mark.parametrize("size", [0, 7])
def test_size_out_of_range_is_refused(size):
    with pytest.raises(ValueError, match=f"size is {size}; it must be from 1 to 6"):
        resample_predictions(mean, X, Y, X, size=size, samples=1)
