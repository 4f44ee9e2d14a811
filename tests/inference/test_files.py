"""Predictions in files, and files that cannot be read or written."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo import api
from nnzoo.errors import DataWarning, UserError
from nnzoo.inference import files
from nnzoo.inference.files import predict_file
from nnzoo.inference.load import load
from nnzoo.inference.trained import Trained

from tests.support.commands import command
from tests.support.pickles import Evil

from .small_runs import train

rng = np.random.default_rng(1)
N = 60
NAMES = np.array(['plain "quoted"', "a, b; c", "größer\tals", "日本"])[np.arange(N) % 4]
FRAME = pd.DataFrame({"length": rng.normal(size=N) + np.arange(N) % 4 * 20, "colour": list("rgb") * 20, "name": NAMES})
PIXELS = rng.random((3, 1, 8, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("predictions")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """A run on classes with commas, quotes and other characters in their names."""
    return train(folder, data=FRAME)


@pytest.fixture(scope="module")
def net(run: Path) -> Trained:
    return load(run)


@pytest.fixture(scope="module")
def digits(folder: Path) -> Path:
    return train(folder, "data=digits", "data.size=8", "trainer.max_epochs=1", "model=mlp", "model.hidden=[6]")


def write(path: Path, frame: pd.DataFrame = FRAME, **more: Any) -> Path:
    frame.to_csv(path, index=False, **more)
    return path


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


# Contents of the files


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".tsv", "\t"), (".CSV", ",")])
def test_names_survive_a_round_trip(net: Trained, tmp_path: Path, suffix: str, separator: str) -> None:
    target = predict_file(net, write(tmp_path / "new.csv"), tmp_path / f"out{suffix}", probabilities=True)
    table = pd.read_csv(target, sep=separator)
    expected = net.predict(FRAME, probabilities=True)
    assert table.prediction.tolist() == expected["prediction"].tolist()
    assert set(table.prediction) <= set(NAMES)
    assert len(set(table.prediction)) > 2
    assert list(table)[2:] == [f"probability_{name}" for name in sorted(set(NAMES))]
    np.testing.assert_allclose(table.iloc[:, 2:], expected["probabilities"], rtol=1e-6)
    assert table["index"].tolist() == list(range(N))


def test_all_arrays(net: Trained, tmp_path: Path) -> None:
    target = predict_file(net, write(tmp_path / "new.csv"), tmp_path / "out.npz", probabilities=True)
    expected = net.predict(FRAME, probabilities=True)
    with np.load(target) as found:
        assert set(found) == set(expected) == {"index", "prediction", "output", "probabilities"}
        for name in ("output", "probabilities"):
            np.testing.assert_allclose(found[name], expected[name], 1e-5)
        assert found["prediction"].tolist() == expected["prediction"].tolist()


def test_default_path_of_predictions(digits: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "some.npy", PIXELS)
    out = command("predict", f"run={digits}", f"input={tmp_path / 'some.npy'}")
    assert out == f"predictions in {digits / 'predictions-some.csv'}\n"
    table = pd.read_csv(digits / "predictions-some.csv")
    assert table.to_dict("list") == {
        "index": [0, 1, 2],
        "prediction": [int(name) for name in api.predict(digits, PIXELS)["prediction"]],
    }


def test_one_cell_for_the_steps_of_a_sequence(folder: Path, tmp_path: Path) -> None:
    settings = ("data=reber", "data.train=20", "data.val=5", "data.test=5", "model=rnn", "model.hidden=3")
    run = train(folder, *settings, "trainer.max_epochs=1")
    np.save(tmp_path / "x.npy", np.eye(7, dtype=np.float32)[[[0, 1, 2], [3, 4, 5]]])
    table = pd.read_csv(predict_file(load(run), tmp_path / "x.npy", tmp_path / "out.csv"))
    assert table["index"].tolist() == [0, 1]
    cells = [list(map(int, cell.split())) for cell in table.prediction]
    assert cells == api.predict(run, tmp_path / "x.npy")["prediction"].reshape(2, -1).astype(int).tolist()
    with pytest.raises(UserError, match=r"probabilities of each step do not fit into a table; use output=.*out\.npz"):
        predict_file(load(run), tmp_path / "x.npy", tmp_path / "out.csv", probabilities=True)
    with np.load(predict_file(load(run), tmp_path / "x.npy", tmp_path / "p.npz", probabilities=True)) as found:
        assert found["probabilities"].shape == (2, 3, 7)


def test_as_many_features_as_steps(folder: Path, tmp_path: Path) -> None:
    """Forecasts of three series by three steps are three columns, not three steps."""
    values = np.cumsum(rng.normal(size=(60, 3)), 0)
    run = train(folder, "data.steps=3", "data=series", "model=rnn", "model.hidden=3", data=values)
    np.save(tmp_path / "x.npy", values)
    table = pd.read_csv(predict_file(load(run), tmp_path / "x.npy", tmp_path / "out.csv"))
    assert list(table) == ["index", "prediction_1", "prediction_2", "prediction_3"]
    np.testing.assert_allclose(table.iloc[:, 1:], api.predict(run, values)["prediction"], rtol=1e-8)


def test_ids_in_full_and_with_gaps(folder: Path, tmp_path: Path) -> None:
    frame = FRAME.assign(customer_id=[f"00{i}" for i in range(N)], prediction=[12345678901234.5 + i for i in range(N)])
    run = train(folder, data=frame, target="name", **{"data.id": ["customer_id", "prediction"]})
    table = pd.read_csv(
        predict_file(load(run), write(tmp_path / "new.csv", frame), tmp_path / "out.csv"), dtype={"customer_id": str}
    )
    assert list(table) == ["customer_id", "id_prediction", "prediction"]
    assert table.customer_id.tolist() == frame.customer_id.tolist()
    assert table.id_prediction.tolist() == frame.prediction.tolist()
    assert set(table.prediction) <= set(NAMES)
    gaps = frame.assign(customer_id=frame.customer_id.where(frame.index != 3))
    found = pd.read_csv(predict_file(load(run), write(tmp_path / "gaps.csv", gaps), tmp_path / "out.csv"))
    assert found.customer_id.isna().tolist() == [row == 3 for row in range(N)]
    assert api.predict(run, gaps)["customer_id"][[2, 3]].tolist() == ["002", ""]


def test_ids_of_arrays_in_full(folder: Path, tmp_path: Path) -> None:
    ids = 12345678901234 + np.arange(N)
    np.save(tmp_path / "x.npy", np.column_stack([ids, rng.normal(size=(N, 2)), np.arange(N) % 2]))
    run = train(folder, data="array", **{"data.path": tmp_path / "x.npy", "data.id": 1})
    lines = predict_file(load(run), tmp_path / "x.npy", tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["1", *map(str, ids)]


def test_no_id_in_the_new_table(folder: Path, tmp_path: Path) -> None:
    run = train(folder, data=FRAME.assign(customer_id=range(N)), target="name")
    table = pd.read_csv(predict_file(load(run), write(tmp_path / "new.csv"), tmp_path / "out.csv"))
    assert list(table) == ["index", "prediction"]


# Many rows


def test_chunks(net: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predictions do not depend on the size of the chunks."""
    frame = pd.concat([FRAME] * 3, ignore_index=True).assign(name="?")
    write(tmp_path / "new.csv", frame)
    whole = predict_file(net, tmp_path / "new.csv", tmp_path / "whole-out.csv", probabilities=True)
    sizes = []
    read = type(net.preprocessing).read

    def counted(self: Any, path: Path) -> Any:
        for inputs in read(self, path):
            sizes.append(len(inputs.x))
            yield inputs

    monkeypatch.setattr("nnzoo.preprocessing.tables.CELLS", 50)
    monkeypatch.setattr("nnzoo.inference.trained.MAX_NUMBERS", 30)
    monkeypatch.setattr(type(net.preprocessing), "read", counted)
    cut = predict_file(net, tmp_path / "new.csv", tmp_path / "out.csv", probabilities=True)
    assert len(sizes) > 5
    assert sum(sizes) == len(frame)
    np.testing.assert_allclose(
        pd.read_csv(cut).select_dtypes("number"),
        pd.read_csv(whole).select_dtypes("number"),
        rtol=1e-5,
    )
    assert pd.read_csv(cut).prediction.tolist() == pd.read_csv(whole).prediction.tolist()
    with np.load(predict_file(net, tmp_path / "new.csv", tmp_path / "out.npz")) as arrays:
        assert arrays["index"].tolist() == list(range(len(frame)))
        assert arrays["prediction"].tolist() == pd.read_csv(cut).prediction.tolist()


@pytest.mark.parametrize(
    ("kind", "where", "width"), [("digits", "images", 64), ("reber", "numbers", 21), ("series", "series", 12)]
)
def test_chunks_of_arrays(
    folder: Path, digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, where: str, width: int
) -> None:
    if kind == "digits":
        run, x = digits, rng.random((30, 1, 8, 8))
    elif kind == "reber":
        settings = ("data=reber", "data.train=20", "data.val=5", "data.test=5", "model=rnn", "model.hidden=3")
        run, x = train(folder, *settings, "trainer.max_epochs=1"), np.eye(7)[rng.integers(0, 7, (30, 3))]
    else:
        x = np.cumsum(rng.normal(size=(80, 2)), 0)
        run = train(folder, "data.steps=6", "data=series", "model=rnn", "model.hidden=3", data=x)
    np.save(tmp_path / "x.npy", x)
    whole = pd.read_csv(predict_file(load(run), tmp_path / "x.npy", tmp_path / "whole.csv"))
    monkeypatch.setattr(f"nnzoo.preprocessing.{where}.PIECE", 7 * width)
    cut = pd.read_csv(predict_file(load(run), tmp_path / "x.npy", tmp_path / "cut.csv"))
    pd.testing.assert_frame_equal(cut, whole)  # equal to five digits


def test_chunks_of_sentences(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tags do not depend on the other sentences, and equal those from ids."""
    root = folder / "text" / "conll2000"
    root.mkdir(parents=True)
    sentences = "The DT B-NP\ncat NN I-NP\nran VBD B-VP\n\nIt PRP B-NP\ngave VBD B-VP\nin RP B-PRT\n. . O\n\n"
    for name in ("train.txt", "test.txt"):
        (root / name).write_text(sentences * 4)
    run = train(folder, "data=conll2000", f"data.root='{folder}'", "data.val=0", "model=brnn", "evaluate=[test]")
    lines = ["It ran", "The cat gave in to the zebra .", "in", "the cat ran in", "cat"]
    (tmp_path / "new.txt").write_text("\n".join(lines) + "\n")
    table = pd.read_csv(predict_file(load(run), tmp_path / "new.txt", tmp_path / "out.csv"))
    assert [len(cell.split()) for cell in table.prediction] == [2, 8, 1, 4, 1]
    whole = nnzoo.predict(run, lines)
    assert whole["mask"].sum(1).tolist() == [2, 8, 1, 4, 1]
    (short,) = nnzoo.predict(run, "It ran")["prediction"]
    assert table.prediction[0].split() == short.tolist()
    vocabulary = nnzoo.load(run).spec.vocabulary
    ids = np.array([[vocabulary.index("it"), vocabulary.index("ran")]])
    assert nnzoo.predict(run, ids)["prediction"].tolist() == [short.tolist()]
    monkeypatch.setattr("nnzoo.preprocessing.tokens.PIECE", 8 * 64)
    again = predict_file(load(run), tmp_path / "new.txt", tmp_path / "cut.csv").read_text()
    assert again == (tmp_path / "out.csv").read_text()
    with np.load(predict_file(load(run), tmp_path / "new.txt", tmp_path / "cut.npz")) as arrays:
        assert arrays["mask"].tolist() == whole["mask"].tolist()
        assert arrays["prediction"][whole["mask"]].tolist() == whole["prediction"][whole["mask"]].tolist()
        assert not arrays["output"][~whole["mask"]][-1].any()
    for wrong, message in (
        (["It ran", " "], "sentence 2 has no words"),
        (ids + 0.5, f"integers from 0 to {len(vocabulary) - 1}"),
        (ids + 99, "not an array of token ids"),
        (ids - 99, "not an array of token ids"),
    ):
        with pytest.raises(UserError, match=message):
            nnzoo.predict(run, wrong)


# Tables that differ from the training table


def test_columns_in_another_order_and_without_the_target(net: Trained, tmp_path: Path) -> None:
    file = write(tmp_path / "new.csv", FRAME[["colour", "length"]])
    found = pd.read_csv(predict_file(net, file, tmp_path / "out.csv"))
    assert found.prediction.tolist() == net.predict(FRAME)["prediction"].tolist()


def test_extra_column(net: Trained, tmp_path: Path) -> None:
    file = write(tmp_path / "new.csv", FRAME.assign(weight=1))
    with pytest.warns(DataWarning, match=r"new\.csv: the training table had no column 'weight'; not used"):
        found = pd.read_csv(predict_file(net, file, tmp_path / "out.csv"))
    assert found.prediction.tolist() == net.predict(FRAME)["prediction"].tolist()


def test_an_unseen_category(net: Trained, tmp_path: Path) -> None:
    frame = FRAME.assign(colour=FRAME.colour.where(FRAME.index != 5, "violet"))
    with pytest.warns(DataWarning, match=r"new\.csv, line 7, column colour: 'violet' is none of the 3 .* \(b, g, r\)"):
        found = pd.read_csv(predict_file(net, write(tmp_path / "new.csv", frame), tmp_path / "out.csv"))
    assert found.prediction.drop(5).tolist() == np.delete(net.predict(FRAME)["prediction"], 5).tolist()
    with pytest.warns(DataWarning, match=r"^row 6, column colour: 'violet' .*; 1 such row is encoded as zeros"):
        assert net.predict(frame)["prediction"][5] == found.prediction[5]


def broken(**cells: Any) -> pd.DataFrame:
    frame = FRAME.astype(object)
    for name, cell in cells.items():
        frame.loc[40, name] = cell
    return frame


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="length"), "has no column 'length', which the network reads"),
        (FRAME.rename(columns={"colour": "color"}), "has no column 'colour', .*did you mean 'color'"),
        (broken(length=None), "line 42, column length: the cell is missing; the network was trained without"),
        (broken(colour=None), "line 42, column colour: the cell is missing; the network was trained without"),
        (broken(length="long"), "line 42, column 'length': 'long' is not a number"),
        (broken(length=np.inf), "line 42, column '?length'?: .*inf"),
        (broken(length=1e300), "line 42, column length: .* is too large"),
        (FRAME.head(0), r"has a header and no rows"),
    ],
)
def test_tables_that_do_not_fit(net: Trained, tmp_path: Path, frame: pd.DataFrame, message: str) -> None:
    """A one-line error; the previous file stays, and no temporary file is left."""
    out = tmp_path / "out.csv"
    out.write_text("as it was")
    with pytest.raises(UserError, match=rf"new\.csv.*{message}") as caught:
        predict_file(net, write(tmp_path / "new.csv", frame), out)
    assert "\n" not in str(caught.value)
    assert out.read_text() == "as it was"
    assert not left_over(tmp_path)


def test_error_after_some_chunks(net: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.preprocessing.tables.CELLS", 20)
    file = write(tmp_path / "new.csv", broken(length=None))
    for name in ("out.csv", "out.tsv", "out.npz"):
        (tmp_path / name).write_text("as it was")
        with pytest.raises(UserError, match="line 42"):
            predict_file(net, file, tmp_path / name)
        assert (tmp_path / name).read_text() == "as it was"
    assert not left_over(tmp_path)


def test_interrupted_write(net: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nnzoo.inference.files.prediction_frame", stopped)
    with pytest.raises(KeyboardInterrupt):
        predict_file(net, write(tmp_path / "new.csv"), tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv"]


# Files that cannot be read or written


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("none/out.csv", r"cannot write .*out\.csv: No such file"),
        ("none/out.npz", r"cannot write .*out\.npz: No such file"),
        ("folder.csv", r"cannot write .*folder\.csv: Is a directory"),
        ("out.xlsx", r"output=.*out\.xlsx: it must end in one of \.csv, \.tsv, \.npz"),
        ("out", r"it must end in"),
        ("new.csv", r"output=.*new\.csv is the input; give another name"),
    ],
)
def test_output_that_cannot_be_written(net: Trained, tmp_path: Path, output: str, message: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    content = write(tmp_path / "new.csv").read_text()
    with pytest.raises(UserError, match=message):
        predict_file(net, tmp_path / "new.csv", tmp_path / output)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "new.csv"]
    assert (tmp_path / "new.csv").read_text() == content


def test_files_that_cannot_be_read(digits: Path, net: Trained, tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    objects = np.array([Evil(proof)], dtype=object)
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "objects.npz", x=objects)
    np.savez(tmp_path / "other.npz", y=PIXELS)
    np.save(tmp_path / "whole.npy", PIXELS)
    np.save(tmp_path / "no_rows.npy", PIXELS[:0])
    (tmp_path / "short.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:200])
    (tmp_path / "short.npz").write_bytes((tmp_path / "other.npz").read_bytes()[:200])
    (tmp_path / "empty.npy").write_bytes(b"")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "ragged.csv").write_text("length,colour\n1,r\n3\n")
    (tmp_path / "x.xls").write_text("1")
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "folder").mkdir()
    names = "objects.npy objects.npz other.npz short.npy short.npz empty.npy empty.csv ragged.csv x.xls folder none.npy"
    for trained in (net, load(digits)):
        for name in [*names.split(), "none.csv", "no_rows.npy"]:
            with pytest.raises(UserError, match=name) as caught:
                predict_file(trained, tmp_path / name, tmp_path / "out.csv")
            assert "\n" not in str(caught.value)
            assert not (tmp_path / "out.csv").exists()
    with pytest.raises(UserError, match=r"holds no pictures"):
        predict_file(load(digits), tmp_path / "folder.npy", tmp_path / "out.csv")
    assert not proof.exists()
    assert not left_over(tmp_path)


# Arguments that do not fit


def test_arguments_that_do_not_fit(digits: Path, net: Trained, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file a cat"):  # the name of an image file
        api.predict(digits, ["a cat"])
    with pytest.raises(UserError, match="length=3 is for networks that forecast a series"):
        api.predict(digits, PIXELS, length=3)
    with pytest.raises(UserError, match="length=3 is for networks that forecast a series"):
        predict_file(net, write(tmp_path / "new.csv"), tmp_path / "out.csv", length=3)


# Formulas of spreadsheets


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_texts_like_formulas_are_escaped(tmp_path: Path, suffix: str) -> None:
    texts = ["=1+2", "+cmd|' /C calc'!A0", "-x", "@SUM(A1)", "\t=1", "\r=1", "a=b", "-1", "+4.5", "-1 2 -3", "", "-1 x"]
    frame = pd.DataFrame({"prediction": texts, "=name": np.arange(len(texts)) - 5.0, "flag": [True, False] * 6})
    files.write_table(tmp_path / f"a.{suffix}", iter([frame, frame]), "," if suffix == "csv" else "\t")
    found = pd.read_csv(
        tmp_path / f"a.{suffix}", sep="," if suffix == "csv" else "\t", keep_default_na=False, dtype={"prediction": str}
    )
    assert list(found) == ["prediction", "'=name", "flag"]
    escaped = [f"'{text}" if place < 6 or place == 11 else text for place, text in enumerate(texts)]
    escaped = [text.replace("\r", "\n") for text in escaped]  # a carriage return would begin a new row
    assert found["prediction"].tolist() == escaped * 2
    assert found["'=name"].tolist() == frame["=name"].tolist() * 2


def test_arrays_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        files.write_arrays(tmp_path / "a.npz", {"a": np.array([{}], dtype=object)})
    files.write_arrays(tmp_path / "a.npz", {"file": np.array(["a", "bc"])})
    with np.load(tmp_path / "a.npz") as found:
        assert found["file"].tolist() == ["a", "bc"]
