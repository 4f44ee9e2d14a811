"""Base class of all kinds of pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from ...config.instantiate import Buildable
from ...figures.style import add_source
from .examples import Examples


@dataclass(frozen=True)
class Picture(Buildable):
    """A kind of picture: when it applies to a network and its data, and how to draw it.

    name: name of the file and of the card in TensorBoard; subject: what the picture shows. Its title then ends with
    the split and the weights ("validation, last weights") for examples, with the weights for weights, and has no
    addition for a run. slow: drawn only after training, not after an epoch.
    """

    name: str
    applies: Callable[[Examples], bool]
    draw: Callable[[Examples], Figure]
    subject: Literal["examples", "weights", "run"] = "examples"
    slow: bool = False

    def figure(self, examples: Examples) -> Figure:
        """Return the figure with the split and the weights in its title."""
        figure = self.draw(examples)
        source = {"examples": f"{examples.split}, {examples.weights}", "weights": examples.weights, "run": ""}
        add_source(figure, source[self.subject])
        return figure
