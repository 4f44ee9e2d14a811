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
