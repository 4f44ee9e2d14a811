import numpy as np
import pytest
from nnzoo.data.sequences.mackey_glass import STEPS_PER_UNIT, TRANSIENT, MackeyGlass, solve
from nnzoo.errors import UserError
from scipy.integrate import solve_ivp


def test_until_the_delay_it_is_exponential():
    """While the delayed value is the start s, dx/dt = c - 0.1 x with c = 0.2 s / (1 + s^10)."""
    time, start = np.arange(17 * STEPS_PER_UNIT + 1) / STEPS_PER_UNIT, 1.2
    limit = 0.2 * start / (1 + start**10) / 0.1
    wanted = limit + (start - limit) * np.exp(-0.1 * time)
    assert solve(17, 17, start) == pytest.approx(wanted, abs=1e-10)


def test_by_the_method_of_steps():
    """Interval after interval as an ordinary equation, the delayed value taken from the solution before."""
    tau, before = 17, lambda t: 1.2
    values = solve(4 * tau, tau)
    for k in range(4):
        lag = before

        def slope(t, x, lag=lag):
            past = lag(t - tau)
            return 0.2 * past / (1 + past**10) - 0.1 * x

        first = 1.2 if k == 0 else float(before(k * tau))
        found = solve_ivp(slope, (k * tau, (k + 1) * tau), [first], rtol=1e-11, atol=1e-12, dense_output=True)
        before = lambda t, sol=found.sol: sol(t)[0]  # noqa: E731
        ours = values[k * tau * STEPS_PER_UNIT : (k + 1) * tau * STEPS_PER_UNIT + 1]
        assert ours == pytest.approx(before(np.arange(len(ours)) / STEPS_PER_UNIT + k * tau), abs=1e-7)


def test_stays_at_the_fixed_point():
    """x = 1 gives 0.2 / 2 - 0.1 = 0."""
    assert solve(50, 17, 1.0) == pytest.approx(1.0)


def test_values_of_the_equation():
    values = solve(TRANSIENT + 40, 17)
    series = MackeyGlass(length=10, interval=3, steps=1).series()
    assert series.shape == (10, 1)
    assert series.dtype == np.float64
    assert np.array_equal(series[:, 0], values[STEPS_PER_UNIT * (TRANSIENT + 3 * np.arange(10))])


def test_chaotic_from_17_on():
    """With a delay of 8 it comes back to the same cycle; with 17 to none."""
    for tau, same in ((8, True), (17, False)):
        series = MackeyGlass(length=600, tau=tau).series()[:, 0]
        shifts = [np.abs(series[300:-k] - series[300 + k :]).max() for k in range(10, 120)]
        assert (min(shifts) < 0.05) == same
    assert 0.2 < series.min() < series.max() < 1.4


@pytest.mark.parametrize("name", ["length", "tau", "interval"])
def test_values_out_of_range(name):
    with pytest.raises(UserError, match=f"{name} is 0; it must be at least 1"):
        MackeyGlass(**{name: 0})
