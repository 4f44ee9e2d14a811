"""The examples that pictures show, and the titles of pictures."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.callbacks.pictures import classes, generated
from nnzoo.callbacks.pictures.base import Picture
from nnzoo.callbacks.pictures.classes import BOUNDARY, CLASS_ERRORS, CONFUSION, Plane, plane
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.callbacks.pictures.generated import GENERATED_IMAGES, generate
from nnzoo.callbacks.pictures.samples import SAMPLES
from nnzoo.callbacks.pictures.sequences import SEQUENCES
from nnzoo.callbacks.pictures.values import SCATTER
from nnzoo.data.loader import Loader
from nnzoo.spec import Batch, DataSpec
from torch import nn

from tests.callbacks.small_tasks import PLANE, SYMBOLS, make_task

from .small_examples import TRAINER


def drawn(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    """Return a list of what is drawn by a function of a module."""
    found: list[Any] = []
    monkeypatch.setattr(module, name, lambda *given: found.append(given) or Figure())
    return found


def examples_of(model: nn.Module, batch: Batch, spec: DataSpec = PLANE, **settings: Any) -> Examples:
    return Examples(TRAINER, make_task(spec, model), Loader(batch, batch_size=3), **settings)


def test_rows_predictions_and_defaults() -> None:
    x = torch.tensor([[3.0, 1, 2], [1, 2, 3], [0, 1, 0], [9, 8, 7]])
    examples = examples_of(nn.Identity(), Batch(x, torch.tensor([0, 2, 0, 1])))
    assert examples.first(2).x.tolist() == x[:2].tolist()
    assert examples.rows(torch.tensor([3, 0])).x.tolist() == x[[3, 0]].tolist()
    assert [values.tolist() for values in examples.predicted] == [[0, 2, 1, 0], [0, 2, 0, 1]]
    assert (examples.split, examples.weights, examples.images) == ("validation", "last weights", 16)
    assert examples.spec is examples.task.spec
    examples.loader.transforms = SimpleNamespace(inverse=lambda x: 2 * x + 1)
    assert examples.restored(torch.tensor([1.0, 2.0])).tolist() == [3, 5]


def test_logged_numbers_by_epoch(tmp_path: Path) -> None:
    loggers = [object()]
    written: list[Any] = []
    task: Any = SimpleNamespace(metric_log=SimpleNamespace(write=written.append))
    trainer: Any = SimpleNamespace(loggers=loggers, default_root_dir=tmp_path)
    assert Examples(trainer, task, None).logged == {}
    (tmp_path / "metrics.csv").write_text("epoch,a,b\n1,0.5,\n2,nan,2\n4,0,inf\n")
    assert Examples(trainer, task, None).logged == {"a": {1: 0.5, 4: 0.0}, "b": {2: 2.0, 4: float("inf")}}
    assert written == [loggers] * 2


@pytest.mark.parametrize(
    ("subject", "title"),
    [("examples", "name\ntest, averaged weights"), ("weights", "name\naveraged weights"), ("run", "name")],
)
def test_title_has_the_split_and_the_weights(subject: Any, title: str) -> None:
    figure = Figure()
    figure.suptitle("name")
    picture = Picture("a", lambda _: True, lambda _: figure, subject)
    assert not picture.slow
    examples: Any = SimpleNamespace(split="test", weights="averaged weights")
    assert picture.figure(examples) is figure
    assert figure.get_suptitle() == title


def test_predictions_and_targets_of_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = Batch(torch.eye(3), torch.tensor([0, 2, 1]))
    examples = examples_of(nn.Identity(), batch)
    for picture, name in ((CONFUSION, "plot_confusion"), (CLASS_ERRORS, "plot_class_errors")):
        found = drawn(monkeypatch, classes, name)
        picture.draw(examples)
        ((predicted, true, count, labels),) = found
        assert (predicted.tolist(), true.tolist(), count, labels) == ([0, 1, 2], [0, 2, 1], 3, ("a", "b", "c"))


def test_regions_and_points_are_in_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "POINTS", 4)
    axes = Plane(("width", "height"), torch.tensor([10.0, 20.0]), torch.tensor([2.0, 3.0]))
    monkeypatch.setattr(classes, "plane", lambda task: axes)
    found = drawn(monkeypatch, classes, "plot_boundary")
    x = torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1], [50, 50]])
    net = nn.Linear(2, 3)
    examples = examples_of(net, Batch(x, torch.tensor([2, 0, 1, 0, 0])))
    BOUNDARY.draw(examples)
    ((points, true, positions, predicted, count, labels, names),) = found
    assert points.tolist() == [[10, 20], [12, 20], [10, 23], [12, 23]]
    assert true.tolist() == [2, 0, 1, 0]
    assert (count, labels, names) == (3, ("a", "b", "c"), ("width", "height"))
    scaled = (positions - axes.mean) / axes.scale
    assert torch.equal(predicted, net(scaled).argmax(-1))
    assert positions[..., 0].max() < 20


def test_axes_without_a_table_are_those_of_the_network() -> None:
    task: Any = SimpleNamespace(record=None)
    table = {"kind": "table", "columns": []}
    for record in (None, {}, {"preprocessing": {"kind": "numbers"}}, {"transforms": [1], "preprocessing": table}):
        task.record = None if record is None else lambda record=record: record
        names, mean, scale = plane(task)
        assert names == ("input 1", "input 2")
        assert (mean.tolist(), scale.tolist()) == ([0, 0], [1, 1])


class Sampler(nn.Module):
    """Draws images from noise."""

    def sample(self, n: int, steps: int = 0) -> torch.Tensor:
        return torch.rand(n, 6) + steps

    def gibbs(self, x: torch.Tensor, sample_visible: bool = True) -> torch.Tensor:
        return x if sample_visible else x + 0.5


def test_generated_images_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = DataSpec("real", (1, 2, 3), "classes", 2)
    examples = examples_of(Sampler(), Batch(torch.zeros(2, 1, 2, 3), torch.zeros(2).long()), spec)
    examples.loader.transforms = SimpleNamespace(inverse=lambda x: 2 * x + 1)
    found: list[Any] = []
    monkeypatch.setattr("nnzoo.callbacks.pictures.generated.plot_samples", lambda *given: found.append(given))
    monkeypatch.setattr("nnzoo.callbacks.pictures.samples.plot_samples", lambda *given: found.append(given))
    first = generate(examples.task, 4)
    assert torch.equal(generate(examples.task, 4), first)  # the same noise
    assert len(first) == 4
    GENERATED_IMAGES.draw(examples)
    torch.manual_seed(0)
    SAMPLES.draw(examples)
    (made, title), (probabilities, other) = found
    torch.manual_seed(0)
    noise = torch.rand(32, 6).view(32, 1, 2, 3)
    torch.testing.assert_close(made, 2 * noise + 1)
    torch.testing.assert_close(probabilities, noise + 1000.5, rtol=0, atol=1e-3)
    assert title == "generated images"
    assert other == "samples: probabilities after 1000 Gibbs steps"


def test_wrong_sequences_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr("nnzoo.callbacks.pictures.sequences.plot_sequences", lambda *given: found.append(given))
    x = torch.tensor([[0, 1, 0], [1, 1, 0], [0, 0, 1]])
    mask = torch.tensor([[True, True, True], [True, True, False], [True, False, False]])
    predicted = torch.tensor([[1, 2, 0], [2, 0, -1], [1, 0, -1]])
    true = torch.tensor([[1, 2, 0], [1, 0, -1], [2, 0, -1]])
    for vocabulary, masked, images in ((("a", "b"), True, 16), (("a", "bc"), False, 2)):
        labels = ("end", "x", "y")
        spec = DataSpec("tokens", (), "sequence", 3, sequence=True, vocabulary=vocabulary, labels=labels, target_len=3)
        take = Loader(Batch(x, true, mask if masked else None), batch_size=3, sequences=True).take
        examples: Any = SimpleNamespace(spec=spec, predicted=(predicted, true), images=images, rows=take)
        SEQUENCES.draw(examples)
    (rows, wrong, total), (few, *_) = found
    assert [row.input for row in rows] == ["bb", "a", "aba"]
    assert [row.input for row in few] == ["bc bc a", "a a bc"]
    assert [row.target == row.prediction for row in rows] == [False, False, True]
    assert rows[0].target != rows[1].target
    assert (wrong, total) == (2, 3)


def test_columns_and_known_entries_of_real_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr("nnzoo.callbacks.pictures.values.plot_scatter", lambda *given: found.append(given))
    true = torch.tensor([[1.0, float("nan")], [3.0, 4.0]])
    for partial in (False, True):
        spec = DataSpec("real", (2,), "real", 2, labels=("a", "b"), partial=partial)
        examples: Any = SimpleNamespace(spec=spec, predicted=(torch.arange(4.0), true.ravel()))
        SCATTER.draw(examples)
    whole, known = found
    assert whole[0].tolist() == [[0, 1], [2, 3]]
    assert whole[1].shape == (2, 2)
    assert whole[2] == ("a", "b")
    assert [values.tolist() for values in known] == [[[0], [2], [3]], [[1], [3], [4]]]


def test_first_sequence_without_padding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.callbacks.pictures.examples.EVAL_STEPS", 2)  # for contiguous text
    x = torch.arange(2 * 5 * 7.0).view(2, 5, 7)
    mask = torch.tensor([[True, True, True, False, False], [True] * 5])
    classes = DataSpec("real", (7,), "classes", 3, sequence=True)
    for spec, y in ((SYMBOLS, x + 1), (classes, torch.tensor([2, 1]))):
        for given, segment, steps in ((mask, None, 3), (None, None, 5), (None, 9, 2)):
            loader = Loader(Batch(x, y, given), batch_size=2, per_step=spec.per_step)
            loader.segment = segment
            found = Examples(TRAINER, make_task(spec, nn.Linear(7, 3)), loader).sequence
            assert torch.equal(found.x, x[:1, :steps])
            assert torch.equal(found.y, y[:1, :steps] if spec.per_step else y[:1])
            assert found.mask is None or (found.mask.shape == (1, 3) and found.mask.all())
            assert (found.mask is None) == (given is None)


def test_inputs_have_the_precision_of_the_trainer() -> None:
    examples = examples_of(nn.Identity(), Batch(torch.eye(3), torch.arange(3)))
    plugin = SimpleNamespace(forward_context=nullcontext, convert_input=lambda batch: Batch(batch.x.double(), batch.y))
    examples.trainer = SimpleNamespace(precision_plugin=plugin)  # type: ignore[assignment]
    assert examples.first(2).x.dtype == torch.float64
    assert examples.predicted[0].tolist() == [0, 1, 2]


def test_generated_points_beside_as_many_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = Plane(("width", "height"), torch.tensor([10.0, 20.0]), torch.tensor([2.0, 3.0]))
    monkeypatch.setattr(generated, "plane", lambda task: axes)
    monkeypatch.setattr(generated, "generate", lambda task, n: torch.full((n, 2), float(n)))
    found = drawn(monkeypatch, generated, "plot_points")
    real = torch.tensor([[0.0, 0], [1, 0], [0, 2]])
    asked: list[int] = []
    examples: Any = SimpleNamespace(
        first=lambda n: asked.append(n) or Batch(real, None),  # type: ignore[arg-type]
        predict=lambda positions: positions[:, 1],
        task=None,
    )
    generated.POINTS_IN_PLANE.draw(examples)
    ((points, fake, positions, probability, names),) = found
    assert asked == [1000]
    assert points.tolist() == [[10, 20], [12, 20], [10, 26]]
    assert fake.tolist() == [[16, 29]] * 3
    torch.testing.assert_close(probability, (positions[..., 1] - 20) / 3)
    assert names == ("width", "height")
