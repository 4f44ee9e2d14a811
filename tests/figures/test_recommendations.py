"""Values in the picture of recommendations, not pixels."""

import math

import pytest
from nnzoo.figures.values.recommendations import UserList, plot_recommendations

from .checks import check_figure


def test_lists_of_users() -> None:
    lists = [
        UserList("Ann", [("Alien", 5), ("Up", 4.5)], [("Heat", 4.6, math.nan), ("Big", 4.321, 3)]),
        UserList("a rather long name of a user", [], [("a rather long title of a film", 100.2, 99.0)]),
    ]
    figure = check_figure(plot_recommendations(lists))
    (ax,) = figure.axes
    texts = [text.get_text() for text in ax.texts]
    assert texts[4:15] == ["user Ann", "Alien", "5", "Up", "4.5", "Heat", "4.60", "-", "Big", "4.32", "3"]
    assert texts[15:] == ["user a rather long name o…", "a rather long title o…", "100", "99"]
    rows = {text.get_text(): text.get_position()[1] for text in ax.texts}
    bottom, top = ax.get_ylim()
    assert top < min(rows.values()) < max(rows.values()) < bottom
    assert rows["Alien"] == rows["Heat"] < rows["Up"] == rows["Big"] < rows["user a rather long name o…"]
    headings = {text.get_text(): text for text in ax.texts[:4]}
    assert list(headings) == ["rated highest in training", "recommended", "predicted", "true"]
    assert len({text.get_position()[1] for text in headings.values()}) == 1
    assert headings["true"].get_position()[1] < rows["user Ann"] < rows["Alien"]
    columns = {text.get_text(): (text.get_position()[0], text.get_ha()) for text in ax.texts}
    assert columns["user Ann"] == columns["Alien"] == columns["rated highest in training"] == (0, "left")
    assert columns["Heat"] == columns["recommended"]
    assert columns["4.60"] == columns["predicted"]
    assert columns["-"] == columns["3"] == columns["true"] == (1, "right")
    assert columns["5"] == columns["4.5"]
    assert columns["Alien"][0] < columns["5"][0] < columns["Heat"][0] < columns["4.60"][0] < 1
    assert (ax.get_xlim(), bottom, top) == ((0, 1), 7.0, 0)  # one row, twice 1.5 rows, and three rows of lists
    assert rows["user a rather long name o…"] - rows["Up"] == 1.5  # half a row between users
    assert not ax.axison


@pytest.mark.parametrize(("rated", "recommended"), [(3, 1), (1, 3)])
def test_the_next_user_is_below_the_longer_list(rated: int, recommended: int) -> None:
    lists = [UserList("Ann", [("a", 1)] * rated, [("b", 1, 2)] * recommended), UserList("Bob", [], [])]
    (ax,) = plot_recommendations(lists).axes
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert places["user Bob"] - places["user Ann"] == 4.5
    assert ax.get_ylim() == (7, 0)
