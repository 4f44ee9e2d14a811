"""What a config alone says against `weights=torchvision`. Imports no torch."""

from collections.abc import Iterator
from typing import Any

from ..errors import join_names
from .ineffective import chosen_name

TORCHVISION = "torchvision"
PUBLISHED = {
    "vgg_a": "vgg11",
    "vgg_b": "vgg13",
    "vgg_d": "vgg16",
    "vgg_e": "vgg19",
    **{name: name for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")},
    "wide_resnet50": "wide_resnet50_2",
    "wide_resnet101": "wide_resnet101_2",
    "resnext50": "resnext50_32x4d",
    "resnext101": "resnext101_32x8d",
    **{name: name for name in ("densenet121", "densenet161", "densenet169", "densenet201")},
}
"""Our networks -> torchvision's of the same architecture."""
NEEDED = "transforms=standardize transforms.standardize.per=channel"


def torchvision_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for a network without published weights, and for inputs that were not standardized as theirs."""
    if config["weights"] != TORCHVISION:
        return
    model = chosen_name(config, "model")
    if model not in PUBLISHED:
        yield f"weights={TORCHVISION}: it has no weights for model '{model}'; it has them for {join_names(PUBLISHED)}"
        return
    if config["weights_by"] == "name":
        yield f"weights_by=name has no effect: the layers of weights={TORCHVISION} have other names; leave it out"
    transforms = {name: node for name, node in config["transforms"].items() if node}
    node = transforms.get("standardize")
    if node is None:
        yield (
            f"weights={TORCHVISION} were trained with standardized channels, not "
            f"{'with transforms=' + ','.join(transforms) if transforms else 'without transforms'}; set {NEEDED}"
        )
    elif node.get("per") != "channel":
        yield f"transforms.standardize.per is {node.get('per')}; weights={TORCHVISION} need {NEEDED}"
