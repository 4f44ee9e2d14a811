"""Accuracy without single layers, against networks in which the layers are replaced by hand."""

from copy import deepcopy
from pathlib import Path

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.layers.conv.residual import BasicBlock
from sklearn.metrics import accuracy_score
from torch import nn

DIGITS = ("data=digits", "data.size=8", "data.train=200", "data.val=0.1", "trainer.max_epochs=6", "~callbacks.figures")
RESNET = ("model=resnet20", "model.blocks=[2,1]", "model.channels=[4,8]", "model.stem_channels=4", "optimizer.lr=0.02")
VGG = ("model=vgg_small", "model.layers='C3D4 C3D4 M C3D4'", "model.dense_units=[8]", "init=he", "optimizer.lr=0.01")
PLAIN = (*RESNET, "model=plain20")
SIDE_HEADS = (
    "model=googlenet_side_heads",
    "model.network.stem=3x3",
    "model.network.modules=[[[4,4,4,4,4,4]],[[4,4,4,4,4,4]]]",
    "model.after=[1]",
    "model.side_units=4",
)
LAYERS = "evaluations.removed_layers.layers="


class Zeros(nn.Module):
    """Zeros of the shape of the input, in place of a branch that keeps the shape."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)


class Halved(nn.Module):
    """Zeros with twice as many maps and half of the rows and columns."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(x)[..., ::2, ::2].repeat(1, 2, 1, 1)


def by_hand(directory: Path, replaced: dict[str, nn.Module]) -> float:
    """Accuracy on the test images minus the mean accuracy of the networks with a replaced layer."""
    test = Digits(size=8).splits["test"]
    net = nnzoo.load(directory).network.eval()
    found = []
    for name, layer in [("", nn.Identity()), *replaced.items()]:
        other = deepcopy(net)
        if name:
            other.model.set_submodule(name, layer)
        with torch.no_grad():
            found.append(accuracy_score(test.y, other(test.x).argmax(1)))
    return float(found[0] - np.mean(found[1:]))


@pytest.mark.parametrize(
    ("settings", "replaced"),
    [
        (RESNET, {"layers.3.branch": Zeros(), "layers.4.branch": Zeros()}),
        (PLAIN, {"layers.3": nn.Identity(), "layers.4": nn.Identity()}),
        (VGG, {"layers.2": nn.Identity(), "layers.5": nn.Identity()}),
    ],
)
def test_equals_replaced_layers(settings: tuple[str, ...], replaced: dict[str, nn.Module], tmp_path: Path) -> None:
    """Without the blocks of the first stage, which keep the shape, or all convolutions but the first."""
    result = nnzoo.train(*settings, *DIGITS, "evaluations=removed_layers", output_dir=tmp_path)
    expected = by_hand(result.directory, replaced)
    assert result.metrics["test/best"]["acc_drop"] == pytest.approx(expected)
    assert expected > 0.02
    assert nnzoo.evaluate(result.directory)["test/best"]["acc_drop"] == pytest.approx(expected)


def test_named_layers(tmp_path: Path) -> None:
    """A residual block that changes the shape can be named: its shortcut remains."""
    named = ("evaluations=removed_layers", "evaluations.removed_layers.layers=[layers.5]")
    result = nnzoo.train(*RESNET, *DIGITS, *named, output_dir=tmp_path)
    block = nnzoo.load(result.directory).model.layers[5]
    assert isinstance(block, BasicBlock)
    assert result.metrics["test/best"]["acc_drop"] == pytest.approx(
        by_hand(result.directory, {"layers.5.branch": Halved()})
    )


def test_no_loss_is_exactly_zero(tmp_path: Path) -> None:
    """Weights of zero predict the same class without any of seven blocks; a mean of shares is off by its rounding."""
    untrained = (*RESNET, "model.blocks=[7,1]", *DIGITS, "trainer.max_epochs=0", "init=zero")
    result = nnzoo.train(*untrained, "evaluations=removed_layers", output_dir=tmp_path)
    assert result.metrics["test/last"]["acc_drop"] == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            [*VGG, "data=digits", LAYERS + "[]"],
            r"^evaluations\.removed_layers\.layers is \[\]; it takes names of layers",
        ),
        ([*VGG, "data=digits", LAYERS + "[layer.2]"], r"^unknown layer 'layer\.2'; did you mean 'layers\.2'"),
        (
            [*VGG, "data=digits", LAYERS + "[layers.0]"],
            r"^evaluations\.removed_layers: layer layers\.0 maps \(1, 28, 28\) to",
        ),
        (
            ["model=mlp", "data=digits"],
            "^removed layers: MLP has no block or convolution that keeps the shape; set layers",
        ),
        (
            [*SIDE_HEADS, "data=digits", "data.size=16", LAYERS + "[side_heads.0]"],
            r"^evaluations\.removed_layers: predictions do not use layer side_heads\.0; leave it out$",
        ),
        (["model=mlp", "data=noisy_curve"], "^removed layers need vectors or images with classes; the data gives"),
    ],
)
def test_mistakes(settings: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        nnzoo.train(*settings, "evaluations=removed_layers", output_dir=tmp_path)
