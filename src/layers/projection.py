"""Layers with weights in a set, such as non-negative numbers."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Projected(Protocol):
    """A layer whose weights are projected onto a set after each step: projected gradient descent."""

    def project_weights(self) -> None:
        """Replace weights outside the set by the nearest ones in it."""
