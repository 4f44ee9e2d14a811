"""Loss of a class and a bounding box. Shapes: B images, K classes; K + 4 outputs."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ..spec import BORDERS
from .base import Loss


class Localization(Loss):
    """Cross-entropy of the class, in nats, plus `box_weight` times the squared distance of the box, the sum over sides.

    The first K outputs are those of the classes, the last four the borders of the box in sides of the image. Raises
    ValueError for a weight that is not positive. Aggarwal 8.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("class_box",)

    def __init__(self, *, box_weight: float = 1.0) -> None:
        super().__init__()
        if not 0 < box_weight < float("inf"):
            raise ValueError(f"box_weight is {box_weight}; it must be above 0 and finite")
        self.box_weight = box_weight

    def out_features(self, target_size: int) -> int:
        """Return the outputs of the classes, and four."""
        return target_size + len(BORDERS)

    def probabilities(self, output: Float[Tensor, "B K4"]) -> Float[Tensor, "B K"]:
        """Return the softmax of the outputs of the classes."""
        return output[:, : -len(BORDERS)].softmax(-1)

    def forward(self, output: Float[Tensor, "B K4"], target: Float[Tensor, "B 5"]) -> Float[Tensor, "B"]:
        """Return the loss of each image."""
        of_class = nn.functional.cross_entropy(output[:, : -len(BORDERS)], target[:, 0].long(), reduction="none")
        return of_class + self.box_weight * (output[:, -len(BORDERS) :] - target[:, 1:]).square().sum(-1)
