import pytest
from nnzoo.figures.sweeps.history import plot_history
from nnzoo.figures.sweeps.trial import Trial, ranked

from .examples import bars, check, done, legend_texts, points, random_search, six_rates, tick_labels


def test_values_and_standard_deviations_by_number() -> None:
    figure = check(plot_history(six_rates(), "val/acc", "max"))
    (ax,) = figure.axes
    values = [trial.value for trial in six_rates()]
    assert points(ax, "o") == list(enumerate(values))
    expected = [(k, value - 0.003, value + 0.003) for k, value in enumerate(values)]
    assert [pytest.approx(bar) for bar in bars(ax)] == expected
    assert points(ax, "*") == [(3, 0.9752)]
    assert [text.get_text() for text in ax.texts] == ["trial 3: 0.9752 ± 0.003"]
    assert legend_texts(figure) == ["trial, ± sd", "best so far", "best"]
    assert figure.get_suptitle() == "val/acc of 6 trials"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("trial", "val/acc")


@pytest.mark.parametrize(("mode", "expected"), [("max", [2, 2, 5, 5]), ("min", [2, 1, 1, 1])])
def test_best_so_far_is_a_step_up_to_the_last_trial(mode: str, expected: list[float]) -> None:
    trials = [done(k, {"lr": k}, value) for k, value in ((4, 5.0), (1, 2.0), (3, 1.0))]  # in any order
    trials += [Trial(6, {"lr": 9}, "pruned", 7.0, None, 1)]  # a value of a pruned trial does not count
    (ax,) = check(plot_history(trials, "loss", mode)).axes
    (line,) = (line for line in ax.lines if line.get_label() == "best so far")
    assert line.get_drawstyle() == "steps-post"
    assert line.get_xdata().tolist() == [1, 3, 4, 6]
    assert line.get_ydata().tolist() == expected


@pytest.mark.parametrize("mode", ["min", "max"])
def test_trials_without_a_result_are_marked_at_the_worse_edge(mode: str) -> None:
    trials = [done(0, {"lr": 1.0}, 0.5), done(1, {"lr": 2.0}, 0.6), done(2, {"lr": 2.0}, float("nan"))]
    trials += [Trial(3 + k, {"lr": 3.0}, s, None, None, 0) for k, s in enumerate(("failed", "pruned", "failed", "odd"))]
    figure = check(plot_history(trials, "loss", mode))
    (ax,) = figure.axes
    marks = {line.get_label(): line for line in ax.lines}
    at = {name: list(marks[name].get_xdata()) for name in ("failed", "pruned", "odd", "no value")}
    assert at == {"failed": [3, 5], "pruned": [4], "odd": [6], "no value": [2]}
    assert set(legend_texts(figure)) == {"trial", "best so far", "best", *at}
    assert marks["failed"].get_ydata()[0] == pytest.approx(0.96 if mode == "min" else 0.04)
    assert marks["failed"].get_transform() == ax.get_xaxis_transform()
    assert len({marks[name].get_marker() for name in at}) == 4


def test_a_loss_over_several_powers_of_ten_has_a_log_scale() -> None:
    losses = [1e-3, 2e-3, 1e-1, 3.0]
    trials = [done(k, {"lr": k}, loss) for k, loss in enumerate(losses)]
    assert check(plot_history(trials, "loss", "min")).axes[0].get_yscale() == "log"
    assert check(plot_history(trials, "acc", "max")).axes[0].get_yscale() == "linear"
    trials.append(done(9, {"lr": 9}, -1.0))
    assert check(plot_history(trials, "loss", "min")).axes[0].get_yscale() == "linear"


def test_a_few_terrible_trials_do_not_flatten_the_others() -> None:
    trials = [done(k, {"lr": k}, 0.9 - 0.01 * k) for k in range(20)] + [done(20, {"lr": 99}, -1e6)]
    figure = check(plot_history(trials, "R2", "max"))
    (ax,) = figure.axes
    assert ax.get_ylim()[0] > 0.5
    assert len(points(ax, "o")) == 20
    (mark,) = (line for line in ax.lines if line.get_label() == "off the scale")
    assert (list(mark.get_xdata()), mark.get_marker()) == ([20], "v")


def test_differences_in_the_sixth_digit() -> None:
    trials = [done(k, {"lr": k}, 0.9712341 + k * 1e-6, 1e-6) for k in range(4)]
    (ax,) = check(plot_history(trials, "acc", "max")).axes
    assert ax.texts[0].get_text() == "trial 3: 0.971237 ± 1e-6"
    labels = tick_labels(ax.yaxis)
    assert len(set(labels)) == len(labels) >= 3
    assert [float(label) for label in labels] == pytest.approx(ax.get_yticks().tolist(), abs=1e-8)


@pytest.mark.parametrize("n", [1, 60, 500])
def test_any_number_of_trials(n: int) -> None:
    trials = random_search(n)
    (ax,) = check(plot_history(trials, "val/loss", "min")).axes
    assert len(points(ax, "o")) >= sum(trial.status == "done" for trial in trials)


@pytest.mark.parametrize(
    ("best", "side"), [(0, "left"), (5, "left"), (6, "center"), (13, "center"), (14, "right"), (19, "right")]
)
@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_text_of_the_best_trial_stays_inside(best: int, side: str, mode: str) -> None:
    sign = 1 if mode == "max" else -1
    trials = [done(k, {"lr": k}, sign * (5.0 if k == best else 1.0 + 0.01 * k)) for k in range(20)]
    (ax,) = check(plot_history(trials, "loss", mode)).axes
    (text,) = ax.texts
    assert text.get_ha() == side
    assert text.get_va() == ("top" if mode == "max" else "bottom")
    assert text.xy == (best, 5 * sign)
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((-0.6, 19.6))
    assert text.xyann == pytest.approx(((best - low) / (high - low), 0.98 if mode == "max" else 0.02))


def test_equal_trials_are_ranked_by_number_and_a_deviation_that_is_not_finite_is_none() -> None:
    trials = [done(3, {}, 1.0), done(1, {}, 1.0, float("nan")), done(2, {}, 2.0, 0.5), done(4, {}, float("inf"))]
    assert [(found.trial.number, found.sd) for found in ranked(trials, "max")] == [(2, 0.5), (1, 0.0), (3, 0.0)]
    assert [found.trial.number for found in ranked(trials, "min")] == [1, 3, 2]


@pytest.mark.parametrize(("n", "room"), [(2, 0.6), (101, 3.0)])
def test_free_space_beside_the_first_and_the_last_trial(n: int, room: float) -> None:
    trials = [done(5 + k, {"lr": k}, float(k)) for k in range(n)]
    (ax,) = plot_history(trials, "acc", "max").axes
    assert ax.get_xlim() == pytest.approx((5 - room, 4 + n + room))
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_points_of_more_than_a_hundred_trials_are_smaller() -> None:
    sizes = []
    for n in (1, 100, 101):
        figure = plot_history([done(k, {"lr": k}, float(k)) for k in range(n)], "acc", "max")
        (dots,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
        sizes.append(dots.get_markersize())
        assert figure.get_suptitle() == ("acc of 1 trial" if n == 1 else f"acc of {n} trials")
    assert sizes[0] == sizes[1] > sizes[2]
