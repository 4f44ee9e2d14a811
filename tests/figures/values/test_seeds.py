import pytest
from nnzoo.figures.values.seeds import Seeds, plot_seeds

from ..checks import check_figure

WITH = Seeds("test/errors, logistic", [1.0, 2.0, 3.0], (-0.5, 4.5), [1.0])
WITHOUT = Seeds("test/errors, mlp", [0.0, 0.0, 0.0], None, [0.0])


@pytest.mark.parametrize("results", [[WITH, WITHOUT], [WITHOUT, WITH]])
def test_the_legend_names_all_that_a_strip_shows(results):
    figure = plot_seeds(results)
    names = {text.get_text() for text in figure.legends[0].get_texts()}
    assert names == {"a seed", "published", "95 % interval"}
    check_figure(figure)


def test_no_interval_no_name():
    (legend,) = plot_seeds([WITHOUT]).legends
    assert [text.get_text() for text in legend.get_texts()] == ["a seed", "published"]


def test_a_strip_has_the_values_their_interval_and_the_published_number():
    results = [WITH._replace(published=[1.5, 2.5]), WITHOUT]
    first, second = plot_seeds(results).axes
    assert [ax.get_title(loc="left") for ax in (first, second)] == ["test/errors, logistic", "test/errors, mlp"]
    lines = [(line.get_label(), list(line.get_xdata())) for line in first.lines]
    assert lines == [
        ("published", [1.5, 1.5]),
        ("published", [2.5, 2.5]),
        ("a seed", [1, 2, 3]),
        ("95 % interval", [-0.5, 4.5]),
    ]
    dots, bar = first.lines[2:]
    assert first.get_ylim()[0] < max(bar.get_ydata()) < min(dots.get_ydata()) < first.get_ylim()[1]
    assert list(first.get_yticks()) == []  # the height means nothing
    low, high = first.get_xlim()
    assert low < -0.5
    assert high > 4.5
    assert [(line.get_label(), list(line.get_xdata())) for line in second.lines] == [
        ("published", [0, 0]),
        ("a seed", [0, 0, 0]),
    ]
