"""Picture of words by their vectors.

Shapes: V words, F numbers of a vector.
"""

from typing import Any

import torch
from matplotlib.figure import Figure

from ...analysis.codes.maps import tsne
from ...figures.points.names import plot_names
from .base import Picture
from .examples import Examples
from .maps import FEWEST

MOST = 100  # names that are legible together


def has_word_vectors(examples: Examples) -> bool:
    """Return whether the network learns vectors of words or documents from neighbours, at least ten."""
    spec, model = examples.spec, getattr(examples.net, "model", None)
    from_neighbours = spec.target == "context" or (spec.target == "classes" and spec.input == "tokens" and spec.labels)
    if not from_neighbours or examples.loader.graph is not None or not hasattr(model, "vectors"):
        return False
    return len(spec.vocabulary) >= FEWEST


def draw_words(examples: Examples) -> Figure:
    """Draw a map by t-SNE of the vectors of the first words of the vocabulary, the most frequent ones of a text.

    Vectors have length 1 for the map, since their directions say what is similar.
    """
    model: Any = examples.net.model
    names = examples.spec.vocabulary[:MOST]
    with torch.no_grad():
        vectors = torch.nn.functional.normalize(model.vectors("input")[: len(names)].float().cpu())
    figure = plot_names(tsne(vectors), names)
    figure.suptitle(f"t-SNE of the vectors of {len(names)} of {len(examples.spec.vocabulary)} words")
    return figure


WORD_MAP = Picture("words", has_word_vectors, draw_words, "weights", slow=True)
