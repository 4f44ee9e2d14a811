import pytest
from nnzoo.figures.sweeps.data_sizes import plot_data_sizes
from nnzoo.figures.sweeps.trial import Trial

from .examples import check, done, legend_texts, tick_labels

SIZES = (100, 300, 1000, 3000)
ERRORS = {"model=mlp": (31.0, 20.0, 12.0, 8.0), "model=lenet5": (25.0, 12.0, 6.0, 3.0)}


def series(errors: dict[str, tuple[float, ...]], sd: float | None = 0.7) -> dict[str, dict[int, Trial]]:
    return {
        label: {size: done(10 * k + j, {}, values[j], sd) for j, size in enumerate(SIZES)}
        for k, (label, values) in enumerate(errors.items())
    }


def test_one_line_for_each_network_with_its_deviations() -> None:
    figure = check(plot_data_sizes(series(ERRORS), "val/errors", "min"))
    (ax,) = figure.axes
    assert figure.get_suptitle() == "val/errors by number of training examples\n(mean ± sd of 3 runs)"
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == pytest.approx((100 / 30**0.05, 3000 * 30**0.05))
    assert tick_labels(ax.xaxis) == ["100", "300", "1000", "3000"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("training examples", "val/errors")
    assert legend_texts(figure) == ["model=lenet5", "model=mlp"]  # the best first
    for container, label in zip(ax.containers, legend_texts(figure), strict=True):
        line, _, (bars,) = container
        assert line.get_xydata().tolist() == [list(pair) for pair in zip(SIZES, ERRORS[label], strict=True)]
        ends = [(low[1], high[1]) for low, high in bars.get_segments()]
        assert ends == [(pytest.approx(value - 0.7), pytest.approx(value + 0.7)) for value in ERRORS[label]]


def test_missing_trials_and_single_runs() -> None:
    given = series({"all trials": (0.5, 0.6, 0.7, 0.8)}, None)
    given["all trials"][300] = Trial(1, {}, "failed", None, None, 0)
    figure = check(plot_data_sizes(given, "val/acc", "max"))
    (line,) = figure.axes[0].containers
    assert line[0].get_xydata().tolist() == [[100, 0.5], [1000, 0.7], [3000, 0.8]]
    assert legend_texts(figure) == ["all trials", "failed"]
    assert figure.get_suptitle() == "val/acc by number of training examples"
    none = {"a": {size: Trial(k, {}, "failed", None, None, 0) for k, size in enumerate(SIZES)}}
    assert "no trial has a result" in [text.get_text() for text in check(plot_data_sizes(none, "acc", "max")).texts]


def test_the_best_eight_of_many_lines() -> None:
    many = {f"model.hidden=[{k}]": (30.0 - k, 20.0 - k, 15.0 - k, 12.0 - k) for k in range(10)}
    figure = check(plot_data_sizes(series(many), "val/errors", "min"))
    assert legend_texts(figure) == [f"model.hidden=[{k}]" for k in range(9, 1, -1)]
    assert "best 8 of 10 lines" in figure.get_suptitle()


def test_runs_of_each_point_and_the_order_of_the_sizes() -> None:
    given = {"a": {1000: done(0, {}, 1.0, 0.1), 100: done(1, {}, 2.0)}, "b": {300: done(2, {}, 3.0)}}
    figure = check(plot_data_sizes(given, "loss", "min"))
    assert figure.get_suptitle() == "loss by number of training examples\n(mean ± sd of 1 to 3 runs)"
    first, _ = figure.axes[0].containers
    assert first[0].get_xydata().tolist() == [[100, 2], [1000, 1]]
    same = {"a": {size: Trial(size, {}, "done", float(size), None, 2) for size in (10, 20)}}
    assert plot_data_sizes(same, "loss", "min").get_suptitle().endswith("(mean of 2 runs)")


def test_trials_off_the_scale_are_marked_at_their_sizes() -> None:
    sizes = {10 * 2**k: done(k, {}, 100.0 - k) for k in range(4)} | {5: done(9, {}, -1e6)}
    (ax,) = check(plot_data_sizes({"a": sizes}, "R2", "max")).axes
    (mark,) = (line for line in ax.lines if line.get_label() == "off the scale")
    assert list(mark.get_xdata()) == [5]
