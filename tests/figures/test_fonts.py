import warnings
from pathlib import Path

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nnzoo.callbacks.figures import rendered
from nnzoo.figures import fonts
from nnzoo.figures.classes.confusion import plot_confusion
from nnzoo.figures.fonts import fallbacks, has, shown
from nnzoo.figures.recurrent.sequence import plot_hidden_states
from nnzoo.figures.style import name

LACKED = "\u0359"  # a mark that DejaVu Sans has not, and STIXGeneral, which comes with Matplotlib, has
NOWHERE = "\ufdd0"  # will never be a character


@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("abc é नदी", "abc é नदी"),
        ("a\nb\t", "a↵b⇥"),
        ("\0\r\x85\u2028", r"\x00\r\x85\u2028"),
        ("\ud800", r"\ud800"),
        ("$a$", r"\$a\$"),
        (" ", "␣"),
        ("\n", "↵"),
        ("", ""),
        ("a" * 20, "a" * 20),
        ("a" * 20 + "$", "a" * 20 + "…"),
        ("山" * 90, "山" * 10 + "…"),
    ],
)
def test_control_characters_and_dollars(label: str, drawn: str) -> None:
    assert shown(label) == name(0, [label]) == drawn


def test_a_dollar_is_no_formula() -> None:
    labels = ("$", "a$b", r"\$", "$\\frac{$", "$x$")
    figure = plot_confusion(torch.arange(5), torch.arange(5), 5, labels)
    FigureCanvasAgg(figure).draw()
    for tick, label in zip(figure.axes[0].get_xticklabels(), labels, strict=True):
        assert tick._preprocess_math(tick.get_text()) == (label, False)


def test_fonts_that_have_what_is_missing() -> None:
    usual = fonts.findfont(fonts.FontProperties())
    assert all(has(usual, c) for c in "é≈↵⇥␣")
    assert not has(usual, LACKED)
    found = fallbacks(frozenset(f"é{LACKED}"))
    assert len(found) == 1
    assert has(fonts.findfont(fonts.FontProperties(family=list(found))), LACKED)
    assert fallbacks(frozenset("é≈")) == fallbacks(frozenset(NOWHERE)) == ()
    assert not has("no such file.ttf", "a")


@pytest.mark.parametrize(("symbol", "further"), [(LACKED, True), (NOWHERE, False), ("≈", False)])
def test_drawn_in_the_font_that_has_it(tmp_path: Path, symbol: str, further: bool) -> None:
    figure = plot_hidden_states(torch.zeros(2, 3), ["a", symbol])
    rendered(figure, tmp_path / "a.png")
    label = figure.axes[0].get_xticklabels()[1]
    assert label.get_text() == symbol
    assert label.get_fontfamily() == ["sans-serif", *(fallbacks(frozenset(symbol)) if further else ())]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        FigureCanvasAgg(figure).draw()  # Matplotlib tells what it has no glyph for
    assert bool(caught) == (symbol == NOWHERE)


@pytest.mark.parametrize("word", ["山" * 90, "w" * 90])
def test_long_words_leave_room_for_the_figure(tmp_path: Path, word: str) -> None:
    labels = [shown(word), "b"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rendered(plot_hidden_states(torch.zeros(2, 3), labels), tmp_path / "a.png")
        rendered(plot_confusion(torch.arange(2), torch.arange(2), 2, [word, "b"]), tmp_path / "a.png")


def test_other_scripts_give_no_warnings(tmp_path: Path) -> None:
    labels = ("山", "नदी", "שָׁלוֹם", "\0", NOWHERE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rendered(plot_confusion(torch.arange(5), torch.arange(5), 5, labels), tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()
