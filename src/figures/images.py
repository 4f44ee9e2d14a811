"""Images with what the network says about them.

Shapes: B images, C channels (1 or 3 are drawn as they are, others as their mean), H height, W width.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from .style import RIGHT, WRONG, bare, name, sheet, tiles


def predictions(images: Tensor, predicted: Tensor, true: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw images (B, C, H, W) and their predicted classes (B,); wrong ones in red, with the true class."""
    figure, axes = tiles(len(images), size=1.4)
    low, high = float(images.min()), float(images.max())
    wrong = 0
    for ax, image, said, is_ in zip(axes, images, predicted.tolist(), true.tolist(), strict=True):
        _show(ax, image, low, high)
        right = said == is_
        wrong += not right
        text = name(said, labels) if right else f"{name(said, labels)}, not {name(is_, labels)}"
        ax.set_title(text, fontsize=9, color=RIGHT if right else WRONG, pad=3)
        ax.spines[:].set(color=RIGHT if right else WRONG, linewidth=0.5 if right else 2.5)
    figure.suptitle(f"predicted class: {wrong} of {len(images)} wrong", fontsize=11)
    return figure


def reconstructions(images: Tensor, rebuilt: Tensor) -> Figure:
    """Draw images (B, C, H, W), at most ten, above what was rebuilt from them (B, C, H, W), on one scale."""
    images, rebuilt = images[:10], rebuilt[:10]
    n = len(images)
    figure = sheet(max(n, 3) * 1.0, 2.6)
    low, high = float(images.min()), float(images.max())
    for row, (title, part) in zip(
        figure.subplots(2, n, squeeze=False), (("input", images), ("rebuilt", rebuilt)), strict=True
    ):
        for ax, image in zip(row, part, strict=True):
            _show(ax, image, low, high)
        row[0].set_ylabel(title)
    error = float((images - rebuilt).square().mean())
    figure.suptitle(f"reconstructions, mean squared error {error:.3g}", fontsize=11)
    return figure


def _show(ax: Axes, image: Tensor, low: float, high: float) -> None:
    """Show one image (C, H, W) whose values lie in [low, high]."""
    bare(ax)
    pixels = image.detach().float().cpu().numpy()
    if len(pixels) == 3:
        ax.imshow(np.clip((pixels.transpose(1, 2, 0) - low) / max(high - low, 1e-12), 0, 1))
    else:
        ax.imshow(pixels.mean(0), cmap="gray", vmin=low, vmax=high)
