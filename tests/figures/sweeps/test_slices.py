from itertools import product

import pytest
from nnzoo.figures.sweeps.slices import plot_slices
from nnzoo.figures.sweeps.trial import Trial
from nnzoo.figures.sweeps.winner import setting_texts, side_by_side

from .examples import ACCURACIES, RATES, bars, check, done, legend_texts, points, random_search, six_rates, tick_labels

LOG = frozenset({"optimizer.lr", "model.hidden"})


def test_one_key_says_which_setting_is_best_and_by_how_much() -> None:
    figure = check(plot_slices(six_rates(), "val/acc", "max"))
    (ax,) = figure.axes
    assert figure.get_suptitle() == "val/acc by optimizer.lr: mean ± sd of 3 runs\nbest: 0.03, ahead of 0.01 by 0.0032"
    pairs = list(zip(RATES, ACCURACIES, strict=True))
    assert sorted(points(ax, "o")) == pairs
    assert sorted(bars(ax)) == [(x, pytest.approx(y - 0.003), pytest.approx(y + 0.003)) for x, y in pairs]
    assert points(ax, "*") == [(0.03, 0.9752)]
    assert {(text.xy, text.get_text()) for text in ax.texts} == {
        ((0.03, 0.9752), "0.9752 ± 0.003"),
        ((0.01, 0.972), "0.972 ± 0.003"),
    }
    (line,) = (line for line in ax.lines if line.get_label() == "best of a setting")
    assert [tuple(pair) for pair in line.get_xydata().tolist()] == pairs
    assert legend_texts(figure) == ["trial, ± sd", "best"]
    assert ax.get_xscale() == "log"  # the rates are evenly spaced by their logarithm
    assert tick_labels(ax.xaxis) == ["0.0001", "0.001", "0.01", "0.03", "0.1", "1"]
    assert ax.get_xlabel() == "lr"


@pytest.mark.parametrize(("best", "second"), [(0, 1), (5, 4), (3, 2), (0, 5)])
def test_labels_of_the_best_two_do_not_cover_each_other(best: int, second: int) -> None:
    values = {best: 0.2, second: 0.2012345}
    trials = [done(k, {"lr": rate}, values.get(k, 0.3), 0.0123) for k, rate in enumerate(RATES)]
    (ax,) = check(plot_slices(trials, "a", "min")).axes
    assert {text.xy[0] for text in ax.texts} == {RATES[best], RATES[second]}


def test_labels_side_by_side() -> None:
    for first, second in product(range(0, 300, 20), range(5, 300, 40)):
        one, other = side_by_side([first, second], 100, 300)
        assert abs(one - other) >= 100
        assert (one < other) == (first < second)
        assert 50 <= min(one, other) <= max(one, other) <= 250


def test_runner_up_has_another_setting() -> None:
    values = {0: ("a", 3.0), 1: ("b", 1.0), 2: ("a", 2.5), 3: ("b", 2.0)}
    trials = [done(k, {"optimizer": name}, value) for k, (name, value) in values.items()]
    figure = check(plot_slices(trials, "acc", "max"))
    assert figure.get_suptitle() == "acc by optimizer\nbest: a, ahead of b by 1"
    assert check(plot_slices(trials[:1], "acc", "max")).get_suptitle() == "acc by optimizer\nbest: a"
    tied = [done(k, {"optimizer": name}, 2.0) for k, name in enumerate("ab")]
    assert check(plot_slices(tied, "acc", "max")).get_suptitle() == "acc by optimizer\nbest: a, as good as b"


def test_one_small_axis_for_each_key() -> None:
    trials = random_search(60)
    figure = check(plot_slices(trials, "val/loss", "min", LOG))
    assert [ax.get_xlabel() for ax in figure.axes] == ["lr", "hidden", "activation", "dropout"]
    assert [ax.get_xscale() for ax in figure.axes] == ["log", "log", "linear", "linear"]
    finished = [trial for trial in trials if trial.status == "done"]
    best = min(finished, key=lambda trial: trial.value or 0.0)
    for ax, key in zip(figure.axes, trials[0].params, strict=True):
        categories = list(dict.fromkeys(trial.params[key] for trial in trials))
        place = categories.index if key == "model.activation" else float
        (dots,) = (line for line in ax.lines if line.get_marker() == "o" and line.get_label() != "running")
        expected = [(place(trial.params[key]), trial.value) for trial in finished]
        assert sorted(map(tuple, dots.get_xydata().tolist())) == sorted(expected)
        assert points(ax, "*") == [(place(best.params[key]), best.value)]
    assert {"pruned", "failed", "diverged", "running", "best of a setting"} <= set(legend_texts(figure))
    assert tick_labels(figure.axes[2].xaxis) == list(dict.fromkeys(t.params["model.activation"] for t in trials))
    assert f"best: trial {best.number} with {best.value:.4g}" in figure.get_suptitle()
    (line,) = (line for line in figure.axes[1].lines if line.get_label() == "best of a setting")
    assert line.get_xdata().tolist() == [16, 32, 64, 128, 256]
    for hidden, value in line.get_xydata().tolist():
        assert value == min(trial.value or 0.0 for trial in finished if trial.params["model.hidden"] == hidden)


def test_more_than_twelve_keys() -> None:
    trials = [done(k, {f"key_{j:02}": (j * k) % 7 for j in range(15)}, k / 10) for k in range(8)]
    figure = check(plot_slices(trials, "acc", "max"))
    assert [ax.get_xlabel() for ax in figure.axes] == [f"key_{j:02}" for j in range(12)]
    assert figure.get_suptitle() == "acc by setting (first 12 of 15 keys)\nbest: trial 7 with 0.7"


@pytest.mark.parametrize(
    ("settings", "scale", "labels"),
    [
        ([0, 1e-5, 1e-4, 1e-3], "symlog", ["0", "1e-5", "0.0001", "0.001"]),
        ([64, 16, 256], "log", ["16", "64", "256"]),
        ([30, 10, 20], "linear", ["10", "20", "30"]),
        ([1, "auto", 2.5], "linear", ["1", "auto", "2.5"]),
        (["[64,32]", "[8]"], "linear", ["[64,32]", "[8]"]),
        ([True, False], "linear", ["True", "False"]),
        ([0.5, float("inf")], "linear", ["0.5", "inf"]),
        ([0.1], "linear", ["0.1"]),
    ],
)
def test_scale_and_ticks_of_chosen_settings(settings: list[float | str], scale: str, labels: list[str]) -> None:
    trials = [done(k, {"key": setting}, k / 10) for k, setting in enumerate(settings)]
    (ax,) = check(plot_slices(trials, "acc", "max")).axes
    assert ax.get_xscale() == scale
    assert tick_labels(ax.xaxis) == labels
    assert len(points(ax, "o")) == len(settings)


@pytest.mark.parametrize("columns", [1, 3])
def test_tiny_negative_and_constant_settings_on_a_log_axis(columns: int) -> None:
    keys = ["tiny", "negative", "constant"][:columns]
    rows = [{"tiny": 10.0 ** (-20 - 7 * k), "negative": (-1) ** k * 10.0**-k, "constant": 3} for k in range(14)]
    trials = [done(k, {key: row[key] for key in keys}, k / 10) for k, row in enumerate(rows)]
    figure = check(plot_slices(trials, "acc", "max", frozenset(keys)))
    assert [ax.get_xscale() for ax in figure.axes] == ["log", "symlog", "log"][:columns]
    assert all(len(tick_labels(ax.xaxis)) >= 2 for ax in figure.axes[:2])


def test_long_names_are_cut_where_they_still_differ() -> None:
    categories = ["a_network_with_a_very_long_name_1", "a_network_with_a_very_long_name_2", "mlp"]
    keys = ["model.encoder.blocks.dropout_probability", "model.decoder.blocks.dropout_probability"]
    params = [{"model": categories[k % 3], keys[0]: k, keys[1]: -k} for k in range(6)]
    figure = check(plot_slices([done(k, p, k / 10) for k, p in enumerate(params)], "a" * 50, "max"))
    names = [ax.get_xlabel() for ax in figure.axes]
    assert len(set(names)) == 3
    assert max(map(len, names)) <= 16
    assert [label[-3:] for label in tick_labels(figure.axes[0].xaxis)] == ["e_1", "e_2", "mlp"]


@pytest.mark.parametrize("n", [40, 200])
def test_many_categories(n: int) -> None:
    trials = [done(k, {"sizes": f"[{k},{k}]", "lr": k}, k / 10) for k in range(n)]
    figure = check(plot_slices(trials, "acc", "max"))
    assert len(points(figure.axes[0], "o")) == n


def test_a_trial_without_the_key() -> None:
    trials = [done(0, {}, 0.9), done(1, {"lr": 0.1}, 0.5), Trial(2, {}, "failed", None, None, 0)]
    figure = check(plot_slices(trials, "acc", "max"))
    (ax,) = figure.axes
    assert points(ax, "o") == [(0.1, 0.5)]
    assert points(ax, "*") == []
    assert "best: trial 0 with 0.9" in figure.get_suptitle()


def test_a_label_alone_or_apart_stays_at_its_setting_if_it_fits() -> None:
    assert [side_by_side([centre], 100, 300) for centre in (5, 120, 290)] == [[50], [120], [250]]
    assert side_by_side([100, 200], 100, 300) == [100, 200]
    assert side_by_side([100, 150], 100, 300) == [75, 175]
    assert side_by_side([150, 100], 100, 300) == [175, 75]
    assert side_by_side([290, 280], 100, 300) == [250, 150]
    assert side_by_side([0, 10], 100, 300) == [50, 150]


def test_settings_in_a_title() -> None:
    assert setting_texts([0.03, 0.01]) == ["0.03", "0.01"]
    assert setting_texts([0.03, "auto"]) == ["0.03", "auto"]
    assert setting_texts([True]) == ["True"]


@pytest.mark.parametrize(
    ("counts", "sd", "text"),
    [
        ((1, 1), None, ""),
        ((3, 3), None, ": mean of 3 runs"),
        ((3, 1), 0.5, ": mean ± sd of 1 to 3 runs"),
    ],
)
def test_the_title_says_of_how_many_runs(counts: tuple[int, int], sd: float | None, text: str) -> None:
    trials = [Trial(k, {"lr": k}, "done", float(k), sd if k else None, n) for k, n in enumerate(counts)]
    assert plot_slices(trials, "acc", "max").get_suptitle().splitlines()[0] == f"acc by lr{text}"


@pytest.mark.parametrize(("count", "labels"), [(12, 2), (13, 1)])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_among_many_settings_only_the_best_has_a_label(count: int, labels: int, mode: str) -> None:
    (ax,) = plot_slices([done(k, {"lr": k}, float(k)) for k in range(count)], "acc", mode).axes
    assert len(ax.texts) == labels
    assert ax.texts[0].xy == ((count - 1, count - 1) if mode == "max" else (0, 0))
    assert {text.xyann[1] for text in ax.texts} == {0.98 if mode == "max" else 0.02}
    assert {text.get_va() for text in ax.texts} == {"top" if mode == "max" else "bottom"}
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((-0.05 * (count - 1), 1.05 * (count - 1)))
    drawn = any(line.get_label() == "best of a setting" for line in ax.lines)
    assert drawn == (count == 12)


@pytest.mark.parametrize(("keys", "rows", "columns"), [(2, 1, 2), (3, 1, 3), (4, 2, 2), (5, 2, 3), (12, 4, 3)])
def test_rows_of_axes(keys: int, rows: int, columns: int) -> None:
    trials = [done(k, {f"k{j}": k for j in range(keys)}, float(k)) for k in range(3)]
    figure = plot_slices(trials, "acc", "max")
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == (rows, columns)
    assert [k for k, ax in enumerate(figure.axes) if ax.get_ylabel()] == [*range(0, keys, columns)]
    margin = {2: 0.09, 3: 0.13}[columns]
    for ax in figure.axes:
        assert ax.get_ylim() == pytest.approx((-0.12, 2.12))
        assert ax.get_xlim() == pytest.approx((-2 * margin, 2 + 2 * margin))
    assert figure.get_suptitle() == "acc by setting\nbest: trial 2 with 2"
    assert legend_texts(figure) == ["trial", "best"]  # no setting occurs twice


def test_a_line_joins_the_best_values_of_repeated_settings() -> None:
    trials = [done(k, {"lr": k % 2}, float(k)) for k in range(4)]
    figure = plot_slices(trials, "acc", "max")
    (line,) = (line for line in figure.axes[0].lines if line.get_label() == "best of a setting")
    assert line.get_xydata().tolist() == [[0, 2], [1, 3]]
    assert "best of a setting" in legend_texts(figure)


def test_upright_labels_make_the_figure_higher() -> None:
    low, high = (
        plot_slices([done(k, {"a": f"{'x' * n}{k}", "b": k}, float(k)) for k in range(9)], "acc", "max") for n in (0, 9)
    )
    assert {label.get_rotation() for label in high.axes[0].get_xticklabels()} == {90}
    assert high.get_figheight() == pytest.approx(low.get_figheight() + 0.7)  # ten letters of 7 pixels, 100 an inch
