"""Shifted images: against SciPy's shift, and with networks whose codes are known."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.data.images.factors import MovingBlob
from nnzoo.data.points.manifolds import SwissRoll
from nnzoo.errors import UserError
from nnzoo.evaluations.shifted_images import DIRECTIONS, ShiftedImages
from nnzoo.evaluations.shifted_images import shift as shifted
from nnzoo.losses import Multinomial
from scipy.ndimage import shift
from torch import Tensor


class Known:
    """A network with a given code and reconstruction."""

    def __init__(self, code: Callable[[Tensor], Tensor], output: Callable[[Tensor], Tensor]) -> None:
        self.encode, self.output, self.model = code, output, self

    def __call__(self, x: Tensor) -> Tensor:
        return self.output(x)


def task(
    output: Callable[[Tensor], Tensor] = torch.Tensor.clone, actual: Callable[[Tensor], Tensor] = torch.Tensor.clone
) -> Any:
    """A task whose network has the pixels as code; actual: inputs in the form of reconstructions."""
    head = SimpleNamespace(predict=torch.Tensor.clone, actual=actual)
    return SimpleNamespace(net=Known(torch.Tensor.clone, output), head=head, device=torch.device("cpu"))


@pytest.mark.parametrize("pixels", [1, 3])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_shift_is_that_of_scipy(direction: tuple[int, int], pixels: int) -> None:
    x = torch.rand(2, 1, 5, 6)
    move = [pixels * step for step in direction]
    expected = shift(x.numpy(), (0, 0, *move), order=0, cval=0.25)
    assert torch.equal(shifted(x, *move, 0.25), torch.from_numpy(expected))


def test_codes_and_reconstructions() -> None:
    """With pixels as code, and the mean image as reconstruction, both metrics have a closed form."""
    data = MovingBlob(test=50)
    data.use_input_as_target()
    x = data.splits["test"].x
    flat = x.flatten(1).double()
    moved = [torch.from_numpy(shift(x.numpy(), (0, 0, *move), order=0)).flatten(1).double() for move in DIRECTIONS]
    change = torch.stack([(each - flat).square().sum(1) for each in moved]).mean()
    centre = flat.mean(0)
    found = ShiftedImages().compute(task(lambda x: centre.expand(len(x), -1)), data, "test")
    assert found["shifted_code_change"] == pytest.approx(float(change / (flat - centre).square().sum(1).mean()))
    errors = torch.stack([(each - centre).square().mean() for each in moved])
    assert found["shifted_mse"] == pytest.approx(float(errors.mean()))
    assert 0.01 < found["shifted_code_change"] < 1


def test_images_are_compared_in_the_form_of_the_reconstructions() -> None:
    """With `loss=multinomial` both are shares."""
    data = MovingBlob(test=20)
    data.use_input_as_target()
    shares = Multinomial().actual
    found = ShiftedImages().compute(task(lambda x: shares(x.flatten(1)), shares), data, "test")
    assert found["shifted_mse"] == 0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="pixels is 0; it must be at least 1"):
        ShiftedImages(pixels=0)
    data, points = Digits(size=8), SwissRoll()
    with pytest.raises(UserError, match="shifted images need codes and reconstructions"):
        ShiftedImages().check(task(), data)
    for each in (data, points):
        each.use_input_as_target()
    with pytest.raises(UserError, match="pixels is 8; the images have 8x8 pixels"):
        ShiftedImages(pixels=8).check(task(), data)
    with pytest.raises(UserError, match="shifted images need images; the data is real vector of 3"):
        ShiftedImages().check(task(), points)
    ShiftedImages(pixels=7).check(task(), data)
