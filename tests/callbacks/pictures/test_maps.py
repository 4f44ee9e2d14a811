import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.callbacks.pictures import codes, maps
from nnzoo.callbacks.pictures.maps import MAPS
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from torch.testing import assert_close

from tests.figures.checks import check_figure

from .small_examples import examples_of

CLASSES = DataSpec("real", (6,), "classes", 3, labels=("cat", "dog", "ant"))
BATCH = CLASSES.fake_batch(60, torch.Generator().manual_seed(0))
NUMBER = dataclasses.replace(
    CLASSES, target="real", target_size=1, labels=("age",), target_mean=(40,), target_scale=(9,)
)


def offsets(ax):
    return torch.cat([torch.tensor(dots.get_offsets().data) for dots in ax.collections]).float()


@torch.no_grad()
def test_codes_of_two_numbers_with_classes_beside_other_maps():
    torch.manual_seed(0)
    net = Autoencoder(in_features=6, hidden=[], code=2)
    examples = examples_of(net, CLASSES, BATCH)
    assert MAPS.applies(examples)
    assert MAPS.slow
    figure = check_figure(MAPS.figure(examples))
    code, components, tsne, corner = figure.axes
    by_class = BATCH.y.argsort(stable=True)
    assert_close(offsets(code), net.encode(BATCH.x)[by_class])
    expected = torch.tensor(PCA(2).fit_transform(BATCH.x)).float()
    assert_close(offsets(components).abs(), expected[by_class].abs(), atol=1e-4, rtol=1e-4)
    knn = KNeighborsClassifier(5)
    right = 0
    for k in range(60):
        others = torch.arange(60) != k
        right += knn.fit(expected[others], BATCH.y[others]).predict(expected[k : k + 1])[0] == BATCH.y[k]
    assert components.get_title() == f"PCA\n5-NN accuracy {right / 60:.3f}"
    assert code.get_title().startswith("code\n5-NN accuracy")
    assert tsne.get_title().startswith("t-SNE\n5-NN accuracy")
    assert [text.get_text() for text in corner.get_legend().get_texts()] == ["cat", "dog", "ant"]
    assert figure.get_suptitle() == "60 examples in two dimensions\nvalidation, last weights"


@torch.no_grad()
def test_numbers_in_their_units_and_components_of_larger_codes():
    net = Autoencoder(in_features=6, hidden=[], code=4)
    y = torch.randn(60, 1)
    code, *_, corner = check_figure(MAPS.figure(examples_of(net, NUMBER, Batch(BATCH.x, y)))).axes
    assert code.get_title().startswith("code of 4, 2 components\n5-NN r2 ")
    expected = torch.tensor(PCA(2).fit_transform(net.encode(BATCH.x))).float()
    assert_close(offsets(code).abs(), expected.abs(), atol=1e-4, rtol=1e-4)
    assert_close(torch.tensor(code.collections[0].get_array()).float(), y[:, 0] * 9 + 40)
    assert corner.child_axes[0].get_ylabel() == "age"


@pytest.mark.parametrize(("target", "size"), [("none", 0), ("multilabel", 3), ("real", 2)])
@torch.no_grad()
def test_without_a_class_or_one_number_points_have_no_colours(target, size):
    data = dataclasses.replace(CLASSES, target=target, target_size=size, labels=())
    examples = examples_of(Autoencoder(in_features=6, hidden=[], code=2), data, Batch(BATCH.x, torch.zeros(60, size)))
    assert check_figure(MAPS.figure(examples)).axes[0].get_title() == "code"


@torch.no_grad()
def test_a_thousand_examples_at_equal_intervals(monkeypatch):
    monkeypatch.setattr(codes, "MOST", 30)
    batch = Batch(torch.arange(360.0).view(60, 6), BATCH.y)
    index = codes.evenly_spaced(examples_of(Autoencoder(in_features=6, code=2), CLASSES, batch))
    assert len(index) == 30
    assert (index[0], index[-1]) == (0, 59)
    assert set(index.diff().tolist()) <= {2, 3}


@torch.no_grad()
def test_few_examples_have_one_neighbour():
    batch = CLASSES.fake_batch(12, torch.Generator().manual_seed(0))
    examples = examples_of(Autoencoder(in_features=6, code=2), CLASSES, batch)
    assert MAPS.applies(examples)
    _, components, *_ = check_figure(MAPS.figure(examples)).axes
    points = torch.tensor(PCA(2).fit_transform(batch.x))
    nearest = torch.cdist(points, points).fill_diagonal_(torch.inf).argmin(1)
    assert components.get_title() == f"PCA\n1-NN accuracy {(batch.y[nearest] == batch.y).double().mean():.3f}"


@torch.no_grad()
def test_does_not_apply_to_other_networks_few_examples_and_codes_of_one_number():
    assert not MAPS.applies(examples_of(MLP(in_features=6, out_features=6), CLASSES, BATCH))
    assert not MAPS.applies(examples_of(Autoencoder(in_features=6, code=2), CLASSES, CLASSES.fake_batch(9)))
    assert not MAPS.applies(examples_of(Autoencoder(in_features=6, code=1), CLASSES, BATCH))


@torch.no_grad()
@pytest.mark.parametrize(("number", "neighbours"), [(10, 1), (49, 1), (50, 5)])
def test_votes_of_fifty_examples(monkeypatch: pytest.MonkeyPatch, number: int, neighbours: int) -> None:
    drawn: list[Any] = []
    asked: list[int] = []
    monkeypatch.setattr(maps, "tsne", lambda x: x[:, :2])
    monkeypatch.setattr(maps, "leave_one_out", lambda points, target, count: asked.append(count) or 0.5)
    monkeypatch.setattr(maps, "plot_maps", lambda *given: drawn.append(given) or Figure())
    batch = CLASSES.fake_batch(number)
    examples = examples_of(Autoencoder(in_features=6, code=2), CLASSES, batch)
    assert MAPS.applies(examples)
    figure = MAPS.draw(examples)
    assert asked == [neighbours] * 3
    ((found, values, names),) = drawn
    assert list(found) == [f"{name}\n{neighbours}-NN accuracy 0.500" for name in ("code", "PCA", "t-SNE")]
    assert values.tolist() == batch.y.tolist()
    assert names == ("cat", "dog", "ant")
    assert figure.get_suptitle() == f"{number} examples in two dimensions"


def test_targets_that_are_known() -> None:
    y = torch.tensor([[1.0], [-1.0]])

    def found(spec: DataSpec | None, values: torch.Tensor = y) -> Any:
        return maps.known_target(SimpleNamespace(loader=SimpleNamespace(original_spec=spec)), values)  # type: ignore

    assert found(NUMBER).values.tolist() == [49, 31]
    assert found(NUMBER).names == ("age",)
    assert found(CLASSES, torch.tensor([2, 0])).values.tolist() == [2, 0]
    steps = dataclasses.replace(CLASSES, sequence=True, per_step=True)
    several = dataclasses.replace(NUMBER, target_size=2, labels=(), target_mean=(), target_scale=())
    for spec in (None, steps, several, dataclasses.replace(NUMBER, partial=True)):
        assert found(spec) is None
    with torch.no_grad():
        one = DataSpec("real", (1,), "classes", 3)
        assert not MAPS.applies(examples_of(Autoencoder(in_features=1, code=2), one, one.fake_batch(20)))
