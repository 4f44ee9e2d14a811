import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from nnzoo.figures.sweeps.marks import BEST
from nnzoo.figures.sweeps.parallel import COLOURMAP, plot_parallel

from .examples import check, done, points, random_search, six_rates


def lines_of(ax) -> tuple[LineCollection, LineCollection]:
    """Return all lines but the best one, and the best one."""
    others, best = (c for c in ax.collections if isinstance(c, LineCollection))
    return others, best


def test_lines_run_through_settings_and_objective() -> None:
    trials = [
        done(0, {"lr": 0.01, "optimizer": "adam"}, 3.0),
        done(1, {"lr": 0.1, "optimizer": "sgd"}, 4.0),
        done(2, {"lr": 1.0, "optimizer": "adam"}, 2.0),
    ]
    figure = check(plot_parallel(trials, "acc", "max", frozenset({"lr"})))
    (ax,) = figure.axes
    others, best = lines_of(ax)
    low, high = 0.04 / 1.08, 1.04 / 1.08
    assert np.allclose(best.get_segments(), [[[0.5, 0], [high, 1], [high, 2]]])
    assert np.allclose(others.get_segments(), [[[high, 0], [low, 1], [low, 2]], [[low, 0], [low, 1], [0.5, 2]]])
    assert np.allclose(others.get_colors()[:, :3], COLOURMAP([0.0, 0.5])[:, :3])
    assert np.allclose(best.get_colors(), to_rgba(BEST))
    assert best.get_linewidths()[0] > others.get_linewidths()[0]
    assert best.get_zorder() > others.get_zorder()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["lr", "optimizer", "acc"]
    assert [text.get_text() for text in ax.texts] == ["0.01", "0.1", "1", "adam", "sgd", "2", "3", "4"]
    places = [(low, 0), (0.5, 0), (high, 0), (low, 1), (high, 1), (low, 2), (0.5, 2), (high, 2)]
    np.testing.assert_allclose([text.xy for text in ax.texts], places, atol=1e-12)
    np.testing.assert_allclose(points(ax, "|"), places, atol=1e-12)
    rows = [line.get_ydata() for line in ax.lines if line.get_marker() == "None"]
    assert rows == [[0, 0], [1, 1], [2, 2]]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (2.45, -0.2))
    (strip,) = ax.images
    assert strip.get_extent() == pytest.approx((low, high, 2.05, 1.95))
    assert strip.get_array()[0, 0] == 0  # the right end is the best
    assert not any(spine.get_visible() for spine in ax.spines.values())
    assert figure.get_suptitle() == "settings and acc of 3 trials\nthick: trial 1 with 4"


def test_low_values_are_dark_where_they_are_better() -> None:
    trials = [done(k, {"lr": k}, value) for k, value in enumerate((1.0, 2.0, 3.0))]
    (ax,) = check(plot_parallel(trials, "loss", "min")).axes
    others, best = lines_of(ax)
    assert np.allclose(others.get_colors()[:, :3], COLOURMAP([0.0, 0.5])[:, :3], atol=0.01)
    assert best.get_segments()[0][0].tolist() == pytest.approx([0.04 / 1.08, 0])
    (strip,) = ax.images
    assert strip.get_array()[0, 0] == 1  # the left end is the best


@pytest.mark.parametrize("n", [2, 60, 1000])
def test_many_lines_are_transparent(n: int) -> None:
    trials = random_search(n)
    figure = check(plot_parallel(trials, "val/loss", "min", frozenset({"optimizer.lr", "model.hidden"})))
    others, _ = lines_of(figure.axes[0])
    finished = sum(trial.status == "done" for trial in trials)
    assert len(others.get_segments()) == finished - 1
    assert f"of {finished} of {n} trials" in figure.get_suptitle() or finished == n
    assert all(alpha <= (0.2 if n == 1000 else 0.9) for alpha in others.get_colors()[:, 3])


def test_twelve_axes_at_most() -> None:
    names = {f"key_{j:02}": j for j in range(14)}
    trials = [done(k, {key: (j * k) % 5 * 10.0**-j for key, j in names.items()}, k / 10) for k in range(8)]
    figure = check(plot_parallel(trials, "acc", "max"))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"key_{j:02}" for j in range(11)] + ["acc"]
    assert "(first 11 of 14 keys)" in figure.get_suptitle()


def test_a_line_has_a_gap_at_a_key_without_a_setting() -> None:
    trials = [done(0, {"lr": 1, "momentum": 0.9}, 2.0), done(1, {"lr": 2}, 1.0), done(2, {"lr": 3}, 3.0)]
    (ax,) = check(plot_parallel(trials, "acc", "max")).axes
    _, best = lines_of(ax)
    (line,) = best.get_paths()
    assert np.isnan(line.vertices[1, 0])
    assert not np.isnan(line.vertices[[0, 2]]).any()


@pytest.mark.parametrize("categories", [6, 15, 60])
def test_labels_of_categories(categories: int) -> None:
    trials = [done(k, {"sizes": f"[{k},{k % 7}]", "name": "x"}, k / 10) for k in range(categories)]
    (ax,) = check(plot_parallel(trials, "acc", "max")).axes
    labels = [text.get_text() for text in ax.texts if text.xy[1] == 0]
    assert len(labels) >= 4
    assert set(labels) <= {trial.params["sizes"] for trial in trials}


def test_six_rates() -> None:
    (ax,) = check(plot_parallel(six_rates(), "val/acc", "max")).axes
    assert len(lines_of(ax)[0].get_segments()) == 5


@pytest.mark.parametrize(("n", "opacity"), [(20, 0.9), (60, 0.5), (600, 0.12)])
def test_the_more_lines_the_more_transparent(n: int, opacity: float) -> None:
    (ax,) = plot_parallel([done(k, {"lr": k}, float(k)) for k in range(n)], "acc", "max").axes
    assert set(lines_of(ax)[0].get_colors()[:, 3]) == {opacity}


@pytest.mark.parametrize(("keys", "height"), [(1, 3.0), (2, 4.0), (11, 8.0)])
def test_axes_are_at_most_1_1_and_at_least_0_6_inches_apart(keys: int, height: float) -> None:
    trials = [done(k, {f"k{j:02}": k for j in range(keys)}, float(k)) for k in range(3)]
    figure = plot_parallel(trials, "acc", "max")
    assert figure.get_figheight() == pytest.approx(height)
    assert figure.get_suptitle() == "settings and acc of 3 trials\nthick: trial 2 with 2"


def test_one_trial_is_in_the_middle_of_a_short_strip() -> None:
    figure = plot_parallel([done(0, {"lr": 1.0}, 5.0)], "acc", "max")
    (ax,) = figure.axes
    assert figure.get_suptitle() == "settings and acc of 1 trial\nthick: trial 0 with 5"
    assert ax.images[0].get_extent() == pytest.approx((0.49, 0.51, 1.05, 0.95))
    assert len(lines_of(ax)[0].get_segments()) == 0
