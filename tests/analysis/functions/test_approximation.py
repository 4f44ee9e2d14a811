from math import pi

import pytest
import torch
from nnzoo.analysis.functions.approximation import max_error, staircase


def wave(x):
    return torch.sin(2 * pi * x)


def test_stairs_of_a_ramp():
    net = staircase(lambda x: x, 3, 0, 4)
    x = torch.tensor([0.0, 0.9, 1.1, 1.9, 2.1, 2.9, 3.1, 4.0], dtype=torch.float64)[:, None]
    assert net(x).squeeze(1).tolist() == [0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5]
    assert max_error(net, lambda x: x, 0, 4) == pytest.approx(0.5)


def test_the_error_falls_as_one_over_units():
    errors = {m: max_error(staircase(wave, m), wave) for m in (7, 15, 31, 63, 127)}
    for m, error in errors.items():
        assert error <= 2 * pi / (2 * (m + 1))
    assert errors[63] / errors[127] == pytest.approx(2, rel=0.01)
    assert errors[127] == pytest.approx(pi / 128, rel=0.001)  # largest slope x half a stair


@pytest.mark.parametrize("given", [(0, 0, 1), (3, 1, 1)])
def test_invalid_arguments_are_refused(given):
    with pytest.raises(ValueError, match="it must be units >= 1 and low < high"):
        staircase(wave, *given)
