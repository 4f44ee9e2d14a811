"""Radial basis function units with fixed prototypes.

Shapes: *n examples, F features, K units.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

DIGITS = """
..###.. ...##.. .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## ##...## ...###. ##..... .##.... .....## ##...## ##...##
##...## .####.. .....## .....## ...###. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## ..####. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. .....## .##.##. ######. ##..... ....##. ##...## ##...##
##...## ...##.. ...##.. ..####. .##.##. ##...## ######. ...##.. .#####. ##...##
##...## ...##.. ..##... .....## ##..##. .....## ##...## ...##.. ##...## .######
##...## ...##.. .##.... .....## ##..##. .....## ##...## ...##.. ##...## .....##
##...## ...##.. ##..... .....## ####### .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... .....## ....##. .....## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## ....##. ##...## ##...## ..##... ##...## ....##.
..###.. .###### ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
"""


def digit_bitmaps() -> Float[Tensor, "10 84"]:
    """Return stylized digits 0 to 9 of 7x12 pixels, flattened row by row: +1 on a stroke, -1 elsewhere."""
    rows = [row.split() for row in DIGITS.split("\n") if row]
    bitmaps = ["".join(row[digit] for row in rows) for digit in range(10)]
    return torch.tensor([[1.0 if dot == "#" else -1.0 for dot in bitmap] for bitmap in bitmaps])


class EuclideanRBF(nn.Module):
    """Minus half the squared distance to each prototype p, -||x - p||^2 / 2; it is largest for the nearest prototype.

    Up to a constant it is the log-likelihood of a Gaussian with mean p and unit variance, so the softmax of the outputs
    is the posterior under a uniform prior over classes.
    Aggarwal 8.2.7; LeCun et al. 1998, II.B, where the output is the squared distance itself.
    """

    prototypes: Tensor

    def __init__(self, *, prototypes: Float[Tensor, "K F"]) -> None:
        super().__init__()
        self.register_buffer("prototypes", prototypes)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n K"]:
        """Return the outputs, which are at most 0."""
        return -0.5 * (x.unsqueeze(-2) - self.prototypes).square().sum(-1)
