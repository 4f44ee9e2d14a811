"""Network for localization: a class and a bounding box from the same maps.

Shapes: B images, C channels, H x W pixels, M maps of h x w pixels, K classes.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ...card import Traits
from ...layers.conv.units import check_sizes
from ...layers.side_by_side import SideBySide
from ...spec import BORDERS
from ..components import check_component
from .network import ConvNet


class Localizer(nn.Module):
    """A convolutional classifier with a second head on its maps, which gives the borders of a box.

    The layers of the classifier up to the last maps are the `trunk`, its other layers are `head.classes`. The second
    head, `head.box`, has dense layers with ReLU and a linear layer with four outputs.
    classifier: a function of in_shape and out_features that makes a network of `nnzoo.models.convolutional`;
    box_units: units of each dense layer of the second head; out_features: number of classes, and four.
    Raises ValueError for a layer without units, a `classifier` that makes no such network, and as it does.
    Aggarwal 8.6.2, figure 8.19.
    """

    traits = Traits(inputs=("image",), targets=("class_box",))

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        classifier: Callable[..., ConvNet],
        box_units: Sequence[int] = (64,),
    ) -> None:
        super().__init__()
        check_component("classifier", classifier, ConvNet, "nnzoo.models.convolutional.vgg.VGG")
        check_sizes({"box_units": min(box_units, default=1)})
        layers = classifier(in_shape=in_shape, out_features=out_features - len(BORDERS)).layers
        flat = (k for k, layer in enumerate(layers) if isinstance(layer, nn.AdaptiveAvgPool2d | nn.Flatten))
        end = next(flat, len(layers) - 1)
        self.trunk = layers[:end]
        box = box_head(numbers_after(self.trunk, in_shape), box_units)
        self.head = SideBySide({"classes": nn.Sequential(*layers[end:]), "box": box})

    def forward_features(
        self, x: Float[Tensor, "B C H W"], mask: Bool[Tensor, "B"] | None = None
    ) -> Float[Tensor, "B M h w"]:
        """Return the maps, the input of both heads."""
        maps: Tensor = self.trunk(x)
        return maps

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K4"]:
        """Return the raw outputs of the classes, and left, top, right and lower border in sides of the image."""
        outputs: Tensor = self.head(self.forward_features(x))
        return outputs


def box_head(inputs: int, hidden: Sequence[int]) -> nn.Sequential:
    """Return dense layers with ReLU on all numbers of the maps, and a linear layer for the borders."""
    layers: list[nn.Module] = [nn.Flatten()]
    for units in hidden:
        layers += [nn.Linear(inputs, units), nn.ReLU()]
        inputs = units
    return nn.Sequential(*layers, nn.Linear(inputs, len(BORDERS)))


def numbers_after(trunk: nn.Module, in_shape: Sequence[int]) -> int:
    """Return the number of outputs of layers for one image, computed in evaluation mode."""
    with torch.no_grad():
        maps: Tensor = trunk.eval()(torch.zeros(1, *in_shape))
    trunk.train()
    return maps.numel()
