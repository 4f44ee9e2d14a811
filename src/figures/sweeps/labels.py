"""Short texts for keys, settings and values."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from textwrap import wrap

from ..fonts import display_label, fitting, letters

MOST_DIGITS = 12
TITLE = 56  # letters of a line of the title


def format_digits(value: float, digits: int) -> str:
    """Return a number with `digits` significant digits, and all digits before the decimal point.

    Numbers below 1e-4 and from 1e9 have an exponent.

    >>> format_digits(0.00001, 4), format_digits(12345.6, 2), format_digits(2e10, 4)
    ('1e-5', '12346', '2e10')
    """
    if 1 <= abs(value) < 1e9:
        digits = max(digits, 1 + math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}g}"
    number, _, exponent = text.partition("e")
    return f"{number}e{int(exponent)}" if exponent else text


def format_apart(values: Sequence[float]) -> list[str]:
    """Return finite numbers with four significant digits, or as many as it takes to tell them apart.

    >>> format_apart([0.9712341, 0.9712369])
    ['0.971234', '0.971237']
    """
    return format_exactly(values, 4, error=0.5)


def format_exactly(values: Sequence[float], digits: int = 1, error: float = 0.05) -> list[str]:
    """Return finite numbers with the fewest significant digits, at least `digits`, that keep their distances.

    error: largest rounding error, as a fraction of the smallest distance.

    >>> format_exactly([0.225, 0.25, 0.275])
    ['0.225', '0.25', '0.275']
    """
    allowed = error * min((b - a for a, b in pairwise(sorted(set(values)))), default=math.inf)
    while True:
        texts = [format_digits(value, digits) for value in values]
        if digits >= MOST_DIGITS or all(abs(float(t) - v) <= allowed for t, v in zip(texts, values, strict=True)):
            return texts
        digits += 1


def title(*lines: str) -> str:
    """Return lines as a title, wrapped so that they fit in a figure."""
    return "\n".join(wrapped for line in lines for wrapped in wrap(line, TITLE))


def with_sd(text: str, sd: float) -> str:
    """Return the text of a mean with its standard deviation, if that is not 0."""
    return f"{text} ± {format_digits(sd, 2)}" if sd else text


def short_keys(keys: Sequence[str], width: int) -> dict[str, str]:
    """Return key -> its last parts, as few as tell it from the other keys, cut to `width` letters at the front.

    >>> short_keys(["optimizer.lr", "model.hidden"], 20)
    {'optimizer.lr': 'lr', 'model.hidden': 'hidden'}
    """
    tails = []
    for key in keys:
        parts = key.split(".")
        ends = [".".join(parts[-k:]) for k in range(1, len(parts) + 1)]
        others = [f".{other}" for other in keys if other != key]
        tails.append(next((end for end in ends if not any(o.endswith(f".{end}") for o in others)), key))
    return dict(zip(keys, short_texts(tails, width), strict=True))


def short_texts(texts: Sequence[str], width: int) -> list[str]:
    """Return texts of at most `width` letters: cut at the front, or in another place if that tells them apart."""
    cuts = [[display_label(cut(text, width, kept), 4 * width) for text in texts] for kept in (0.0, 1.0, 0.5)]
    return next((cut for cut in cuts if len(set(cut)) == len(set(texts))), cuts[0])


def cut(text: str, width: int, front: float) -> str:
    """Return a text cut to `width` letters. front: the part of them that is taken from its beginning, 0 to 1."""
    if letters(text) <= width:
        return text
    room = round(front * (width - 1))
    first, last = fitting(text, room), fitting(text[::-1], width - 1 - room)
    return f"{text[:first]}…{text[len(text) - last :]}"


def state_counts(states: Iterable[str]) -> str:
    """Return how often each state occurs.

    >>> state_counts(["failed", "pruned", "failed"])
    '2 failed, 1 pruned'
    """
    states = list(states)
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
