"""What pictures of images are given, worked by hand."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures import images as pictures
from nnzoo.callbacks.pictures import saliency
from nnzoo.callbacks.pictures.images import BOXES, FEATURE_MAPS, PREDICTIONS
from nnzoo.callbacks.pictures.saliency import SALIENCY
from nnzoo.layers.activations import Sign
from nnzoo.spec import DataSpec
from torch import nn

from .small_examples import TRAINER

X = torch.arange(5.0).view(5, 1, 1, 1)
SPEC = DataSpec("real", (1, 1, 1), "classes", 3, labels=("a", "b", "c"))


def examples(predicted: torch.Tensor, true: torch.Tensor, images: int) -> Any:
    split = SimpleNamespace(base=SimpleNamespace(x=X))
    return SimpleNamespace(
        spec=SPEC,
        predicted=(predicted, true),
        images=images,
        rows=lambda index: SimpleNamespace(x=X[index]),
        restored=lambda x: 10 * x,
        loader=SimpleNamespace(split=split),
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list of what is drawn."""
    found: list[Any] = []
    for name in ("plot_predictions", "plot_boxes", "plot_feature_maps"):
        monkeypatch.setattr(pictures, name, lambda *given: found.append(given))
    return found


@pytest.mark.parametrize(
    ("predicted", "images", "order", "title"),
    [
        ([0, 2, 1, 1, 2], 3, [1, 4, 0], "2 of 5 wrong; wrong predictions first"),
        ([0, 2, 1, 1, 2], 2, [1, 4], "2 of 5 wrong, 2 of them shown"),
        ([0, 2, 1, 1, 2], 1, [1], "2 of 5 wrong, 1 of them shown"),
        ([0, 1, 1, 1, 0], 2, [0, 1], "0 of 5 wrong"),
    ],
)
def test_images_with_wrong_predictions_first(
    drawn: list[Any], predicted: list[int], images: int, order: list[int], title: str
) -> None:
    true = torch.tensor([0, 1, 1, 1, 0])
    PREDICTIONS.draw(examples(torch.tensor(predicted), true, images))
    ((shown, first, second, labels, given),) = drawn
    assert shown.ravel().tolist() == [10 * k for k in order]
    assert first.tolist() == [predicted[k] for k in order]
    assert second.tolist() == true[order].tolist()
    assert (labels, given) == (SPEC.labels, title)


def test_objects_that_are_not_found_come_first(drawn: list[Any]) -> None:
    """An object is found if its class is right and half of either box is in both."""
    true = torch.tensor([[1.0, 0, 0, 1, 1]] * 5)
    predicted = torch.tensor(
        [[1, 0, 0, 1, 1], [2, 0, 0, 1, 1], [1, 0, 0, 0.5, 1], [1, 0, 0, 0.25, 1], [2, 0, 0, 0.25, 1]]
    )
    BOXES.draw(examples(predicted, true, 4))
    ((shown, first, second, overlaps, labels, title),) = drawn
    assert shown.ravel().tolist() == [10, 30, 40, 0]
    assert torch.equal(first, predicted[[1, 3, 4, 0]])
    assert torch.equal(second, true[:4])
    assert overlaps.tolist() == [1, 0.25, 0.25, 1]
    assert labels == SPEC.labels
    assert title == "3 of 5 not found; mean overlap 0.60"


def test_maps_of_all_convolutions(drawn: list[Any]) -> None:
    torch.manual_seed(0)
    first, second = nn.Conv2d(1, 2, 1), nn.Conv2d(2, 3, 1)
    given = examples(torch.empty(0), torch.empty(0), 1)
    given.net, given.trainer = nn.Sequential(first, second), TRAINER
    given.first = lambda n: SimpleNamespace(x=X[2 : 2 + n])
    FEATURE_MAPS.draw(given)
    ((x, maps),) = drawn
    assert x.tolist() == [[[2]]]
    assert list(maps) == ["convolution 1", "convolution 2"]
    torch.testing.assert_close(maps["convolution 2"], second(first(X[2])))


def test_saliency_of_the_predicted_class(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(saliency, "plot_explanations", lambda *given, **named: found.append((*given, named)))
    net = nn.Sequential(nn.Flatten(), nn.Linear(1, 3))
    with torch.no_grad():
        net[1].weight[:] = torch.tensor([[-2.0], [0.0], [3.0]])
        net[1].bias[:] = torch.tensor([0.0, 0.5, 0.0])
    given = examples(torch.empty(0), torch.empty(0), 1)
    given.net, given.trainer = net, TRAINER
    given.predict = lambda x: net(x).argmax(1)
    given.first = lambda n: SimpleNamespace(x=X[:n])
    assert SALIENCY.applies(given)
    SALIENCY.draw(given)
    ((shown, maps, titles, named),) = found
    assert shown.ravel().tolist() == [0, 10, 20, 30, 40]
    assert maps.shape == (5, 1, 1, 1)
    assert maps.ravel().tolist() == [0, 3, 3, 3, 3]  # of the second class, then of the third
    assert titles == ["b", "c", "c", "c", "c"]
    assert named == {"title": "saliency of the predicted class", "row": "saliency"}
    given.net = nn.Sequential(nn.Flatten(), Sign(), nn.Linear(1, 3))  # without a derivative
    assert not SALIENCY.applies(given)
