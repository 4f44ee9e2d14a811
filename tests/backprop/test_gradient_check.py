import numpy as np
import pytest
from nnzoo.backprop import check, ratio


@pytest.mark.parametrize(
    ("exact", "estimate", "expected"),
    [(2.0, 2.0, 0), (0.0, 0.0, 0), (3.0, 1.0, 0.5), (1.0, -1.0, float("inf")), (1.0, 0.0, 1)],
)
def test_ratio(exact, estimate, expected):
    assert ratio(exact, estimate) == expected


def checked(function, at, exact):
    values = np.array([[7.0, at]])
    (found,) = check(lambda: float(function(values[0, 1])), values, np.array([[0.0, exact]]), [1])
    assert values.tolist() == [[7.0, at]]
    return found


def test_correct_gradient_passes():
    found = checked(np.sin, 0.5, np.cos(0.5))
    assert found.passed
    assert not found.kink
    assert found.ratio < 1e-9
    assert found.estimate == pytest.approx(np.cos(0.5))


@pytest.mark.parametrize("factor", [0.0, 0.5, 1 + 1e-5, 2.0, -0.9])
def test_wrong_gradient_fails(factor):
    found = checked(np.sin, 0.5, factor * np.cos(0.5))
    assert not found.passed
    assert found.ratio == pytest.approx(ratio(factor, 1.0), rel=0.01)


def test_rounding_errors_pass():
    assert checked(lambda w: 1000 + 1e-9 * w, 0.5, 0.0).passed


def relu(w):
    return max(w, 0.0)


@pytest.mark.parametrize(("at", "exact"), [(2e-6, 1.0), (-2e-6, 0.0), (0.0, 0.0), (0.0, 1.0), (0.0, 0.5)])
def test_gradients_near_and_at_a_kink(at, exact):
    found = checked(relu, at, exact)
    assert found.passed
    assert found.kink == (exact != 0.5)  # the central difference is exactly halfway


@pytest.mark.parametrize(("at", "exact"), [(2e-6, 0.9), (0.0, 1.1), (0.0, -0.1), (0.5, 0.9)])
def test_wrong_gradient_at_a_kink_fails(at, exact):
    assert not checked(relu, at, exact).passed


def test_non_contiguous_values_are_refused():
    with pytest.raises(AssertionError):
        check(lambda: 0.0, np.asfortranarray(np.ones((2, 2))), np.zeros((2, 2)), [0])
