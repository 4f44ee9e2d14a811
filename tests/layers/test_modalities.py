import pytest
import torch
from nnzoo.layers.modalities import MissingModalities

NAN = float("nan")


def test_missing_modalities_are_zero():
    x = torch.tensor([[1.0, 2.0, 3.0], [NAN, NAN, 3.0], [1.0, NAN, 3.0], [1.0, 2.0, NAN]])
    found = MissingModalities(sizes=[2, 1], drop=0.9).eval()(x)
    assert found.tolist() == [[1, 2, 3], [0, 0, 3], [0, 0, 3], [1, 2, 0]]


def test_one_modality_is_dropped_in_training():
    torch.manual_seed(0)
    found = MissingModalities(sizes=[2, 1], drop=0.3)(torch.ones(20000, 3))
    kept = found[:, ::2]  # of the first and of the second modality
    assert torch.equal(found[:, 0], found[:, 1])
    assert kept.any(1).all()
    shares = (kept == 0).double().mean(0)
    torch.testing.assert_close(shares, torch.full((2,), 0.15, dtype=torch.float64), atol=0.01, rtol=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": [], "drop": 0.5}, "a single modality; head=joint_reconstruction adds"),
        ({"sizes": [2, 1], "drop": 1.5}, "drop is 1.5; it must be from 0 to 1"),
    ],
)
def test_invalid_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        MissingModalities(**settings)
