"""What a kind of picture says about itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from ...figures.style import add_source
from .examples import Examples


@dataclass(frozen=True)
class Picture:
    """One kind of picture: whether a network and its data have it, and how it is drawn.

    name: of the file and of the card in TensorBoard; subject: what it is drawn of, which its title says: predictions
    for examples ("validation, last weights"), weights alone, or the run as a whole, which needs no addition.
    """

    name: str
    applies: Callable[[Examples], bool]
    draw: Callable[[Examples], Figure]
    subject: Literal["examples", "weights", "run"] = "examples"

    def figure(self, examples: Examples) -> Figure:
        """Return the figure, with split and weights in its title."""
        figure = self.draw(examples)
        source = {"examples": f"{examples.split}, {examples.weights}", "weights": examples.weights, "run": ""}
        add_source(figure, source[self.subject])
        return figure
