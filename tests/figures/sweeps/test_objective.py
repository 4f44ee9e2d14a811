"""The axis of the objective: which trials can be seen, and its limits."""

import pytest
from matplotlib.figure import Figure
from nnzoo.figures.sweeps.objective import BEYOND, Objective, metric_name, objective_of, set_objective_axis
from nnzoo.figures.sweeps.scale import Scale
from nnzoo.figures.sweeps.trial import Mode, Result, Trial

from .examples import done, tick_labels


def objective(values: list[tuple[float, float]], mode: Mode, kind: str = "linear") -> Objective:
    """Return an objective with pairs of a value and a standard deviation, best first."""
    results = [Result(done(k, {}, value), value, sd) for k, (value, sd) in enumerate(values)]
    return Objective(results, [], Scale(kind), mode)


@pytest.mark.parametrize(("worst", "seen"), [(40.0, 5), (39.0, 4)])  # the range of the best three quarters is 3
def test_values_beyond_twenty_times_the_usual_range_are_off_the_scale(worst: float, seen: int) -> None:
    trials = [done(k, {}, value) for k, value in enumerate((97.0, worst, 99.0, 100.0, 98.0))]
    trials.insert(0, Trial(9, {}, "failed", None, None, 0))
    found = objective_of(trials, "max")
    assert [result.value for result in found.results] == [100, 99, 98, 97, 40][:seen]
    beyond = [(trials[2], BEYOND)] if seen == 4 else []
    assert found.others == [(trials[0], "failed"), *beyond]


def test_equal_values_do_not_push_others_off_the_scale() -> None:
    found = objective_of([done(k, {}, value) for k, value in enumerate((5.0, 5.0, 5.0, 5.0, 1.0))], "max")
    assert (len(found.results), found.others) == (5, [])


@pytest.mark.parametrize(
    ("values", "mode", "kind", "limits"),
    [
        ([(3.0, 0.5), (1.0, 5.0)], "max", "linear", (0 - 0.35, 3.5 + 0.7)),  # 5 is cut to half of the range, 1
        ([(1.0, 5.0), (3.0, 0.5)], "min", "linear", (0 - 0.7, 3.5 + 0.35)),
        ([(2.0, 0.5)], "max", "linear", (1.5 - 0.1, 2.5 + 0.2)),
        ([(1.0, 2.0), (100.0, 0.0)], "min", "log", (10**-0.4, 10**2.2)),  # 1 - 2 has no logarithm
        ([(1.0, 0.5), (500.0, 0.0)], "min", "log", (10**-0.9, 10**3.0)),
    ],
)
def test_limits_have_the_standard_deviations_and_free_space(
    values: list[tuple[float, float]], mode: Mode, kind: str, limits: tuple[float, float]
) -> None:
    assert objective(values, mode, kind).limits(worse=0.1, better=0.2) == pytest.approx(limits, rel=1e-2)


@pytest.mark.parametrize(
    ("others", "labelled", "limits"),
    [(False, False, (-0.06, 1.06)), (True, False, (-0.14, 1.06)), (False, True, (-0.06, 1.18))],
)
def test_marks_and_labels_have_their_space(others: bool, labelled: bool, limits: tuple[float, float]) -> None:
    found = objective([(1.0, 0.0), (0.0, 0.0)], "max")
    if others:
        found = found._replace(others=[(Trial(9, {}, "failed", None, None, 0), "failed")])
    ax = Figure().subplots()
    labels = set_objective_axis(ax, found, labelled=labelled)
    assert ax.get_ylim() == pytest.approx(limits)
    assert labels == tick_labels(ax.yaxis)
    assert [float(label) for label in labels] == pytest.approx(list(ax.get_yticks()))
    assert {0, 1} <= {*ax.get_yticks().round(6)}
    assert ax.get_yscale() == "linear"


def test_the_best_value_has_enough_digits_to_differ_from_the_next() -> None:
    assert objective([(0.9712341, 0.01), (0.9712369, 0.0), (0.1, 0.0)], "min").best_text == "0.971234 ± 0.01"
    assert objective([(0.5, 0.0)], "max").best_text == "0.5"
    assert (metric_name("x" * 40), metric_name("val/$")) == ("x" * 28 + "…", r"val/\$")
