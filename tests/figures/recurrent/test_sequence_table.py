"""Table of sequences."""

from nnzoo.figures.recurrent.sequence_table import SequenceRow, plot_sequences
from nnzoo.figures.style import RIGHT, WRONG

from ..checks import check_figure

LONG = SequenceRow("a" * 60, "b" * 60, "b" * 60)
ROWS = [SequenceRow("abc", "cba", "cbb"), LONG, SequenceRow("x$", "$x", ""), SequenceRow("é", "é", "é")]


def test_wrong_predictions_are_red() -> None:
    figure = check_figure(plot_sequences(ROWS, 2, 50))
    (ax,) = figure.axes
    found = {(round(text.get_position()[1]), round(text.get_position()[0])): text for text in ax.texts}
    assert [found[0, column].get_text() for column in range(3)] == ["input", "target", "prediction"]
    assert found[1, 0].get_text() == "abc"
    assert found[2, 1].get_text().endswith("…")
    assert [row for row in range(1, 5) if found[row, 2].get_color() == WRONG] == [1, 3]
    assert {found[row, column].get_color() for row in range(1, 5) for column in (0, 1)} == {RIGHT}
    assert [found[row, 2].get_color() for row in (2, 4)] == [RIGHT, RIGHT]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 3), (4.5, -0.5))
    assert not ax.axison
    assert figure.get_suptitle() == "sequences: 2 of 50 wrong"


def test_many_rows() -> None:
    check_figure(plot_sequences(ROWS * 9, 18, 50))
