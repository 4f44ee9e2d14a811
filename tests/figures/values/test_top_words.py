"""Words with the largest weights."""

import torch
from nnzoo.figures.style import BLUE, WRONG
from nnzoo.figures.values.top_words import plot_top_words

from ..checks import check_figure


def drawn(figure):
    """Return the texts of the rows with their colours, and the numbers of the components."""
    (ax,) = check_figure(figure).axes
    rows = [(text.get_text(), text.get_color()) for text in ax.texts if text.get_position()[0] == 0]
    return rows, [text.get_text() for text in ax.texts if text.get_position()[0] < 0]


def test_words_in_the_order_of_their_weights():
    weights = torch.tensor([[0.5, 0.0, 2.0, 1.9], [-1.0, 1.0, -3.0, 0.8]])
    figure = plot_top_words(weights, ("a", "b", "c", "d"), 2)
    rows, numbers = drawn(figure)
    assert rows == [("c, d", BLUE), ("b", BLUE), ("c, a", WRONG)]  # 0.8 is less than 0.3 times 3
    assert numbers == ["1", "2"]
    assert figure.get_suptitle() == "words with the largest weights; red: negative"
    (ax,) = figure.axes
    places = [text.get_position()[1] for text in ax.texts if text.get_position()[0] == 0]
    assert places == [0, 1, 2]
    assert [text.get_position()[1] for text in ax.texts if text.get_position()[0] < 0] == [0, 1]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-4, 54), (2.5, -0.5))
    assert not ax.axison
    short, long = ("a" * 20, "b" * 20, "c" * 10), ("a" * 20, "b" * 20, "c" * 11)
    for words, count in ((short, 3), (long, 2)):  # with the commas 54 letters, and 55
        rows, _ = drawn(plot_top_words(torch.tensor([[3.0, 2.0, 1.0]]), words, 1))
        assert rows == [(", ".join(words[:count]), BLUE)]


def test_long_rows_and_many_components():
    words = [f"word{number}" * (1 + number % 9) for number in range(40)]
    figure = plot_top_words(torch.rand(20, 40) + 1, words, 25)
    rows, _ = drawn(figure)
    assert max(len(text) for text, _ in rows) <= 54
    assert figure.get_suptitle() == "words with the largest weights, 20 of 25 components"


def test_components_without_weights_and_words_with_signs():
    rows, numbers = drawn(plot_top_words(torch.tensor([[0.0, 0.0], [1.0, 0.8]]), ("$a", "b$"), 2))
    assert [text for text, _ in rows] == [r"\$a, b\$"]
    assert numbers == ["2"]
