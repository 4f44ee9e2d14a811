"""Labels in all scripts: with the fonts that are installed, and without a warning for what none of them has."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import accumulate

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

VISIBLE = {"\n": "↵", "\t": "⇥", "$": r"\$"}  # between two plain $ matplotlib expects a formula
LABEL = 20  # letters of a label, Chinese ones count two: more leave no room for the figure
UNSEEN = ("Cc", "Zl", "Zp", "Cs")  # control characters, ends of lines and paragraphs, halves of characters


def shown(label: str, width: int = LABEL) -> str:
    r"""Return a label as it is drawn: control characters visible, a $ as itself, a long one cut off.

    >>> shown("a\n"), shown("\0"), shown(" "), shown("$5")
    ('a↵', '\\x00', '␣', '\\$5')
    """
    widths = accumulate(1 + (unicodedata.east_asian_width(c) in "WF") for c in label)
    fits = sum(end <= width for end in widths)
    text = label[:fits] + "…" * (fits < len(label))
    if text and not text.strip(" "):
        return "␣" * len(text)
    return "".join(VISIBLE.get(c) or (escaped(c) if unicodedata.category(c) in UNSEEN else c) for c in text)


def escaped(character: str) -> str:
    """Return a character as Python writes it."""
    return character.encode("unicode_escape").decode()


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Draw inside without a warning for each character that the fonts lack; a box stands for it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def add_fonts(figure: Figure) -> bool:
    """Give a figure that was drawn further fonts for what the usual one lacks, and tell whether it got any."""
    texts: list[Text] = figure.findobj(Text)
    families = fallbacks(frozenset(c for text in texts for c in text.get_text() if not c.isascii()))
    if families:
        for text in texts:
            text.set_fontfamily([*text.get_fontfamily(), *families])
    return bool(families)


@cache
def fallbacks(characters: frozenset[str]) -> tuple[str, ...]:
    """Return installed font families that have what the usual font lacks, as few as are needed."""
    missing = {c for c in characters if not has(findfont(FontProperties()), c)}
    found = []
    # Noto has whole scripts in one style; the last resort has boxes for all characters
    for font in sorted(fontManager.ttflist, key=lambda font: (not font.name.startswith("Noto Sans"), font.name)):
        if not missing:
            break
        if font.style == "normal" and not font.name.startswith("Last Resort"):
            covered = {c for c in missing if has(font.fname, c)}
            if covered:
                found.append(font.name)
                missing -= covered
    return tuple(found)


def has(path: str, character: str) -> bool:
    """Tell whether a font file has a character; one that was deleted has none."""
    try:
        return get_font(path).get_char_index(ord(character)) != 0
    except OSError:
        return False
