import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nnzoo.callbacks.figures import render
from nnzoo.figures import fonts
from nnzoo.figures.classes.confusion import plot_confusion
from nnzoo.figures.fonts import display_label, fallback_fonts, has_glyph
from nnzoo.figures.recurrent.sequence import plot_hidden_states
from nnzoo.figures.style import class_name

NOT_IN_DEFAULT = "\u0359"  # missing in DejaVu Sans, present in STIXGeneral, which Matplotlib includes
NOT_IN_ANY = "\ufdd0"  # a noncharacter: no font has it


@pytest.mark.parametrize(
    ("label", "expected"),
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
def test_control_characters_and_dollars(label: str, expected: str) -> None:
    assert display_label(label) == class_name(0, [label]) == expected


def test_dollar_does_not_start_a_formula() -> None:
    labels = ("$", "a$b", r"\$", "$\\frac{$", "$x$")
    figure = plot_confusion(torch.arange(5), torch.arange(5), 5, labels)
    FigureCanvasAgg(figure).draw()
    for tick, label in zip(figure.axes[0].get_xticklabels(), labels, strict=True):
        assert tick._preprocess_math(tick.get_text()) == (label, False)


def test_fallback_fonts() -> None:
    usual = fonts.findfont(fonts.FontProperties())
    assert all(has_glyph(usual, c) for c in "é≈↵⇥␣")
    assert not has_glyph(usual, NOT_IN_DEFAULT)
    found = fallback_fonts(frozenset(f"é{NOT_IN_DEFAULT}"))
    assert len(found) == 1
    assert has_glyph(fonts.findfont(fonts.FontProperties(family=list(found))), NOT_IN_DEFAULT)
    assert fallback_fonts(frozenset("é≈")) == fallback_fonts(frozenset(NOT_IN_ANY)) == ()
    assert not has_glyph("no such file.ttf", "a")


@pytest.mark.parametrize(("symbol", "fallback"), [(NOT_IN_DEFAULT, True), (NOT_IN_ANY, False), ("≈", False)])
def test_label_gets_a_fallback_font(tmp_path: Path, symbol: str, fallback: bool) -> None:
    figure = plot_hidden_states(torch.zeros(2, 3), ["a", symbol])
    render(figure, tmp_path / "a.png")
    label = figure.axes[0].get_xticklabels()[1]
    assert label.get_text() == symbol
    assert label.get_fontfamily() == ["sans-serif", *(fallback_fonts(frozenset(symbol)) if fallback else ())]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        FigureCanvasAgg(figure).draw()  # Matplotlib warns of missing glyphs
    assert bool(caught) == (symbol == NOT_IN_ANY)


@pytest.mark.parametrize("word", ["山" * 90, "w" * 90])
def test_long_words_leave_room_for_the_figure(tmp_path: Path, word: str) -> None:
    labels = [display_label(word), "b"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render(plot_hidden_states(torch.zeros(2, 3), labels), tmp_path / "a.png")
        render(plot_confusion(torch.arange(2), torch.arange(2), 2, [word, "b"]), tmp_path / "a.png")


def test_no_warnings_for_other_scripts(tmp_path: Path) -> None:
    labels = ("山", "नदी", "שָׁלוֹם", "\0", NOT_IN_ANY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render(plot_confusion(torch.arange(5), torch.arange(5), 5, labels), tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()


def test_fallback_fonts_are_as_few_as_cover_the_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    glyphs = {
        "Last Resort": "xyz",
        "Another": "xyz",
        "Noto Sans B": "xy",
        "Noto Sans C": "y",
        "Noto Sans Italic": "xyz",
        "Zed": "z",
    }
    installed = [
        SimpleNamespace(name=name, fname=name, style="italic" if "Italic" in name else "normal") for name in glyphs
    ]
    monkeypatch.setattr(fonts, "fontManager", SimpleNamespace(ttflist=installed[::-1]))
    monkeypatch.setattr(fonts, "has_glyph", lambda path, character: character in glyphs.get(str(path), "d"))
    find = fallback_fonts.__wrapped__
    assert find(frozenset("dxy")) == ("Noto Sans B",)  # "d" is in the default font
    assert find(frozenset("xyz")) == ("Noto Sans B", "Another")
    assert find(frozenset("d")) == ()
    assert find(frozenset("?")) == ()
