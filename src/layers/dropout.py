"""Dropout with a checked probability."""

from torch import nn


def dropout_layer(probability: float, name: str = "dropout") -> nn.Dropout:
    """Return a dropout layer. name: of the setting. Raises ValueError for a probability outside [0, 1)."""
    if not 0 <= probability < 1:
        raise ValueError(f"{name} is {probability}; it must be at least 0 and below 1")
    return nn.Dropout(probability)
