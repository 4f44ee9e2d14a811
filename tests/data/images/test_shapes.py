import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.data.images.shapes import CONTRAST, KINDS, Shapes
from nnzoo.errors import UserError

SIZES = {"size": 24, "train": 200, "val": 20, "test": 20}


def made(target, **settings):
    return Shapes(**{"target": target, "noise": 0.0, **SIZES, **settings}).splits["train"]


def test_the_mask_is_in_the_box_and_fills_it():
    masks, boxes = made("mask").y > 0, made("box").y * 24
    for mask, (left, top, right, bottom) in zip(masks, boxes.tolist(), strict=True):
        rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        found = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
        assert found[0] >= left - 0.5
        assert found[1] >= top - 0.5
        assert found[2] <= right + 0.5
        assert found[3] <= bottom + 0.5
        assert max(abs(a - b) for a, b in zip(found, (left, top, right, bottom), strict=True)) < 3  # tips are thin
    assert boxes.min() >= 0
    assert boxes.max() <= 24


def test_areas_are_those_of_the_shapes():
    """An ellipse covers pi/4 of its box, a rectangle all of it, a triangle half, a cross 5/9."""
    kinds, masks, boxes = (made(target, size=96).y for target in ("class", "mask", "box"))
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    share = (masks > 0).double().mean((1, 2)) / area
    for kind, wanted in enumerate((torch.pi / 4, 1.0, 0.5, 5 / 9)):
        assert float(share[kinds == kind].mean()) == pytest.approx(wanted, abs=0.02)
        assert (kinds == kind).sum() > 30
        assert set(masks[kinds == kind].unique().tolist()) == {0, kind + 1}


def test_the_shape_has_a_color_of_its_own():
    x, masks = made("class", size=96).x.float() / 255, made("mask", size=96).y
    sure = torch.nn.functional.avg_pool2d((masks > 0).float().unsqueeze(1), 3, 1, 1)
    inside, outside = (sure > 0.99).expand_as(x), (sure < 0.01).expand_as(x)
    for image, one, other in zip(x, inside, outside, strict=True):
        difference = image[one].view(3, -1).mean(1) - image[other].view(3, -1).mean(1)
        assert difference.abs().min() > CONTRAST - 0.05


def test_sampled_by_seed():
    one, same, other = (made("class", seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.x, same.x)
    assert not torch.equal(one.x, other.x)
    assert one.y.bincount(minlength=len(KINDS)).min() > 30
    assert torch.equal(made("box").x, one.x)
    assert made("class", noise=0.3).x.float().std() > one.x.float().std()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "boxes"}, "unknown target 'boxes'; did you mean 'box'"),
        ({"size": 8}, "size is 8; it is the number of pixels of a side, at least 16"),
        ({"noise": 2.0}, "noise is 2; it must be from 0 to 1"),
        ({"train": 0}, "train is 0"),
    ],
)
def test_values_out_of_range(settings, message):
    with pytest.raises(UserError, match=message):
        Shapes(**settings)


@pytest.mark.parametrize(
    ("model", "data"),
    [
        ("model=mlp", ("data=shapes", "data.target=box")),
        ("model=fcn", ("data=shapes", "data.target=mask")),
        ("model=mlp", ("data=moving_blob",)),
    ],
)
def test_places_are_not_moved(model, data):
    for transform in ("flip", "crop", "rotate", "rescale", "shift"):
        with pytest.raises(UserError, match=f"transforms.{transform} moves objects in images, and the target is their"):
            build_data(api.plain(compose([model, *data, f"transforms={transform}"])))
    build_data(api.plain(compose(["data=shapes", "data.train=20", "transforms=flip"])))
