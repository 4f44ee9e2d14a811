"""Initial weights against a new network of the same seed; the pictures of weights."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.load import load
from nnzoo.spec import DataSpec
from nnzoo.teaching.weight_changes import CapturedError, CaptureWeights, WeightChanges, is_matrix, montage, picture

from tests.figures.checks import check_figure
from tests.support.built import built
from tests.support.commands import command, exit_code
from tests.support.runs import TINY

FAST = ("trainer.max_steps=3", "trainer.limit_val_batches=0", "evaluate=[]", "seed=4")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return nnzoo.train(*TINY, *FAST, output_dir=tmp_path_factory.mktemp("runs")).directory


@pytest.fixture(scope="module")
def changes(run):
    return nnzoo.weight_changes(run)


def test_weights_are_those_before_and_after(run, changes):
    torch.manual_seed(4)
    before = dict(built(*TINY, *FAST).net.model.named_parameters())
    after = dict(load(run, which="last").network.model.named_parameters())
    assert changes.before.keys() == before.keys()
    for name in before:
        np.testing.assert_array_equal(changes.before[name], before[name].detach().numpy())
        np.testing.assert_array_equal(changes.after[name], after[name].detach().numpy())
        assert (changes.before[name] != changes.after[name]).any()


def test_table_measures_the_change(changes):
    row = changes.table.set_index("parameter").loc["layers.2.weight"]
    before, after = changes.before["layers.2.weight"], changes.after["layers.2.weight"]
    assert row["shape"] == "10x6"
    assert row.change == pytest.approx(np.sqrt(((after - before) ** 2).sum()))
    assert row.relative == pytest.approx(row.change / np.sqrt((before**2).sum()))
    assert row.std_after == pytest.approx(after.std())


def test_initial_weights_that_a_rule_sets_from_the_data(tmp_path: Path) -> None:
    x = np.array([[1, 0], [1, 0], [1, 1], [0, 0]])
    small = ("~callbacks.figures", "trainer.max_steps=1", "trainer.limit_val_batches=0", "evaluate=[]", "data.val=0")
    data = (x, x, x, x)
    found = nnzoo.train("model=rbm", "model.hidden=2", *small, "head=reconstruction", data=data, output_dir=tmp_path)
    before = nnzoo.weight_changes(found.directory, data=data).before["visible_bias"]
    np.testing.assert_allclose(before, np.log([3, 1 / 3]), atol=1e-6)  # log(p / (1 - p)) of the means


def test_figure_has_both_on_one_scale(changes):
    figure = check_figure(changes.plot(), width=660)
    images = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(images) == 4
    assert images[0].get_clim() == images[1].get_clim()
    assert len(check_figure(changes.plot("layers.2.bias"), width=660).axes) == 4
    with pytest.raises(UserError, match=r"unknown parameter 'layers.2.bia'; did you mean 'layers.2.bias'"):
        changes.plot("layers.2.bia")


def test_units_that_see_an_image_are_images():
    spec = DataSpec("image", (1, 2, 3), "classes", 2, low=0.0, high=1.0)
    weight = np.arange(12.0).reshape(2, 6)
    np.testing.assert_array_equal(picture(weight, spec), [[0, 1, 2, np.nan, 6, 7, 8], [3, 4, 5, np.nan, 9, 10, 11]])
    filters = np.arange(8.0).reshape(2, 1, 2, 2)
    np.testing.assert_array_equal(picture(filters, spec), [[0, 1, np.nan, 4, 5], [2, 3, np.nan, 6, 7]])
    assert picture(np.ones((300, 4)), spec).shape == (100, 4)
    np.testing.assert_array_equal(picture(np.arange(3.0), spec), [[0, 1, 2]])  # a bias


@pytest.mark.parametrize(
    ("shape", "expected"), [((3,), False), ((1, 3), False), ((3, 1), False), ((2, 3), True), ((1, 1, 2, 2), True)]
)
def test_a_matrix_has_several_rows_and_columns(shape, expected):
    assert is_matrix(np.ones(shape)) == expected


def test_weights_of_zero_have_no_relative_change():
    spec = DataSpec("real", (1,), "real", 1)
    found = WeightChanges({"w": np.zeros((1, 1))}, {"w": np.ones((1, 1))}, spec, "last")
    assert np.isnan(found.table.relative[0])
    assert str(found).splitlines()[1].split()[-1] == "-"
    check_figure(found.plot(), width=660)


def test_command_prints_and_draws(run, changes, tmp_path: Path) -> None:
    text = command("weight_changes", f"run={run}", f"output={tmp_path}/a.png", "parameters=[layers.0.weight]")
    assert text.startswith(str(changes))
    assert (tmp_path / "a.png").is_file()
    assert command("weight_changes", f"run={run}", "--csv") == changes.table.to_csv(index=False, lineterminator="\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "run=... is required"),
        (("run=nowhere",), "nowhere"),
        (("run={run}", "checkpoint=first"), "unknown checkpoint 'first'"),
        (("run={run}", "output=a.png", "parameters=[layers.9]"), "unknown parameter 'layers.9'"),
        (("run={run}", "paramters=[x]"), "did you mean 'parameters'"),
    ],
)
def test_unsuitable_arguments_are_one_line(run, args, message, capsys):
    assert exit_code("weight_changes", *(arg.format(run=run) for arg in args)) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert message in error


IMAGE = DataSpec("image", (1, 2, 3), "classes", 2, low=0.0, high=1.0)


def test_planes_are_side_by_side_in_a_square() -> None:
    assert montage(np.arange(3.0).reshape(3, 1, 1)).tolist() == [
        [0, pytest.approx(np.nan, nan_ok=True), 1],
        [pytest.approx(np.nan, nan_ok=True)] * 3,
        [2, *[pytest.approx(np.nan, nan_ok=True)] * 2],
    ]
    planes = np.arange(30.0)[:, None, None] * np.ones((30, 2, 1))
    found = montage(planes)  # the first 25
    assert found.shape == (5 * 3 - 1, 5 * 2 - 1)
    assert found[::3, ::2].ravel().tolist() == [*range(25)]
    assert found[1::3, ::2].ravel().tolist() == [*range(25)]
    assert np.isnan(found[2::3]).all()
    assert np.isnan(found[:, 1::2]).all()


def test_other_weights_are_matrices() -> None:
    np.testing.assert_array_equal(picture(np.arange(10.0).reshape(2, 5), IMAGE), np.arange(10.0).reshape(2, 5))
    points, colours = DataSpec("real", (6,), "classes", 2), DataSpec("image", (3, 1, 2), "classes", 2)
    for spec in (points, colours):
        np.testing.assert_array_equal(picture(np.arange(12.0).reshape(2, 6), spec), np.arange(12.0).reshape(2, 6))
    assert picture(np.ones((4, 3, 1, 1)), IMAGE).shape == (4, 3)  # a layer of 1 x 1 filters
    assert picture(np.ones((4, 3, 1, 2)), IMAGE).shape == (3 * 2 - 1, 4 * 3 - 1)  # twelve filters
    assert picture(np.ones((4, 2, 3)), IMAGE).shape == (4, 6)
    assert picture(np.float64(3), IMAGE).shape == (1, 1)


def made(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> WeightChanges:
    return WeightChanges(before, after, IMAGE, "best")


def test_table_of_weights_by_hand() -> None:
    found = made({"w": np.array([[3.0, 4.0]]), "s": np.array(2.0)}, {"w": np.array([[3.0, 2.0]]), "s": np.array(5.0)})
    first, second = found.table.to_dict("records")
    assert first == {
        "parameter": "w", "shape": "1x2", "mean_before": 3.5, "mean_after": 2.5, "std_before": 0.5, "std_after": 0.5,
        "change": 2.0, "relative": 0.4,
    }  # fmt: skip
    assert (second["shape"], second["change"], second["relative"]) == ("1", 3, 1.5)
    rows = [line.split() for line in str(found).splitlines()]
    assert rows[0] == list(found.table.columns)
    assert rows[1] == ["w", "1x2", "3.5", "2.5", "0.5", "0.5", "2", "0.4"]
    assert repr(found) == "WeightChanges(w, s)"
    html = found._repr_html_()
    assert html.count("<tr") == 3
    assert "<th>0</th>" not in html


def test_matrices_are_drawn_unless_names_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("nnzoo.teaching.weight_changes.plot_weight_changes", lambda *given: drawn.append(given))
    before = {name: np.ones(shape) for name, shape in {"a": 2, "b": (2, 6), "c": (2, 2), "d": (3, 3)}.items()}
    found = made(before, {name: 2 * values for name, values in before.items()})
    found.plot()
    found.plot("d", "a", "c")
    made({"a": before["a"]}, {"a": before["a"]}).plot()
    assert [list(changes) for changes, _ in drawn] == [["b", "c"], ["d", "a", "c"], ["a"]]
    assert drawn[0][1] == "weights before and after training (best weights)"
    change = drawn[0][0]["b"]
    assert change.before is before["b"]
    assert change.after is found.after["b"]
    assert (change.picture_before.shape, change.picture_after.shape) == ((2, 7), (2, 7))
    assert (np.nanmax(change.picture_before), np.nanmax(change.picture_after)) == (1, 2)


def test_weights_are_captured_once_training_begins() -> None:
    capture = CaptureWeights()
    task: Any = SimpleNamespace(net=torch.nn.Linear(1, 1, bias=False))
    trainer: Any = None
    with torch.no_grad():
        task.net.weight.fill_(2)
        capture.on_fit_start(trainer, task)
        assert {name: values.tolist() for name, values in capture.weights.items()} == {"weight": [[2]]}
        task.net.weight.fill_(3)
        with pytest.raises(CapturedError):
            capture.on_train_epoch_start(trainer, task)
        task.net.weight.fill_(4)
    assert capture.weights["weight"].tolist() == [[3]]
