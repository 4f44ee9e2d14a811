"""The result of an explanation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Explanation:
    """Arrays by name, with their figure. method: what they are, see `nnzoo.explain`; draw: draws the figure."""

    method: str
    values: "Mapping[str, np.ndarray[Any, Any]]"
    draw: "Callable[[], Figure]"

    def __getitem__(self, name: str) -> "np.ndarray[Any, Any]":
        return self.values[name]

    def plot(self) -> "Figure":
        """Return the figure."""
        return self.draw()
