"""Values in the picture of recommendations, not pixels."""

import math

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
