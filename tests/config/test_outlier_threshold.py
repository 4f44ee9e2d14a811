import pytest
from nnzoo.config.outlier_threshold import threshold_quantile
from nnzoo.errors import UserError


@pytest.mark.parametrize(("quantile", "share", "expected"), [(None, None, 0.99), (0.5, None, 0.5), (None, 0.2, 0.8)])
def test_quantile_or_share(quantile, share, expected):
    assert threshold_quantile(quantile, share) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("quantile", "share", "message"),
    [
        (1.5, None, "quantile is 1.5; it must be from 0 to 1"),
        (-0.1, None, "quantile is -0.1"),
        (float("nan"), None, "quantile is nan"),
        (None, 0.0, "share is 0; it is the expected share of outliers, above 0 and below 1"),
        (None, 1.0, "share is 1"),
        (0.9, 0.1, "quantile is 0.9 and share is 0.1; each of them sets the threshold: give one"),
    ],
)
def test_values_out_of_range(quantile, share, message):
    with pytest.raises(UserError, match=message):
        threshold_quantile(quantile, share)
