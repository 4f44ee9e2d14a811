"""Against the means of NumPy."""

import numpy as np
import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import Center

X = torch.rand(40, 2, 3, 4, generator=torch.Generator().manual_seed(0)) + 100


@pytest.mark.parametrize(("per", "axes"), [("feature", 0), ("channel", (0, 2, 3))])
def test_means_of_the_training_split(per, axes):
    transform = Center(per=per)
    transform.fit(lambda: iter(X.split(7)))
    wanted = X.double().numpy() - X.double().numpy().mean(axes, keepdims=True)
    np.testing.assert_allclose(transform.apply(X), wanted, atol=1e-4)
    torch.testing.assert_close(transform.inverse(transform.apply(X)), X)
    assert transform.output_spec(DataSpec("real", (2, 3, 4), "classes", 3, low=0.0, high=1.0)).low == float("-inf")


def test_channels_are_for_images():
    with pytest.raises(ValueError, match="per=channel, which is for images"):
        Center(per="channel").check(DataSpec("real", (4,), "classes", 3))
