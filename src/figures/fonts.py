"""Labels in all scripts, with the installed fonts and without warnings for missing glyphs."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import accumulate

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

VISIBLE = {"\n": "↵", "\t": "⇥", "$": r"\$"}  # Matplotlib parses text between two plain $ as a formula
LABEL = 20  # maximum letters of a label; wide characters count twice
UNSEEN = ("Cc", "Zl", "Zp", "Cs")  # control characters, line and paragraph separators, surrogates


def display_label(label: str, width: int = LABEL) -> str:
    r"""Return a label for display, with visible control characters, escaped $ and at most `width` letters.

    >>> display_label("a\n"), display_label("\0"), display_label(" "), display_label("$5")
    ('a↵', '\\x00', '␣', '\\$5')
    """
    fits = fitting(label, width)
    text = label[:fits] + "…" * (fits < len(label))
    if text and not text.strip(" "):
        return "␣" * len(text)
    return "".join(VISIBLE.get(c) or (escaped(c) if unicodedata.category(c) in UNSEEN else c) for c in text)


def fitting(text: str, width: int) -> int:
    """Return how many characters from the beginning of a text take at most the space of `width` letters."""
    return sum(end <= width for end in accumulate(map(letters, text)))


def letters(text: str) -> int:
    """Return the space that a text takes, in letters; wide characters count twice."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def escaped(character: str) -> str:
    """Return the escape sequence of a character."""
    return character.encode("unicode_escape").decode()


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Suppress Matplotlib's warnings for missing glyphs, which are drawn as boxes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        yield


def add_fonts(figure: Figure) -> bool:
    """Add fallback fonts to a rendered figure for glyphs that its font lacks. Return whether any were added."""
    texts: list[Text] = figure.findobj(Text)
    families = fallback_fonts(frozenset(c for text in texts for c in text.get_text() if not c.isascii()))
    if families:
        for text in texts:
            text.set_fontfamily([*text.get_fontfamily(), *families])
    return bool(families)


@cache
def fallback_fonts(characters: frozenset[str]) -> tuple[str, ...]:
    """Return the installed font families needed for characters that the default font lacks."""
    missing = {c for c in characters if not has_glyph(findfont(FontProperties()), c)}
    found = []
    # Noto fonts cover whole scripts in one style; Last Resort has boxes for all characters
    for font in sorted(fontManager.ttflist, key=lambda font: (not font.name.startswith("Noto Sans"), font.name)):
        if not missing:
            break
        if font.style == "normal" and not font.name.startswith("Last Resort"):
            covered = {c for c in missing if has_glyph(font.fname, c)}
            if covered:
                found.append(font.name)
                missing -= covered
    return tuple(found)


def has_glyph(path: str, character: str) -> bool:
    """Return whether a font file has a glyph for a character. False for a deleted file."""
    try:
        return get_font(path).get_char_index(ord(character)) != 0
    except OSError:
        return False
