"""Images in figures of explanations, and what their titles say about the colours."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.figures.classes.errors import plot_class_errors
from nnzoo.figures.images.explanations import plot_explanations
from nnzoo.figures.images.synthesized import plot_synthesized
from nnzoo.figures.images.units import plot_units

from ..checks import check_figure


def explained(maps: torch.Tensor, channels: int = 1) -> Figure:
    titles = ["zero", "a class with a long name"]
    figure = plot_explanations(torch.rand(2, channels, 6, 5), maps, titles, title="saliency", row="map")
    return check_figure(figure)


@pytest.mark.parametrize(
    ("maps", "meaning"),
    [
        (torch.rand(2, 1, 6, 5), "light: large"),
        (torch.randn(2, 1, 6, 5), "purple: positive, orange: negative"),
        (torch.randn(2, 3, 6, 5), "zero is grey"),
        (torch.zeros(2, 1, 6, 5), "all are 0"),
    ],
    ids=["positive", "signed", "colour", "zero"],
)
def test_maps_below_the_images(maps: torch.Tensor, meaning: str) -> None:
    figure = explained(maps, maps.shape[1])
    assert figure.get_suptitle() == f"saliency\n{meaning}"
    (ax,) = figure.axes
    assert len(ax.images) == 4
    below = ax.images[1]
    bound = float(maps[0].abs().max()) or 1.0
    if maps.shape[1] == 3:
        expected = (maps[0] / bound + 1).permute(1, 2, 0) / 2
        np.testing.assert_allclose(below.get_array(), expected, atol=1e-6)
    else:
        assert below.get_clim() == pytest.approx((-bound if (maps < 0).any() else 0, bound))
        np.testing.assert_array_equal(below.get_array(), maps[0, 0])
    assert [text.get_text() for text in ax.texts][:2] == ["zero", "a class wit…"]
    assert below.get_cmap().name == ("PuOr" if (maps < 0).any() else "gray")
    assert [image.get_cmap().name for image in ax.images[::2]] == ["gray"] * 2
    assert len({image.get_clim() for image in ax.images[::2]}) == 1
    left, _, _, top = below.get_extent()
    assert ax.patches[0].get_xy() == (left, top)
    assert len(ax.patches) == 2  # around the maps


def test_ten_of_many_explanations() -> None:
    images, maps = torch.rand(12, 1, 3, 3), torch.rand(12, 1, 3, 3)
    figure = plot_explanations(images, maps, [str(k) for k in range(12)], title="saliency", row="map")
    (ax,) = check_figure(figure).axes
    assert len(ax.images) == 20
    assert [text.get_text() for text in ax.texts if text.get_rotation() == 0] == [str(k) for k in range(10)]
    assert ax.images[0].get_clim() == (float(images[:10].min()), float(images[:10].max()))


def test_rows_of_units() -> None:
    crops, gradients = torch.rand(6, 4, 1, 3, 5), torch.randn(6, 4, 1, 3, 5)
    gradients[1, 2] = 0
    figure = check_figure(plot_units(crops, gradients, [f"unit {k}" for k in range(6)], "layers.3"))
    (ax,) = figure.axes
    assert len(ax.images) == len(ax.patches) == 48  # each with a frame
    assert figure.get_suptitle() == "layers.3\npurple: positive, orange: negative"
    assert [text.get_text() for text in ax.texts] == [f"unit {k}" for k in range(6)]
    above, below = ax.images[2 * (4 * 1 + 3)], ax.images[2 * (4 * 1 + 3) + 1]  # the last crop of the second unit
    np.testing.assert_array_equal(above.get_array(), crops[1, 3, 0])
    np.testing.assert_array_equal(below.get_array(), gradients[1, 3, 0])
    assert above.get_clim() == (float(crops.min()), float(crops.max()))
    assert below.get_clim() == pytest.approx((-float(gradients[1, 3].abs().max()), float(gradients[1, 3].abs().max())))
    assert ax.images[2 * (4 * 1 + 2) + 1].get_clim() == (-1, 1)  # all zeros
    left, right, bottom, top = above.get_extent()
    assert below.get_extent()[:2] == [left, right]
    assert bottom < below.get_extent()[3] < bottom + 0.1
    assert (bottom - top) / (right - left) == pytest.approx(3 / 5)
    assert ax.texts[1].get_position()[1] == pytest.approx((bottom + top) / 2)
    assert ax.texts[1].get_position()[0] < 0  # left of the first crop


def test_synthesized_images_have_their_own_scales() -> None:
    images = torch.tensor([1.0, 10.0]).view(2, 1, 1, 1) * torch.randn(2, 1, 4, 4)
    figure = check_figure(plot_synthesized(images, ["small", "large"]))
    limits = [image.get_clim() for image in figure.axes[0].images]
    assert limits == [(float(each.min()), float(each.max())) for each in images]
    assert [text.get_text() for text in figure.axes[0].texts] == ["small", "large"]


def test_errors_by_class() -> None:
    true = torch.tensor([0, 0, 0, 0, 1, 1, 3])
    predicted = torch.tensor([0, 1, 1, 0, 1, 1, 0])
    figure = check_figure(plot_class_errors(predicted, true, 4, ("cat", "dog", "cow", "hen")))
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0, 0, 1]
    assert [text.get_text() for text in ax.texts] == ["2 of 4", "0 of 2", "0 of 0", "1 of 1"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog", "cow", "hen"]
    assert figure.get_suptitle() == "3 of 7 wrong (42.86%)\nerrors by class"
    assert ax.get_xlim() == (0, 1.3)
    assert ax.xaxis.get_major_formatter()(0.5) == "50%"
    assert all(label.get_text().endswith("%") for label in ax.get_xticklabels())
    (half,) = plot_class_errors(torch.tensor([0, 1]), torch.zeros(2, dtype=torch.long), 2).axes
    assert (half.get_xlim(), half.get_ylim()) == ((0, 0.65), (2.5, -0.5))  # the height of three bars
    (none,) = plot_class_errors(true, true, 4).axes
    assert none.get_xlim() == (0, 1)


def test_classes_with_most_errors_of_many() -> None:
    true = torch.arange(40).repeat(2)
    predicted = torch.where(true >= 20, true, 0)
    figure = check_figure(plot_class_errors(predicted, true, 40))
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert shown == [str(k) for k in range(25)]  # 1 to 19, and the first of the others
    assert "25 of 40 classes" in figure.get_suptitle()
