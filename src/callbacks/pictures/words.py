"""Picture of the words of each code unit of a network that reconstructs word counts."""

from matplotlib.figure import Figure

from ...figures.values.top_words import plot_top_words
from .base import Picture
from .codes import decoded_units, encodes
from .examples import Examples

COMPONENTS = 20  # maximum number in a figure


def decodes_words(examples: Examples) -> bool:
    """Return whether a code of numbers is decoded to counts of words."""
    spec = examples.spec
    counts = spec.input == "counts" and spec.target == "input" and bool(spec.vocabulary)
    return counts and encodes(examples.task) and hasattr(examples.net.model, "decode")


def draw_top_words(examples: Examples) -> Figure:
    """Draw the words whose outputs change most if one code unit is 1 instead of 0: the columns of a linear decoder."""
    changes, _ = decoded_units(examples)
    return plot_top_words(changes[:COMPONENTS], examples.spec.vocabulary, len(changes))


TOP_WORDS = Picture("top_words", decodes_words, draw_top_words, "weights")
