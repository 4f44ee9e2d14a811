"""Perceptron updates against the text's walk-through and a loop in NumPy."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.image
import nnzoo
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.cli.teaching_arguments import save_picture
from nnzoo.errors import UserError
from nnzoo.figures.classes.updates import Line
from nnzoo.runs.checkpoint import read
from nnzoo.spec import DataSpec
from nnzoo.teaching import perceptron
from nnzoo.teaching.perceptron import PerceptronUpdates, StopWithoutUpdates, check_linear
from nnzoo.teaching.steps import LayerValues, TracedStep, WeightValues

from tests.callbacks.small_tasks import PLANE, make_task
from tests.figures.checks import check_figure
from tests.support.commands import command, exit_code

from .small_steps import STEP

POINTS = ("data=gaussians", "data.distance=2.5", "data.train=20", "optimizer.lr=1")


@pytest.fixture(scope="module")
def updates():
    return nnzoo.perceptron_updates(*POINTS)


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        (("optimizer.lr=1",), [(-1, -1), (0, 0), (-1, 1), (0, 0)]),
        (("optimizer.lr=2", "rule.ties=positive"), [(0, 0), (0, 0), (-2, 2), (0, 0)]),
    ],
)
def test_the_weights_of_the_text_repeat_for_ever(settings, weights):  # Aggarwal, exercise 1.4
    found = nnzoo.perceptron_updates("data=sign_product", "model.bias=false", *settings, shuffle=False, steps=8)
    assert list(zip(found.table.w1, found.table.w2, strict=True)) == weights * 2
    assert list(found.table.example) == [0, 1, 2, 3] * 2
    assert not found.converged


def test_updates_are_those_of_a_loop(updates):
    w, b, table = np.zeros(2), 0.0, updates.table
    for row in table.itertuples():
        x, y = np.array([row.x1, row.x2]), 1 if row.target == "right" else -1
        z = w @ x + b
        assert row.output == pytest.approx(z, abs=1e-5)
        assert row.updated == (y * z <= 0)
        assert row.mistake == (row.prediction != row.target)
        if row.updated:
            w, b = w + y * x, b + y
        np.testing.assert_allclose([row.w1, row.w2, row.b], [*w, b], atol=1e-5)
    assert updates.converged
    assert not table[table.epoch == table.epoch.max()].updated.any()
    assert len(updates.updates) == table.updated.sum() > 2
    average = [table.w1.mean(), table.w2.mean(), table.b.mean()]
    np.testing.assert_allclose(list(updates.average.values()), average)


def test_steps_are_those_of_the_run(updates, tmp_path: Path) -> None:
    epochs = updates.table.epoch.max()
    run = nnzoo.train(
        "model=perceptron", *POINTS, "loader.batch_size=1", "~callbacks.figures", "~callbacks.boundaries",
        f"trainer.max_epochs={epochs}", "evaluate=[]", output_dir=tmp_path,
    )  # fmt: skip
    saved = read(run.directory / "checkpoints" / "last.ckpt")["state_dict"]
    last = updates.table.iloc[-1]
    assert saved["net.model.linear.weight"].tolist() == [pytest.approx([last.w1, last.w2])]


def test_pocket_keeps_the_weights_with_the_fewest_errors():
    found = nnzoo.perceptron_updates("model=pocket", "data=sign_product", shuffle=False, steps=8, seed=0)
    x, y = found.x, np.where(found.classes == 1, 1, -1)

    def errors(row, prefix):
        z = x @ [row[f"{prefix}w1"], row[f"{prefix}w2"]] + row[f"{prefix}b"]
        return ((z > 0) != (y > 0)).sum()

    fewest = 2  # of the initial zeros, which predict one class
    for _, row in found.table.iterrows():
        fewest = min(fewest, errors(row, ""))
        assert errors(row, "pocket_") == fewest


def test_boundary_is_where_the_output_is_zero():
    line = Line(np.array([2.0, -1.0]), 0.5)
    ends = line.ends(np.zeros(2), np.ones(2))
    np.testing.assert_allclose(ends @ line.w + line.b, 0, atol=1e-12)
    assert np.linalg.norm(ends[2] - ends[0]) > 4
    assert Line(np.zeros(2), 1.0).ends(np.zeros(2), np.ones(2)) is None


def test_figures_have_a_panel_for_each_update(updates, tmp_path: Path) -> None:
    figure = check_figure(updates.plot(), width=680)
    assert len(figure.axes) == len(updates.updates) == 5
    for ax, (_, row) in zip(figure.axes, updates.updates.iterrows(), strict=True):
        assert ax.get_title().startswith(f"step {row.step}, example {row.example}\n")
    assert len(updates.plot(panels=2).axes) == 2
    files = replace(updates, steps=updates.steps[:3]).frames(tmp_path / "frames")
    assert [file.name for file in files] == ["update_1.png", "update_2.png"]
    assert matplotlib.image.imread(files[0]).shape[1] == 900


def test_titles_name_the_weights_after_the_update():
    two = ("data=sign_product", "optimizer.lr=1")
    for bias, expected in (("false", "w = (-1, -1)"), ("true", "w = (-1, -1), b = 1")):
        found = nnzoo.perceptron_updates(*two, f"model.bias={bias}", shuffle=False, steps=1)
        (ax, *_) = found.plot().axes
        assert ax.get_title() == f"step 1, example 0\n{expected}"


def test_command_prints_text_and_csv(updates):  # the page for a class draws
    assert command("perceptron_updates", *POINTS) == f"{updates}\n"
    rows = command("perceptron_updates", *POINTS, "--csv").splitlines()
    assert rows[0] == "step,epoch,example,x1,x2,target,output,prediction,mistake,updated,w1,w2,b"
    assert len(rows) == 1 + len(updates.table)


def test_the_command_counts_the_pictures_of_updates(tmp_path):
    arguments = (*POINTS, f"frames={tmp_path / 'a'}")
    end = command("perceptron_updates", *arguments).splitlines()[-1]
    assert end == f"pictures     {len(list((tmp_path / 'a').iterdir()))} in {tmp_path / 'a'}"


def test_a_picture_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^cannot write .*file/x\.png: (File exists|Not a directory)$"):
        save_picture(Figure(), str(tmp_path / "file" / "x.png"))


def test_counts_of_one_are_singular():
    assert str(nnzoo.perceptron_updates("data=disjunction", steps=1)).endswith(
        "1 step, 1 mistake, 1 update, stopped after 1 step"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("model=mlp", "data=xor"), "one linear layer, .* MLP has others"),
        (("data=xor", "trainer.max_epochs=0"), "trainer.max_epochs=0 takes no optimizer steps"),
        (("data=xor", "loader.batch_size=3"), "loader.batch_size is 3"),
        (("data=xor", "outputs=3"), "did you mean 'output'"),
        (("data=iris", "output=x.png", "steps=2"), "4 features and 3 outputs"),
        (("data=disjunction", "steps=2", "output=/dev/null/x.png"), "the picture is for two features|cannot write"),
    ],
)
def test_unsuitable_arguments_are_one_line(args, message, capsys):
    assert exit_code("perceptron_updates", *args) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    with pytest.raises(UserError, match=message):
        raise UserError(error)


Weights = tuple[float, float, float]  # w1, w2, b


def step(number: int, epoch: int, target: str, prediction: str, before: Weights, after: Weights) -> TracedStep:
    """Return a step with the example of index 4, whose output is 6."""
    parts = [np.array([before[:2]]), np.array([after[:2]]), np.array(before[2:]), np.array(after[2:])]
    weights = [
        WeightValues("linear.weight", parts[0], None, {}, parts[1]),
        WeightValues("linear.bias", parts[2], None, {}, parts[3]),
    ]
    layer = LayerValues("linear", "Linear", True, np.array([[6.0]]), None)
    return replace(
        STEP, step=number, epoch=epoch, examples=[4], inputs=np.array([[3.0, -1.0]]), layers=[layer], target=[target],
        prediction=[prediction], weights=weights,
    )  # fmt: skip


def by_hand(**changed: Any) -> PerceptronUpdates:
    """Return a mistake, a step without an update, and an update without a mistake."""
    steps = [
        step(1, 1, "a", "b", (0, 0, 0), (1, 2, 1)),
        step(2, 1, "b", "b", (1, 2, 1), (1, 2, 1)),
        step(3, 2, "a", "a", (1, 2, 1), (2.5, 2, 1)),
    ]
    found = PerceptronUpdates(steps, np.zeros((5, 2)), np.zeros(5), ("a", "b"), "linear.weight", "linear.bias", False)
    return replace(found, **changed)


def test_table_of_steps_by_hand() -> None:
    found = by_hand()
    assert found.table.iloc[0].to_dict() == {
        "step": 1, "epoch": 1, "example": 4, "x1": 3.0, "x2": -1.0, "target": "a", "output": 6.0, "prediction": "b",
        "mistake": True, "updated": True, "w1": 1.0, "w2": 2.0, "b": 1.0,
    }  # fmt: skip
    assert found.table.mistake.tolist() == [True, False, False]
    assert found.table.updated.tolist() == [True, False, True]
    assert found.updates.step.tolist() == [1, 3]
    assert found.updates.index.tolist() == [0, 1]
    assert found.average == {"w1": 1.5, "w2": 2.0, "b": 1.0}
    assert by_hand(bias=None).average == {"w1": 1.5, "w2": 2.0}
    assert "b" not in by_hand(bias=None).table
    assert repr(found) == "PerceptronUpdates(3 steps, 2 updates, stopped after 3 steps)"
    assert repr(by_hand(converged=True)) == "PerceptronUpdates(3 steps, 2 updates, no update in epoch 2)"
    html = found._repr_html_()
    assert html.count("<tr") == 4
    assert "<th>0</th>" not in html  # no numbers of rows


def test_several_outputs_and_a_pocket() -> None:
    first = step(1, 1, "a", "b", (0, 0, 0), (0, 0, 0))
    state = {"pocket": np.array([[7.0, 8.0], [9.0, 10.0]])}, {"pocket": np.array([11.0, 12.0])}
    weights = [
        WeightValues("linear.weight", np.zeros((2, 2)), None, state[0], np.array([[1.0, 2.0], [3.0, 4.0]])),
        WeightValues("linear.bias", np.zeros(2), None, state[1], np.array([5.0, 6.0])),
    ]
    layers = [first.layers[0]._replace(output=np.array([[-1.0, 1.0]]))]
    several = by_hand(steps=[replace(first, weights=weights, layers=layers)])
    row = several.table.iloc[0]
    names = ("w1_0", "w2_0", "b_0", "w1_1", "w2_1", "b_1")
    assert [row[name] for name in names] == [1, 2, 5, 3, 4, 6]
    assert [row[f"pocket_{name}"] for name in names] == [7, 8, 11, 9, 10, 12]
    assert (row.output_0, row.output_1) == (-1, 1)
    with pytest.raises(UserError, match="there are 2 features and 2 outputs"):
        several.plot()
    with pytest.raises(UserError, match=r"there are 3 features and 1 output$"):
        by_hand(x=np.zeros((5, 3))).plot()
    with pytest.raises(UserError, match="no step changes the weights"):
        by_hand(steps=by_hand().steps[1:2]).plot()
    with pytest.raises(UserError, match="panels is 0; it must be at least 1"):
        by_hand().plot(0)
    without = by_hand(steps=several.steps, bias=None).table
    assert "pocket_w1_0" in without
    assert "pocket_b_0" not in without


def test_a_long_text_has_the_first_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    found = by_hand()
    summary = "\n\n3 steps, 1 mistake, 2 updates, stopped after 3 steps"
    for rows, shown, more in ((3, ["1", "2", "3"], ""), (2, ["1", "3"], ""), (1, ["1"], "\n... 1 more updates")):
        monkeypatch.setattr(perceptron, "ROWS", rows)
        table, _, rest = str(found).partition(summary)
        assert rest == ""
        assert table.endswith(more)
        assert [line.split()[0] for line in table.removesuffix(more).splitlines()[1:]] == shown
    monkeypatch.setattr(perceptron, "ROWS", 30)
    third = replace(found.steps[2], weights=[found.steps[2].weights[0]._replace(after=np.array([[1 / 3, 2]]))])
    assert "0.3333" in str(by_hand(steps=[third], bias=None))


def test_pictures_of_steps_by_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[Any] = []
    saved: list[tuple[Path, int]] = []

    def plot(*given: Any) -> Any:
        drawn.append(given)
        return SimpleNamespace(savefig=lambda file, dpi: saved.append((file, dpi)))

    monkeypatch.setattr(perceptron, "plot_updates", plot)
    first, last = by_hand().steps[::2]
    several = by_hand(steps=[first, last, replace(last, step=5)], converged=True)
    cases = ((3, [1, 3, 5], "3 updates"), (2, [1, 5], "2 of 3 updates"), (1, [5], "1 of 3 updates"))
    for panels, shown, title in cases:
        several.plot(panels)
        x, classes, updates, found, labels = drawn.pop()
        assert x is several.x
        assert classes is several.classes
        assert labels == ("a", "b")
        assert [int(update.title.split(",")[0].removeprefix("step ")) for update in updates] == shown
        assert found == f"{title}, no update in epoch 2"
    (update,) = updates
    assert update.title == "step 5, example 4\nw = (2.5, 2), b = 1"
    assert update.point.tolist() == [3, -1]
    assert (update.before.w.tolist(), update.before.b) == ([1, 2], 1)
    assert (update.after.w.tolist(), update.after.b) == ([2.5, 2], 1)
    by_hand(bias=None, steps=[replace(last, weights=last.weights[:1])]).plot()
    (update,) = drawn.pop()[2]
    assert update.title == "step 3, example 4\nw = (2.5, 2)"
    assert (update.before.b, update.after.b) == (0, 0)
    long = by_hand(steps=[first] * 10)
    long.plot()
    assert len(drawn.pop()[2]) == 6
    files = long.frames(tmp_path / "a" / "b")
    assert files == [tmp_path / "a" / "b" / f"update_{k:02}.png" for k in range(1, 11)]
    assert saved == [(file, 200) for file in files]
    assert [given[3] for given in drawn] == [f"update {k} of 10" for k in range(1, 11)]
    assert all(len(given[2]) == 1 for given in drawn)
    long.frames(tmp_path / "a" / "b")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot write to .*file/c"):
        long.frames(tmp_path / "file" / "c")


def test_training_stops_after_an_epoch_without_updates() -> None:
    recorder = SimpleNamespace(steps=by_hand().steps[:2])
    trainer: Any = SimpleNamespace(current_epoch=0, should_stop=False)
    task: Any = SimpleNamespace(cursor=SimpleNamespace(finished=True))
    stop = StopWithoutUpdates(recorder)  # type: ignore[arg-type]
    stop.on_train_epoch_end(trainer, task)
    assert not trainer.should_stop
    recorder.steps.append(replace(recorder.steps[1], epoch=2))
    trainer.current_epoch = 1
    task.cursor.finished = False
    stop.on_train_epoch_end(trainer, task)
    assert not stop.converged
    task.cursor.finished = True
    stop.on_train_epoch_end(trainer, task)
    assert stop.converged
    assert trainer.should_stop


def test_classes_and_one_linear_layer_are_needed() -> None:
    check_linear(make_task(PLANE, torch.nn.Linear(2, 3)))
    with pytest.raises(UserError, match="is for classes; the target of the data is real"):
        check_linear(make_task(DataSpec("real", (2,), "real", 1), torch.nn.Linear(2, 1)))
    steps = DataSpec("real", (2,), "classes", 3, sequence=True, per_step=True)
    with pytest.raises(UserError, match="is for classes; the target of the data is classes"):
        check_linear(make_task(steps, torch.nn.Linear(2, 3)))
    with pytest.raises(UserError, match=r"networks with one linear layer.* Sequential has others"):
        check_linear(make_task(PLANE, torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 3))))
