"""Perceptron updates against the text's walk-through and a loop in NumPy."""

from dataclasses import replace
from pathlib import Path

import matplotlib.image
import nnzoo
import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.figures.classes.updates import Line
from nnzoo.runs.checkpoint import read

from tests.figures.checks import check_figure
from tests.support.commands import command, exit_code

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
