"""Evaluation, resume and rerun of runs whose data has moved, has changed, or came from Python."""

import os
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo import api
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.checkpoint import read
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command, exit_code
from tests.support.files import write_picture

from .small_runs import LINEAR, SMALL, train

N = 60
rng = np.random.default_rng(3)
X = rng.normal(size=(N, 3)) * [1, 100, 1e4] + 50
Y = rng.permutation(np.arange(N) % 3)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"]).assign(zone=rng.choice(["x", "y", "z", "01"], N), kind=Y)
CLASSES = np.array(["good", "bad", "other"])[Y]
ONE_MORE = "trainer.max_epochs=3"


def figures(run: Path) -> dict[str, dict[str, float]]:
    return RunDirectory(run).results()


def changed(path: Path, line: int = 3) -> None:
    """Change one cell of a table."""
    lines = path.read_text().splitlines()
    lines[line] = "9" + lines[line][1:]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "somewhere" / "table.csv"
    path.parent.mkdir()
    FRAME.assign(kind=CLASSES).to_csv(path, index=False)
    return path


# Files that move and change


def test_relative_path_from_another_directory(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(table.parent)
    command("train", *SMALL, *LINEAR, "data=array", "data.path=table.csv", "output_dir=../out")
    (run,) = (tmp_path / "out").glob("*/*")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert nnzoo.evaluate(run) == figures(run)
    command("train", f"resume={run}", ONE_MORE)
    assert read(run / "checkpoints" / "last.ckpt")["nnzoo"]["stream"]["epoch"] == 3
    command("rerun", f"run={run}")
    (again,) = set((tmp_path / "out").glob("*/*")) - {run}
    assert figures(again) == figures(run)
    command("predict", f"run={run}", "input=../somewhere/table.csv", "output=p.csv")
    assert (tmp_path / "other" / "p.csv").is_file()


def test_data_that_moved(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    before = figures(run)
    table.rename(tmp_path / "moved.csv")
    said = r"the data of the run, .*table\.csv, no longer exists; set data\.path=\.\.\. to its new location"
    for use in (nnzoo.evaluate, nnzoo.resume, nnzoo.rerun):
        with pytest.raises(UserError, match=said):
            use(run)
    moved = f"data.path={tmp_path / 'moved.csv'}"
    assert nnzoo.evaluate(run, moved) == before
    monkeypatch.chdir(tmp_path)
    shown = command("evaluate", f"run={run}", "data.path=moved.csv")
    assert len(re.findall("^(train|val|test)/last", shown, re.MULTILINE)) == 3
    again = nnzoo.rerun(run, moved)
    assert again.metrics == before
    result = nnzoo.resume(run, moved, ONE_MORE)
    assert result.status == "done"
    assert nnzoo.evaluate(run) == result.metrics  # the new location is stored
    assert nnzoo.predict(run, tmp_path / "moved.csv")["prediction"].shape == (N,)


def test_data_that_changed(table: Path, tmp_path: Path) -> None:
    """It is refused unless it is allowed; then all of it is evaluated."""
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    content = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    changed(table)
    said = r"table\.csv is not what the run was trained on: its values have changed; set allow_changed_data=true"
    for use in (nnzoo.evaluate, nnzoo.resume, nnzoo.rerun):
        with pytest.raises(UserError, match=said):
            use(run)
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == content
    found = nnzoo.evaluate(run, allow_changed_data=True)
    assert list(found) == ["test/last"]
    assert nnzoo.evaluate(run, f"data.path={table}") == found
    predicted = nnzoo.predict(run, table, which="last")["prediction"]
    assert found["test/last"]["errors"] == (predicted != CLASSES).sum()
    with pytest.warns(DataWarning, match=r"table\.csv is not what the run was trained on: its values have changed$"):
        assert nnzoo.rerun(run, allow_changed_data=True).status == "done"
    with pytest.warns(DataWarning, match="its values have changed"):
        assert nnzoo.resume(run, ONE_MORE, allow_changed_data=True).status == "done"
    assert nnzoo.evaluate(run) == figures(run)  # it is the data of the run from now on


def test_changed_data_in_a_shell(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    before = table.read_text()
    frame = pd.read_csv(table, dtype={"zone": str})
    frame[::-1].to_csv(table, index=False)
    commands = (("evaluate", f"run={run}"), ("rerun", f"run={run}"), ("train", f"resume={run}", ONE_MORE))
    for each in commands:
        assert exit_code(*each) == 2
        shown = capsys.readouterr().err.splitlines()
        assert [line for line in shown if "its rows are in another order; set allow_changed_data=true" in line]
        assert exit_code(*each, "allow_changed_data=perhaps") == 2
        assert "allow_changed_data is 'perhaps'; it takes true or false" in capsys.readouterr().err
    command("evaluate", f"run={run}", "allow_changed_data=true")
    table.write_text(before)
    for each in commands:
        command(*each)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda frame: frame[1:], "it has 59 rows, not 60"),
        (lambda frame: frame.drop(columns="b"), "missing columns: b"),
        (lambda frame: frame[["b", "a", "c", "zone", "kind"]], "its columns are in another order"),
    ],
)
def test_what_has_changed(table: Path, tmp_path: Path, change: Any, text: str) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    change(pd.read_csv(table, dtype={"zone": str})).to_csv(table, index=False)
    with pytest.raises(UserError, match=rf"table\.csv is not what the run was trained on: {text}; set allow"):
        nnzoo.evaluate(run)


def test_other_tables(table: Path, tmp_path: Path) -> None:
    """Columns in any order, numeric categories and classes, and a single class."""
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    other = tmp_path / "other.csv"
    frame = pd.read_csv(table, dtype={"zone": str})
    for part in (
        frame[::-1],
        frame[frame.zone == "01"],
        frame[frame.kind != "other"].head(9),
        frame[frame.kind == "bad"].head(2),
    ):
        part[["kind", "zone", "c", "b", "a"]].to_csv(other, index=False)
        found = nnzoo.evaluate(run, f"data.path={other}")
        predicted = nnzoo.predict(run, other, which="last")["prediction"]
        assert found["test/last"]["errors"] == (predicted != part.kind).sum(), len(part)
    for wrong, message in (
        (frame.drop(columns="kind"), r"other\.csv has no targets to compare predictions with"),
        (frame.drop(columns="a"), r"other\.csv: unknown column 'a'"),
        (
            frame.assign(kind="new"),
            r"other\.csv, line 2: the class 'new' is not in the training data, which has the classes bad, good, other",
        ),
        (frame.assign(kind=None), r"other\.csv, line 2: the target is missing"),
    ):
        wrong.to_csv(other, index=False)
        with pytest.raises(UserError, match=message) as caught:
            nnzoo.evaluate(run, f"data.path={other}")
        assert "\n" not in str(caught.value)


def test_rows_with_gaps_are_dropped_as_in_training(table: Path, tmp_path: Path) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table, "data.missing": "drop"})
    frame = pd.read_csv(table, dtype={"zone": str})
    other = tmp_path / "other.csv"
    frame.assign(a=frame.a.where(frame.index != 3), kind=frame.kind.where(frame.index != 5)).to_csv(other, index=False)
    with pytest.warns(DataWarning, match="2 of 60 rows have a missing cell and are left out"):
        found = nnzoo.evaluate(run, f"data.path={other}")
    rest = frame.drop([3, 5])
    wrong = nnzoo.predict(run, rest, which="last")["prediction"] != rest.kind
    assert found["test/last"]["errors"] == wrong.sum()
    assert found["test/last"]["acc"] == pytest.approx(1 - wrong.mean())


def test_targets_with_a_large_mean(tmp_path: Path) -> None:
    """Map coordinates in metres: their differences keep their precision."""
    target = 5_400_000 + X[:, 0] + rng.normal(size=N) / 10
    run = train(tmp_path, data=(X, target))
    part = X[:20], target[:20]
    predicted = nnzoo.predict(run, X[:20], which="last")["prediction"]
    found = nnzoo.evaluate(run, data=part)["test/last"]
    assert found["mse"] == pytest.approx(((predicted - target[:20]) ** 2).mean(), rel=1e-3)


@pytest.mark.parametrize("kind", ["one-hot", "labels"])
def test_several_columns_of_targets(tmp_path: Path, kind: str) -> None:
    y = np.eye(3, dtype=int)[Y]
    if kind == "labels":
        y[::4] = 1
    run = train(tmp_path, data=(X, y))
    predicted = nnzoo.predict(run, X[:30], which="last")["prediction"]
    wrong = (predicted != (Y if kind == "one-hot" else y)[:30]).reshape(30, -1).any(1).sum()
    assert nnzoo.evaluate(run, data=(X[:30], y[:30]))["test/last"]["errors"] == wrong
    for other in (np.eye(4, dtype=int)[Y], y[:, :2], y + 1):
        with pytest.raises(UserError, match="y"):
            nnzoo.evaluate(run, data=(X, other))


def test_separate_file_of_targets(tmp_path: Path) -> None:
    """Other inputs are never evaluated with the old targets."""
    for name, values in (("x", X), ("y", Y), ("x2", X[::-1]), ("y2", Y[::-1])):
        np.save(tmp_path / f"{name}.npy", values)
    run = train(tmp_path, data="array", **{"data.path": tmp_path / "x.npy", "data.target": tmp_path / "y.npy"})
    with pytest.raises(UserError, match=r"set data\.target=FILE as well"):
        nnzoo.evaluate(run, f"data.path={tmp_path / 'x2.npy'}")
    found = nnzoo.evaluate(run, f"data.path={tmp_path / 'x2.npy'}", f"data.target={tmp_path / 'y2.npy'}")
    predicted = nnzoo.predict(run, X, which="last")["prediction"]
    assert found["test/last"]["errors"] == (predicted != Y).sum()


@pytest.mark.parametrize("data", ["series", "image_folder"])
def test_other_kinds_of_data_that_moved(tmp_path: Path, data: str) -> None:
    path, moved = tmp_path / "here", tmp_path / "moved"
    if data == "series":
        path, moved = path.with_suffix(".csv"), moved.with_suffix(".csv")
        pd.DataFrame({"v": np.cumsum(rng.normal(size=90))}).to_csv(path, index=False)
        settings = ("data.steps=4", "model=rnn", "model.hidden=3")
    else:
        for place in range(40):
            pixels = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
            write_picture(path / "ab"[place % 2] / f"{place}.png", pixels)
        settings = ("model=linear",)
    run = train(tmp_path / "out", f"data={data}", f"data.path='{path}'", *settings)
    assert nnzoo.evaluate(run) == figures(run)
    path.rename(moved)
    with pytest.raises(UserError, match=r"no longer exists; set data\.path=\.\.\. to its new location"):
        nnzoo.evaluate(run)
    assert nnzoo.evaluate(run, f"data.path={moved}") == figures(run)
    assert nnzoo.resume(run, f"data.path={moved}", ONE_MORE).status == "done"
    if data == "series":
        changed(moved)
    else:
        shutil.copy(moved / "a" / "0.png", moved / "a" / "2.png")
    said = r"moved\S* is not what the run was trained on: its (values have|content has) changed; set allow"
    for use in (nnzoo.evaluate, nnzoo.resume):
        with pytest.raises(UserError, match=said):
            use(run)
    if data == "series":  # its scaling is fitted to its training part
        with (
            pytest.warns(DataWarning, match="its values have changed"),
            pytest.raises(UserError, match="its scaling or vocabulary is not that of the training data"),
        ):
            nnzoo.evaluate(run, allow_changed_data=True)
    else:
        with pytest.warns(DataWarning, match="its content has changed"):
            assert nnzoo.evaluate(run, allow_changed_data=True) != figures(run)


def test_files_of_a_graph_that_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of nodes and classes may be in files of their own."""
    names = [f"n{k}" for k in range(9)]
    (tmp_path / "a.edges").write_text("".join(f"{a} {b}\n" for a, b in pairwise(names)))
    (tmp_path / "a.labels").write_text("".join(f"{name} {'xy'[k % 2]}\n" for k, name in enumerate(names)))
    (tmp_path / "nodes.txt").write_text("\n".join(reversed(names)))
    monkeypatch.chdir(tmp_path)
    settings = ("data=graph", "data.path=a.edges", "data.labels=a.labels", "data.nodes=nodes.txt")
    run = train(tmp_path / "out", *settings, "model=matrix_factorization", "evaluations=node_classes")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert nnzoo.evaluate(run) == figures(run)
    (tmp_path / "a.labels").rename(elsewhere / "b.labels")
    (tmp_path / "nodes.txt").rename(elsewhere / "nodes.txt")
    with pytest.raises(UserError, match=r"no file .*a\.labels|no file .*nodes\.txt"):
        nnzoo.evaluate(run)
    places = ("data.labels=b.labels", "data.nodes=nodes.txt")
    assert nnzoo.evaluate(run, *places) == figures(run)
    (elsewhere / "nodes.txt").write_text("\n".join(names))
    with pytest.raises(UserError, match=r"trained on.*content has changed"):
        nnzoo.evaluate(run, *places)


@pytest.mark.parametrize("override", ["model.hidden=[3]", "loader.batch_size=5", "data.root=/tmp", "seed=1"])
def test_evaluation_accepts_only_locations(table: Path, tmp_path: Path, override: str) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    with pytest.raises(UserError, match=r": only data\.path can be set here"):
        nnzoo.evaluate(run, override)


# Data from Python

OBJECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "arrays": ((X, Y), {}),
    "frame": (FRAME.assign(kind=CLASSES), {"target": "kind"}),
    "own test set": ((X[:40], Y[:40], X[40:], Y[40:]), {}),
    "pictures": ((rng.integers(0, 256, (N, 6, 5, 3), dtype=np.uint8), Y), {}),
    "numbers with gaps": (
        FRAME.assign(a=pd.array([None, *range(N - 1)], dtype="Int64"), zone=["", *FRAME.zone[1:]]),
        {"data.missing": "mean"},
    ),
    "dates and truth values": (
        FRAME.assign(a=pd.date_range("2020-01-01", periods=N).normalize()[np.arange(N) % 5], b=Y > 1),
        {},
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_the_same_object_again(tmp_path: Path, name: str) -> None:
    data, settings = OBJECTS[name]
    run = train(tmp_path, data=data, **settings)
    for use in (nnzoo.evaluate, nnzoo.resume, nnzoo.rerun):
        with pytest.raises(UserError, match=r"was trained on data from Python; pass the same data as data=\.\.\."):
            use(run)
    assert nnzoo.evaluate(run, data=data) == figures(run)
    assert nnzoo.rerun(run, data=data).metrics == figures(run)
    assert nnzoo.resume(run, ONE_MORE, data=data).status == "done"
    assert nnzoo.evaluate(run, data=data) == figures(run)


@pytest.mark.parametrize("name", OBJECTS)
def test_kept_copy(tmp_path: Path, name: str) -> None:
    """The copy gives the same data as the object, also if the run is moved."""
    data, settings = OBJECTS[name]
    run = train(tmp_path, data=data, keep_data=True, **settings)
    assert nnzoo.rerun(run).metrics == figures(run)
    moved = run.rename(tmp_path / "moved")
    assert nnzoo.evaluate(moved) == figures(moved)
    assert nnzoo.resume(moved, ONE_MORE).status == "done"
    assert sorted(path.name for path in moved.iterdir() if "data" in path.name) == ["data.json", "data.npz"]


def test_a_copy_and_the_same_object(tmp_path: Path) -> None:
    run = train(tmp_path, data=(X, Y), keep_data=True)
    assert nnzoo.evaluate(run, data=(X, Y)) == figures(run)
    assert nnzoo.resume(run, ONE_MORE, data=(X, Y)).status == "done"


def test_another_object(tmp_path: Path) -> None:
    run = train(tmp_path, data=(X, Y))
    found = nnzoo.evaluate(run, data=(X[:20], Y[:20]))
    wrong = (nnzoo.predict(run, X[:20], which="last")["prediction"] != Y[:20]).sum()
    assert (list(found), found["test/last"]["errors"]) == (["test/last"], wrong)
    with pytest.raises(UserError, match="the data is not what the run was trained on: it has 20 rows, not 60"):
        nnzoo.resume(run, ONE_MORE, data=(X[:20], Y[:20]))
    with pytest.raises(UserError, match=r"data is float; it must be \(x, y\)"):
        nnzoo.evaluate(run, data=1.5)
    with pytest.raises(UserError, match="has no column '3'"):
        nnzoo.evaluate(run, data=(X[:, :2], Y))


def test_a_series_from_python(tmp_path: Path) -> None:
    values = np.cumsum(rng.normal(size=(90, 1)), 0)
    settings = ("data=series", "data.steps=4", "model=rnn", "model.hidden=3")
    run = train(tmp_path, *settings, data=values)
    assert nnzoo.evaluate(run, data=values) == figures(run)
    with pytest.raises(UserError, match="pass the same data as data="):
        nnzoo.evaluate(run)
    with pytest.raises(UserError, match="the data is not what the run was trained on: its values have changed"):
        nnzoo.evaluate(run, data=values + 1)
    with pytest.raises(UserError, match="keep_data=True is for tables and arrays"):
        train(tmp_path, *settings, data=values, keep_data=True)


def test_data_for_runs_without_own_data(tmp_path: Path) -> None:
    run = train(tmp_path, "data=iris")
    with pytest.raises(UserError, match=r"data=\.\.\. is for runs on data of your own"):
        nnzoo.evaluate(run, data=(X, Y))
    with pytest.raises(UserError, match="keep_data=True is for data that is passed as an object"):
        train(tmp_path, data="iris", keep_data=True)


# Runs of earlier versions


def earlier(run: Path, **data: Any) -> Path:
    """Convert a run to the format of earlier versions, which stored nothing about the data."""
    for file in (run / "checkpoints").iterdir():
        saved = read(file)
        del saved["nnzoo"]["data"]
        for name in ("classes", "target_mean", "target_scale"):
            del saved["nnzoo"]["spec"][name]
        torch.save(saved, file)
    return run


def test_earlier_runs(table: Path, tmp_path: Path) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    before = nnzoo.predict(run, table, which="last")
    earlier(run)
    found = nnzoo.predict(run, table, which="last")
    np.testing.assert_array_equal(found["output"], before["output"])
    assert found["prediction"].tolist() == before["prediction"].tolist()
    assert nnzoo.evaluate(run) == figures(run)
    assert nnzoo.resume(run, ONE_MORE).status == "done"
    digits = earlier(train(tmp_path / "out", "data=digits", "data.size=8"))
    assert nnzoo.predict(digits, np.zeros((1, 8, 8)))["prediction"].shape == (1,)


def test_targets_of_earlier_runs_were_not_scaled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=X[:, 0] * 1000)
    run = train(tmp_path, data="array", **{"data.path": tmp_path / "a.npz", "data.standardize_target": False})
    config = run / "config.yaml"
    config.write_text(config.read_text().replace("  standardize_target: false\n", ""))
    earlier(run)
    for file in (run / "checkpoints").iterdir():
        saved = read(file)
        del saved["nnzoo"]["config"]["data"]["standardize_target"]
        torch.save(saved, file)
    assert nnzoo.evaluate(run) == figures(run)
    assert nnzoo.rerun(run).metrics == figures(run)


def test_a_preprocessing_of_a_later_version(table: Path, tmp_path: Path) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    file = run / "checkpoints" / "last.ckpt"
    saved = read(file)
    for record, message in (
        ({"kind": "thoughts"}, "a preprocessing of kind 'thoughts', which this version does not know"),
        ({"kind": "table"}, "the checkpoint's preprocessing 'table' is damaged"),
    ):
        saved["nnzoo"]["data"]["preprocessing"] = record
        torch.save(saved, file)
        with pytest.raises(UserError, match=message):
            api.predict(run, table)


# Probabilities and class weights


def softmax(output: Any) -> Any:
    e = np.exp(output.astype(np.float64) - output.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def test_probabilities(table: Path, tmp_path: Path) -> None:
    run = train(tmp_path / "out", data="array", **{"data.path": table})
    found = nnzoo.predict(run, table, probabilities=True)
    np.testing.assert_allclose(found["probabilities"].sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(found["probabilities"], softmax(found["output"]), rtol=1e-5)
    classes = np.array(["bad", "good", "other"])
    assert classes[found["probabilities"].argmax(1)].tolist() == found["prediction"].tolist()
    command("predict", f"run={run}", f"input={table}", f"output={tmp_path / 'p.csv'}", "probabilities=true")
    shown = pd.read_csv(tmp_path / "p.csv", dtype={"prediction": str})
    assert list(shown) == ["index", "prediction", "probability_bad", "probability_good", "probability_other"]
    np.testing.assert_allclose(shown.iloc[:, 2:], found["probabilities"], rtol=1e-6)
    assert "probabilities" not in nnzoo.predict(run, table)


def test_probabilities_of_two_classes_by_one_output(tmp_path: Path) -> None:
    run = train(tmp_path, "model=logistic_regression", data=(X, Y > 1))
    found = nnzoo.predict(run, X, probabilities=True)
    assert found["output"].shape == (N, 1)
    assert found["probabilities"].shape == (N, 2)
    np.testing.assert_allclose(found["probabilities"][:, 1], 1 / (1 + np.exp(-found["output"][:, 0])), rtol=1e-5)
    assert (found["prediction"] == (found["probabilities"][:, 1] > 0.5)).all()


def test_probabilities_of_labels(tmp_path: Path) -> None:
    y = np.eye(3, dtype=int)[Y]
    y[::4] = 1
    run = train(tmp_path, data=(X, y))
    found = nnzoo.predict(run, X, probabilities=True)
    np.testing.assert_allclose(found["probabilities"], 1 / (1 + np.exp(-found["output"])), rtol=1e-5)
    assert (found["prediction"] == (found["probabilities"] > 0.5)).all()


@pytest.mark.parametrize(
    ("settings", "y", "name"),
    [
        (("loss=weston_watkins",), Y, "weston_watkins"),
        (("loss=weston_watkins", "class_weight=balanced"), Y, "weston_watkins"),
        (("loss=hinge",), Y > 1, "hinge"),
        (("model=perceptron",), Y > 1, "perceptron"),
        ((), X[:, 0], "Squared"),
    ],
    ids=["loss", "weighted", "two classes", "rule", "regression"],
)
def test_outputs_that_are_not_probabilities(tmp_path: Path, settings: tuple[str, ...], y: Any, name: str) -> None:
    run = train(tmp_path, *settings, data=(X, y))
    assert nnzoo.predict(run, X)["prediction"].shape == (N,)
    with pytest.raises(UserError, match=f"the outputs of a network trained with '{name}' are not probabilities"):
        nnzoo.predict(run, X, probabilities=True)


def test_class_weights(table: Path, tmp_path: Path) -> None:
    """They affect training, and are restored when the run is used again."""
    place = f"data.path='{table}'"
    plain = train(tmp_path, "data=array", place)
    balanced = train(tmp_path, "data=array", place, "class_weight=balanced")
    named = train(tmp_path, "data=array", place, "class_weight={other: 50}")
    listed = train(tmp_path, "data=array", place, "class_weight=[1,1,50]")
    assert figures(named) == figures(listed) != figures(plain)
    count = {run: (nnzoo.predict(run, table, which="last")["prediction"] == "other").sum() for run in (plain, named)}
    assert count[named] > count[plain]
    for run in (balanced, named):
        assert nnzoo.evaluate(run) == figures(run)
    assert nnzoo.rerun(balanced).metrics == figures(balanced)
    assert nnzoo.resume(balanced, ONE_MORE).status == "done"
    found = nnzoo.predict(named, table, probabilities=True)
    np.testing.assert_allclose(found["probabilities"].sum(1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("class_weight=balnced", "balanced"),
        ("class_weight=[1,2]", "3 numbers"),
        ("class_weight={strange: 2}", "there is no class 'strange'; the classes are bad, good, other"),
        ("class_weight=[1,2,-1]", "at least 0 and finite"),
        ("class_weight=[1,2,x]", "numbers"),
    ],
)
def test_invalid_class_weights(table: Path, tmp_path: Path, settings: str, message: str) -> None:
    with pytest.raises(UserError, match=f"class_weight.*{message}") as caught:
        train(tmp_path / "out", "data=array", f"data.path='{table}'", settings)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_class_weights_of_other_targets(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is for classification losses, not for the target 'real'"):
        train(tmp_path / "out", "class_weight=balanced", data=(X, X[:, 0]))
    with pytest.raises(UserError, match="not for rules"):
        train(tmp_path / "out", "class_weight=balanced", "model=perceptron", data=(X, Y > 1))
    assert not os.path.exists(tmp_path / "out")
