"""Picture of predicted and true boxes."""

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle
from nnzoo.figures.images.boxes import plot_boxes
from nnzoo.figures.style import RIGHT, WRONG

from ..checks import check_figure


def test_boxes_and_titles():
    images = torch.rand(5, 3, 8, 16)
    true = torch.tensor([[0, 0.25, 0.5, 0.75, 1.0]]).repeat(5, 1)
    predicted = true.clone()
    predicted[1, 0] = 1
    predicted[2, 1:] = torch.tensor([0, 0, 0.25, 0.5])
    figure = check_figure(plot_boxes(images, predicted, true, torch.tensor([1.0, 1, 0, 0.5, 0.4]), ("a cat", "a dog")))
    (ax,) = figure.axes
    titles = [(text.get_text(), text.get_color()) for text in ax.texts]
    assert titles[:3] == [("a cat\noverlap 1.00", RIGHT), ("a dog\nnot a cat", WRONG), ("a cat\noverlap 0.00", WRONG)]
    assert [colour for _, colour in titles[3:]] == [RIGHT, WRONG]
    assert {image.get_clim() for image in ax.images} == {(float(images.min()), float(images.max()))}
    for image, shown in zip(images, ax.images, strict=True):
        scaled = (image - images.min()) / (images.max() - images.min())
        np.testing.assert_allclose(shown.get_array(), scaled.permute(1, 2, 0), atol=1e-6)
    (legend,) = figure.legends
    assert legend.get_frame_on()  # the true boxes are white
    patches = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(patches) == 10
    left, right, bottom, top = ax.images[2].get_extent()
    assert bottom - top == pytest.approx((right - left) / 2)
    actual, found = patches[4:6]
    assert found.get_xy() == pytest.approx((left, top))
    assert (found.get_width(), found.get_height()) == pytest.approx((0.25, 0.25))
    assert actual.get_xy() == pytest.approx((left + 0.25, top + 0.25))
