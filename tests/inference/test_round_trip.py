"""Train and predict on the same file or object: the predictions reproduce the metrics of the run."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command
from tests.support.files import write_picture
from tests.support.pairs import Pairs

from .small_runs import LINEAR, SMALL, check_classes, check_reals, cross_entropy, over_all, sizes, train

N = 100
rng = np.random.default_rng(0)
AGE = rng.integers(18, 90, N).astype(float)
INCOME = rng.lognormal(10, 1, N).round(2)
REGION = rng.choice(["north", "south", "far east"], N)
RISK = np.where(AGE / 20 + np.log(INCOME) + (REGION == "south") > 13, "high", "low")
RISK = np.where(rng.random(N) < 0.2, "open", RISK)


def customers() -> pd.DataFrame:
    """A realistic table: target first, an id, text, a missing cell."""
    frame = pd.DataFrame(
        {"risk": RISK, "customer_id": [f"c{i:03}" for i in range(N)], "age": AGE, "income": INCOME, "region": REGION}
    )
    frame.loc[7, "age"] = np.nan
    frame.loc[9, "region"] = None
    return frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own data")


def by_command(folder: Path, file: Path, *overrides: str) -> tuple[Path, pd.DataFrame, dict[str, Any]]:
    """Train and predict by commands; return the run, the table and the arrays of the predictions."""
    out = folder / f"runs-{file.name}"
    chosen = overrides if any(line.startswith("model=") for line in overrides) else (*LINEAR, *overrides)
    command("train", *SMALL, *chosen, f"output_dir='{out}'", f"data.path='{file}'")
    (run,) = out.glob("*/*")
    command("predict", f"run={run}", f"input={file}", f"output={out / 'p.csv'}", "checkpoint=last")
    command("predict", f"run={run}", f"input={file}", f"output={out / 'p.npz'}", "checkpoint=last")
    with np.load(out / "p.npz") as arrays:
        found = dict(arrays)
    return run, pd.read_csv(out / "p.csv"), found


def same_answers(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key in one:
        if one[key].dtype.kind == "f":
            np.testing.assert_allclose(one[key], other[key], rtol=1e-5, atol=1e-6)
        else:
            assert one[key].tolist() == other[key].tolist(), key


def test_table_with_categories_and_gaps(folder: Path) -> None:
    file = folder / "customers.csv"
    customers().to_csv(file, index=False)
    run, table, found = by_command(folder, file, "data=array", "data.target=risk", "data.missing=median")
    check_classes(run, found, RISK)
    assert list(table) == ["customer_id", "prediction"]
    assert table.customer_id.tolist() == customers().customer_id.tolist()
    assert table.prediction.tolist() == found["prediction"].tolist()
    same_answers(nnzoo.predict(run, file, which="last"), found)
    same_answers(nnzoo.predict(run, customers(), which="last"), found)
    same_answers(nnzoo.predict(run, pd.read_csv(file), which="last"), found)


def test_semicolons_decimal_commas_and_whole_classes_without_header(folder: Path) -> None:
    file, classes = folder / "german.csv", rng.permutation(np.arange(N) % 3 + 4)
    x = rng.normal(size=(N, 3)) * [1, 100, 1e4] + classes[:, None] * [1, 50, 0]
    lines = [f"{k};" + ";".join(f"{v:.3f}".replace(".", ",") for v in row) for k, row in zip(classes, x, strict=True)]
    file.write_text("\n".join(lines) + "\n")
    run, table, found = by_command(folder, file, "data=array", "data.target=1")
    check_classes(run, found, classes)
    assert list(table) == ["index", "prediction"]
    assert table.prediction.tolist() == found["prediction"].tolist()
    same_answers(nnzoo.predict(run, x.round(3), which="last"), found)
    same_answers(nnzoo.predict(run, np.column_stack([classes, x.round(3)]), which="last"), found)


def arrays() -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    rng = np.random.default_rng(1)
    y = rng.permutation(np.arange(N) % 3)
    return (rng.normal(size=(N, 4)) + y[:, None] / 2) * 30 + 1000, y


@pytest.mark.parametrize(
    "names",
    [("x", "y"), ("x_train", "y_train"), ("X", "y")],
    ids="".join,
)
def test_npz(folder: Path, names: tuple[str, str]) -> None:
    (x, y), file = arrays(), folder / f"{names[0]}.npz"
    np.savez(file, **dict(zip(names, (x, y), strict=True)))
    run, table, found = by_command(folder, file, "data=array")
    check_classes(run, found, y)
    assert table.prediction.tolist() == found["prediction"].tolist()
    same_answers(nnzoo.predict(run, x, which="last"), found)


def test_npz_with_its_own_test_set(folder: Path) -> None:
    (x, y), file = arrays(), folder / "split.npz"
    np.savez(file, x_train=x[:70], y_train=y[:70], x_test=x[70:], y_test=y[70:])
    run, _, found = by_command(folder, file, "data=array")
    results = RunDirectory(run).results()
    wrong = int((found["prediction"] != y[:70]).sum())
    assert wrong == results["train/last"]["errors"] + results["val/last"]["errors"]
    test = nnzoo.predict(run, x[70:], which="last")
    assert int((test["prediction"] != y[70:]).sum()) == results["test/last"]["errors"]


def test_npy(folder: Path) -> None:
    (x, y), file = arrays(), folder / "table.npy"
    np.save(file, np.column_stack([x, y]))
    run, _, found = by_command(folder, file, "data=array")
    check_classes(run, found, y)
    same_answers(nnzoo.predict(run, x, which="last"), found)


def test_npy_pair(folder: Path) -> None:
    (x, y), file = arrays(), folder / "x.npy"
    np.save(file, x)
    np.save(folder / "y.npy", y)
    run, _, found = by_command(folder, file, "data=array", f"data.target='{folder / 'y.npy'}'")
    check_classes(run, found, y)


def pictures(kind: str) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    rng = np.random.default_rng(2)
    y = rng.permutation(np.arange(N) % 2)
    x = rng.integers(0, 200, (N, 8, 7, 3), dtype=np.uint8)
    x[:, :4] += (y * 50).astype(np.uint8)[:, None, None, None]
    made = {
        "channels last": x,
        "channels first": np.moveaxis(x, -1, 1),
        "grey": x[..., 0],
        "fractions": x / 255,
        "whole floats": x.astype(float),
        "whole numbers": x.astype(int),
        "0 to 16": x[..., 0] // 16.0,
        "around 0": x[..., 0] / 10 - 9,
    }
    return np.asarray(made[kind]), y


PICTURES = [
    *("channels last", "channels first", "grey", "fractions"),
    *("whole floats", "whole numbers", "0 to 16", "around 0"),
]


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_in_arrays(folder: Path, kind: str) -> None:
    (x, y), file = pictures(kind), folder / f"{kind}.npz"
    np.savez(file, x=x, y=y)
    run, _, found = by_command(folder, file, "data=array", "model=linear", "optimizer.lr=0.01")
    check_classes(run, found, y)
    same_answers(nnzoo.predict(run, x, which="last"), found)
    assert nnzoo.evaluate(run) == RunDirectory(run).results()


def test_folder_of_pictures(folder: Path) -> None:
    from PIL import Image

    (x, y), root = pictures("channels last"), folder / "flowers"
    for place, (pixels, label) in enumerate(zip(x, y, strict=True)):
        write_picture(root / ("daisy", "rose")[label] / f"{place:03}.png", pixels)
    run, table, found = by_command(folder, root, "data=image_folder", "model=linear", "optimizer.lr=0.01")
    truth = np.array([name.split("/")[0] for name in table.file])
    check_classes(run, found, truth)
    assert table.prediction.tolist() == found["prediction"].tolist()
    same_answers(nnzoo.predict(run, root, which="last"), found)
    order = [int(Path(name).stem) for name in table.file]
    raw = nnzoo.predict(run, x[order], which="last")
    assert raw["prediction"].tolist() == found["prediction"].tolist()
    images = nnzoo.predict(run, [Image.fromarray(pixels) for pixels in x[order]], which="last")
    np.testing.assert_allclose(images["output"], found["output"], rtol=1e-5, atol=1e-6)


HOUSES = rng.lognormal(12.5, 0.4, N).round(0)
AREA = HOUSES / 3000 + rng.normal(size=N) * 10


def test_house_prices(folder: Path) -> None:
    file = folder / "houses.csv"
    frame = pd.DataFrame({"area": AREA, "year": rng.integers(1900, 2020, N), "price": HOUSES})
    frame.to_csv(file, index=False)
    run, table, found = by_command(folder, file, "data=array")
    check_reals(run, found, HOUSES)
    np.testing.assert_allclose(table.prediction, found["prediction"], rtol=1e-8)
    same_answers(nnzoo.predict(run, frame, which="last"), found)
    with torch.no_grad():
        output = nnzoo.load(run, which="last")(torch.tensor(frame[["area", "year"]].to_numpy()))
    np.testing.assert_allclose(output.numpy()[:, 0], found["prediction"], rtol=1e-5)


def test_two_targets(folder: Path) -> None:
    file = folder / "two.csv"
    frame = pd.DataFrame({"price": HOUSES, "area": AREA, "rent": HOUSES / 400, "year": rng.integers(1900, 2020, N)})
    frame.to_csv(file, index=False)
    run, table, found = by_command(folder, file, "data=array", "data.target=[rent,price]")
    check_reals(run, found, frame[["rent", "price"]].to_numpy())
    assert list(table) == ["index", "prediction_rent", "prediction_price"]
    np.testing.assert_allclose(table.iloc[:, 1:], found["prediction"], rtol=1e-8)


def test_sets_of_labels(folder: Path) -> None:
    file, labels = folder / "films.csv", ["funny", "sad", "long"]
    x = rng.normal(size=(N, 3))
    frame = pd.DataFrame(np.column_stack([x * 40 - 7, x > rng.normal(size=(N, 3))]), columns=["a", "b", "c", *labels])
    frame = frame.astype(dict.fromkeys(labels, int))
    frame.to_csv(file, index=False)
    run, table, found = by_command(folder, file, "data=array", "data.target=[funny,sad,long]")
    truth = frame[labels].to_numpy()
    wrong = (found["prediction"] != truth).any(1).sum()
    assert 0 < wrong == over_all(run, "errors")
    assert list(table) == ["index", *(f"prediction_{label}" for label in labels)]
    np.testing.assert_array_equal(table.iloc[:, 1:], found["prediction"])


T = 120
LEVELS = 300 + np.cumsum(rng.normal(size=(T, 1)), 0) + 20 * np.sin(np.arange(T) / 5)[:, None]


@pytest.mark.parametrize("every_step", ["true", "false"])
@pytest.mark.parametrize("features", [1, 6])
def test_series(folder: Path, every_step: str, features: int) -> None:
    """Forecasts of the test rows reproduce the test metrics."""
    values = LEVELS * np.arange(1, features + 1) ** 2
    file = folder / f"series {features} {every_step}.csv"
    frame = pd.DataFrame(values, columns=[f"s{i}" for i in range(features)])
    frame.insert(0, "day", pd.date_range("2020-01-01", periods=T).strftime("%Y-%m-%d"))
    frame.to_csv(file, index=False)
    settings = ("data=series", "data.steps=6", f"data.every_step={every_step}", "model=rnn", "model.hidden=4")
    run, table, found = by_command(folder, file, *settings)
    if every_step == "false":
        last = round(0.2 * T) - 6  # test rows with six test rows before them
        errors = found["prediction"].reshape(-1, features)[:-1][-last:] - values[-last:]
        assert (errors**2).mean() == pytest.approx(RunDirectory(run).results()["test/last"]["mse"], rel=1e-4)
    names = ["prediction"] if features == 1 else [f"prediction_s{i}" for i in range(features)]
    assert list(table) == ["time", *names]
    assert table.time.tolist()[:-1] == frame.day.tolist()[6:]
    assert table.time.iloc[-1] == "2020-04-30"
    np.testing.assert_allclose(table[names], found["prediction"].reshape(-1, features), rtol=1e-8)
    same_answers(nnzoo.predict(run, frame, which="last"), found)
    command("predict", f"run={run}", f"input={file}", f"output={folder / 'next.csv'}", "length=3", "checkpoint=last")
    ahead = pd.read_csv(folder / "next.csv")
    assert ahead.time.tolist() == ["2020-04-30", "2020-05-01", "2020-05-02"]
    np.testing.assert_allclose(ahead[names].iloc[0], np.atleast_1d(found["prediction"][-1]), rtol=1e-4)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_tables_of_scikit_learn(folder: Path, name: str) -> None:
    from sklearn import datasets

    run = train(folder, f"data={name}")
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    labels = np.array([str(label) for label in bunch.target_names])
    found = nnzoo.predict(run, bunch.data.to_numpy(), which="last")
    wrong = int((found["prediction"] != labels[bunch.target]).sum())
    assert wrong == over_all(run, "errors")
    loss = cross_entropy(found["output"], bunch.target.to_numpy())
    assert loss == pytest.approx(over_all(run, "loss", sizes(len(labels[bunch.target]))), rel=1e-4)
    same_answers(nnzoo.predict(run, bunch.data, which="last"), found)
    same_answers(nnzoo.predict(run, bunch.data.iloc[:, ::-1], which="last"), found)
    same_answers(nnzoo.predict(run, bunch.frame, which="last"), found)


def test_sentences(folder: Path) -> None:
    root = folder / "text" / "sentence_polarity"
    root.mkdir(parents=True)
    words = np.array(["a", "dull", "film", "with", "some", "good", "scenes", "and", "a", "very", "bad", "end", "I"])
    lines = [" ".join(rng.choice(words, rng.integers(2, 9))) for _ in range(2 * N)]
    (root / "rt-polarity.neg").write_text("\n".join(lines[:N]) + "\n")
    (root / "rt-polarity.pos").write_text("\n".join(lines[N:]) + "\n")
    run = train(folder, "data=sentence_polarity", f"data.root='{folder}'", "model=rnn", "model.hidden=4")
    (folder / "all.txt").write_text("\n".join(lines) + "\n")
    found = nnzoo.predict(run, lines, which="last")
    truth = np.repeat(["negative", "positive"], N)
    assert (found["prediction"] != truth).sum() == over_all(run, "errors")
    same_answers(nnzoo.predict(run, folder / "all.txt", which="last"), found)


def test_tags(folder: Path) -> None:
    """Each word has a tag, also in sentences of different lengths; wrong sentences are counted."""
    root = folder / "text" / "conll2000"
    root.mkdir(parents=True)
    kinds = {"the": "DT B-NP", "cat": "NN I-NP", "dog": "NN I-NP", "ran": "VBD B-VP", "sat": "VBD I-VP", "in": "IN O"}
    sentences = [list(rng.choice(list(kinds), rng.integers(1, 9))) for _ in range(N)]
    texts = ["".join(f"{word} {kinds[word]}\n" for word in sentence) + "\n" for sentence in sentences]
    (root / "train.txt").write_text("".join(texts[:80]))
    (root / "test.txt").write_text("".join(texts[80:]))
    run = train(folder, "data=conll2000", f"data.root='{folder}'", "model=rnn", "model.hidden=4", "optimizer.lr=0.1")
    (folder / "both.txt").write_text("".join(texts))
    command("predict", f"run={run}", f"input={folder / 'both.txt'}", f"output={folder / 'tags.csv'}", "checkpoint=last")
    table = pd.read_csv(folder / "tags.csv")
    truth = [[kinds[word].split()[1] for word in sentence] for sentence in sentences]
    predicted = [cell.split() for cell in table.prediction]
    assert [len(tags) for tags in predicted] == [len(tags) for tags in truth]
    wrong = sum(
        tag != right for tags, row in zip(predicted, truth, strict=True) for tag, right in zip(tags, row, strict=True)
    )
    assert wrong == over_all(run, "errors")


def polars_of(frame: pd.DataFrame) -> Any:
    import polars

    return polars.DataFrame({name: [None if cell != cell else cell for cell in frame[name]] for name in frame})


def objects() -> "dict[str, tuple[Any, dict[str, Any], Any, np.ndarray[Any, Any]]]":
    """Return data, settings, inputs of predict, and true classes or targets."""
    x, y = arrays()
    images, kind = pictures("channels last")
    filled = {"target": "risk", "data.missing": "median"}
    houses = pd.DataFrame({"area": AREA, "rooms": (AREA // 20).astype(int), "price": HOUSES})
    return {
        "frame": (customers(), filled, customers(), RISK),
        "frame without target": (customers(), filled, customers().drop(columns="risk"), RISK),
        "polars": (polars_of(customers()), filled, polars_of(customers()), RISK),
        "categories of pandas": (
            customers().astype({"region": "category", "risk": "category"}),
            filled,
            customers(),
            RISK,
        ),
        "mapping": (customers(), filled, customers().to_dict("list"), RISK),
        "houses": (houses, {"target": "price"}, houses, HOUSES),
        "arrays": ((x, y), {}, x, y),
        "lists": ((x.tolist(), y.tolist()), {}, x.tolist(), y),
        "tensors": ((torch.tensor(x), torch.tensor(y)), {}, torch.tensor(x), y),
        "names": ((x, RISK), {}, x, RISK),
        "frame and series": (
            (customers().drop(columns="risk"), customers().risk),
            {"data.missing": "median"},
            customers().drop(columns="risk"),
            RISK,
        ),
        "dataset": (Pairs(*zip(torch.tensor(x), torch.tensor(y), strict=True)), {}, x, y),
        "dataset of pictures": (
            Pairs(*zip(torch.tensor(images), torch.tensor(kind), strict=True)),
            {"optimizer.lr": 0.01},
            images,
            kind,
        ),
        "truth values": ((x, y > 1), {}, x, y > 1),
        "big-endian": ((x.astype(">f8"), y.astype(">i4")), {}, x.astype(">f4"), y),
    }


OBJECTS = objects()


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(folder: Path, name: str) -> None:
    data, settings, raw, truth = OBJECTS[name]
    run = train(folder, data=data, **settings)
    found = nnzoo.predict(run, raw, which="last")
    (check_reals if truth.dtype == float else check_classes)(run, found, truth)
    if name != "arrays" and "customer_id" in (raw if hasattr(raw, "keys") else getattr(raw, "columns", ())):
        assert found["customer_id"].tolist() == customers().customer_id.tolist()
    assert nnzoo.evaluate(run, data=data) == RunDirectory(run).results()
