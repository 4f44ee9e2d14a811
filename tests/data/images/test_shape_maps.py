"""Images of shapes with the class of each pixel."""

import pytest
import torch
from nnzoo.data.images.shape_maps import CLASSES, ShapeMaps
from nnzoo.errors import UserError


def test_each_pixel_has_the_class_of_its_shape():
    data = ShapeMaps(noise=0.0, train=50, val=0, test=10)
    batch = data.splits["train"].batch()
    assert batch.x.shape == (50, 1, 32, 32)
    assert batch.y.shape == (50, 32, 32)
    assert set(batch.y.unique().tolist()) == {0, 1, 2, 3}
    assert torch.equal(batch.y > 0, batch.x[:, 0] > 0)
    for image, classes in zip(batch.x[:, 0], batch.y, strict=True):
        for each in range(1, 4):
            assert len(image[classes == each].unique()) <= 1  # a shape has one brightness


def test_areas_of_whole_shapes():
    """Shapes that lie on top, inside the image: pi r^2, (1.8 r)^2, and two bars."""
    data = ShapeMaps(size=200, noise=0.0, train=30, val=0, test=1)
    areas = {each: [] for each in range(1, 4)}
    for classes in data.splits["train"].batch().y:
        for each in areas:
            rows, columns = (classes == each).nonzero().unbind(1) if (classes == each).any() else (None, None)
            if rows is None or rows.min() == 0 or columns.min() == 0 or max(rows.max(), columns.max()) == 199:
                continue
            side = rows.max() - rows.min() + 1
            if side == columns.max() - columns.min() + 1:
                areas[each].append(((classes == each).sum() / side**2).item())
    largest = {CLASSES[each]: max(shares) for each, shares in areas.items()}
    bars = 2 * 0.35 / 1.1 * 2 - (2 * 0.35 / 2.2) ** 2 - 0.35 / 1.1 * 2
    assert largest["disc"] == pytest.approx(torch.pi / 4, abs=0.03)
    assert largest["square"] == pytest.approx(1, abs=0.03)
    assert largest["cross"] == pytest.approx(bars, abs=0.05)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"size": 7}, "^size is 7; .* at least 8$"), ({"noise": -1.0}, "^noise is -1.0; .* at least 0$")],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        ShapeMaps(**wrong)
