import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from nnzoo.callbacks.figures import rendered
from nnzoo.figures import fonts
from nnzoo.figures.confusion import confusion
from nnzoo.figures.fonts import fallbacks, has, shown, without_glyph_warnings
from nnzoo.figures.sequence import activations
from nnzoo.figures.style import name

LACKED = "\u0359"  # a mark that DejaVu Sans has not, and STIXGeneral, which comes with Matplotlib, has
NOWHERE = "\U000e0fff"  # will never be a character


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
    ],
)
def test_control_characters_and_dollars(label: str, drawn: str) -> None:
    assert shown(label) == name(0, [label]) == drawn


def test_a_dollar_is_no_formula() -> None:
    labels = ("$", "a$b", r"\$", "$\\frac{$", "$x$")
    figure = confusion(torch.arange(5), torch.arange(5), 5, labels)
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


@pytest.mark.parametrize(("symbol", "other"), [(LACKED, True), (NOWHERE, False), ("≈", False)])
def test_drawn_in_the_font_that_has_it(tmp_path: Path, symbol: str, other: bool) -> None:
    figures = [activations(torch.zeros(2, 3), ["a", symbol]) for _ in range(2)]
    plain = FigureCanvasAgg(figures[0])
    with without_glyph_warnings():
        plain.draw()
    pixels = rendered(figures[1], tmp_path / "a.png")
    assert (pixels != np.asarray(plain.buffer_rgba())[..., :3]).any() == other


def test_other_scripts_give_no_warnings(tmp_path: Path) -> None:
    labels = ("山", "नदी", "שָׁלוֹם", "\0", NOWHERE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rendered(confusion(torch.arange(5), torch.arange(5), 5, labels), tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()
