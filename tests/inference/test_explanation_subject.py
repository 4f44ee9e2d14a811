"""What is explained: the predicted class, a class or a hidden unit; and which images are taken."""

from collections.abc import Iterator

import pytest
import torch
from nnzoo.analysis.explanations.scores import unit_score
from nnzoo.errors import UserError
from nnzoo.inference.explanations import explain
from nnzoo.inference.explanations.explain import first_inputs
from nnzoo.inference.explanations.subject import Subject
from nnzoo.preprocessing.base import Inputs
from nnzoo.spec import DataSpec
from torch import Tensor

from .small_runs import untrained

LABELS = ("red", "green", "blue")
IMAGES = DataSpec("real", (1, 28, 28), "classes", 3, labels=LABELS, low=0.0, high=1.0)
X = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
INPUTS = Inputs(X, None, {"file": list("abcde")})


def subject(spec: DataSpec = IMAGES, model: str = "lenet5", **settings: object) -> Subject:
    return Subject(untrained(model, spec), INPUTS, 3, **settings)  # type: ignore[arg-type]


def outputs(one: Subject) -> Tensor:
    with torch.no_grad():
        return one.net.network(X[:3])


def test_the_predicted_class() -> None:
    one = subject()
    predicted = outputs(one).argmax(1)
    assert torch.equal(one.images, X[:3])
    assert torch.equal(one.explained, predicted)
    assert torch.equal(one.predicted, predicted)
    assert torch.equal(one.classes, torch.arange(3))
    assert one.names == LABELS
    assert one.titles() == one.names_of(predicted) == [LABELS[k] for k in predicted]
    assert one.what == "the predicted class"
    assert one.identifiers()["file"].tolist() == ["a", "b", "c"]
    scores = outputs(one).gather(1, predicted[:, None])[:, 0]  # before the softmax
    torch.testing.assert_close(one.on_pixels(one.score)(one.images), scores)


@pytest.mark.parametrize("target", ["blue", "green"])
def test_a_class(target: str) -> None:
    one = subject(target=target)
    index = LABELS.index(target)
    assert one.explained.tolist() == [index] * 3
    assert one.classes.tolist() == [index]
    assert one.what == f"class {target}"
    assert one.titles() == one.names_of(outputs(one).argmax(1))
    torch.testing.assert_close(one.on_pixels(one.score)(one.images), outputs(one)[:, index])


def test_a_unit() -> None:
    one = subject(layer="layers.0", unit=2)
    with torch.no_grad():
        maps = dict(one.net.model.named_modules())["layers.0"](X[:3])[:, 2]
        found = one.on_pixels(one.score)(one.images)
    assert one.what == "unit 2 of layers.0"
    assert [float(title) for title in one.titles()] == pytest.approx(found.tolist(), rel=0.01, abs=1e-3)
    expected = unit_score(one.net.model, "layers.0", 2)(X[:3]).detach()
    assert torch.equal(found, expected)
    assert ((found >= maps.amin((1, 2))) & (found <= maps.amax((1, 2)) + 1e-6)).all()


def test_a_layer_without_a_unit() -> None:
    one = subject(layer="layers.0", target="blue")
    torch.testing.assert_close(one.on_pixels(one.score)(one.images), outputs(one)[:, 2])


class Double(torch.nn.Module):
    """A transform."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


def test_pixels_are_transformed_and_flattened() -> None:
    one = subject(model="mlp")
    one.net.transforms = Double()  # type: ignore[assignment]
    flat = X.flatten(1)
    assert torch.equal(one.model_input(X), 2 * flat)
    assert torch.equal(one.on_pixels(torch.neg)(X), -2 * flat)
    assert torch.equal(one.on_network_inputs(torch.neg)(X), -flat)


def test_numbers_of_images() -> None:
    spec = DataSpec("real", (1, 28, 28), "real", 2)
    one = subject(spec, "mlp")
    assert one.names == ("0", "1")
    assert one.predicted.tolist() == [0, 0, 0]
    assert one.what == "the output"
    assert subject(spec, "mlp", target=1).what == "output 1"


def test_other_subjects_are_refused() -> None:
    with pytest.raises(UserError, match="unknown class 'gren'; did you mean 'green'"):
        subject(target="gren")
    with pytest.raises(UserError, match=r"layers\.x"):
        subject(layer="layers.x", unit=0)
    reconstructs = subject(DataSpec("real", (1, 28, 28), "input", 784, low=0.0, high=1.0), "autoencoder")
    for what in ("classes", "explained", "predicted"):
        with pytest.raises(UserError, match="predicts neither classes nor labels nor numbers of images"):
            getattr(reconstructs, what)
    with pytest.raises(UserError, match="explanations are of networks that read images"):
        Subject(untrained("linear", DataSpec("real", (2,), "classes", 3)), Inputs(torch.zeros(1, 2), None, {}), 1)


def pieces(*sizes: int) -> Iterator[Inputs]:
    begin = 0
    for size in sizes:
        names = list(range(begin, begin + size))
        yield Inputs(torch.tensor(names).view(-1, 1, 1, 1).expand(size, 1, 2, 2).float(), None, {"index": names})
        begin += size


@pytest.mark.parametrize(("images", "count"), [(1, 1), (2, 2), (3, 3), (5, 5), (6, 6), (9, 6)])
def test_the_first_images(images: int, count: int) -> None:
    found = first_inputs(pieces(2, 3, 1), images, search=False)
    assert found.x[:, 0, 0, 0].tolist() == found.names["index"] == [*range(count)]


def test_no_more_images_are_read_than_needed() -> None:
    chunks = pieces(2, 3, 1)
    first_inputs(chunks, 2, search=False)
    assert next(chunks).names["index"] == [2, 3, 4]


def test_more_images_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "SEARCHED", 16)  # numbers, 4 an image
    assert first_inputs(pieces(2, 3, 1), 1, search=True).names["index"] == [0, 1, 2, 3]
    assert first_inputs(pieces(2, 3, 1), 5, search=True).names["index"] == [0, 1, 2, 3, 4]
