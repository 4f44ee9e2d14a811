"""Pictures of networks that reconstruct word counts."""

from typing import Any

import torch
from matplotlib.figure import Figure

from ...figures.values.top_words import plot_top_words
from .base import Picture
from .examples import Examples

COMPONENTS = 20  # maximum number in a figure


def has_word_components(examples: Examples) -> bool:
    """Return whether the network decodes codes to counts of words."""
    spec = examples.spec
    return spec.input == "counts" and spec.target == "input" and bool(spec.vocabulary) and decodes(examples)


def decodes(examples: Examples) -> bool:
    """Return whether the network has a code for each example, and a decoder."""
    model = getattr(examples.net, "model", None)
    return hasattr(model, "encode") and hasattr(model, "decode")


def draw_top_words(examples: Examples) -> Figure:
    """Draw the words whose outputs change most if one code unit changes from 0 to 1 while all others are 0.

    For a linear decoder these changes are its columns.
    """
    model: Any = examples.net.model
    with examples.trainer.precision_plugin.forward_context():
        size = model.encode(examples.first(1).x).shape[-1]
        units = torch.eye(size, device=examples.task.device)[:COMPONENTS]
        change = model.decode(units) - model.decode(torch.zeros_like(units[:1]))
    return plot_top_words(change, examples.spec.vocabulary, size)


TOP_WORDS = Picture("top_words", has_word_components, draw_top_words, "weights")
