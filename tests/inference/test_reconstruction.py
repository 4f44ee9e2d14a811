"""Autoencoders on user data: reconstructions and codes, which reproduce the metrics of the run."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.inference.files import encode_file, predict_file
from nnzoo.inference.load import load
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command

from .small_runs import over_all, sizes, train

N = 60
rng = np.random.default_rng(0)
AGE = rng.normal(size=N) * 10 + 40
FRAME = pd.DataFrame(
    {
        "customer_id": [f"c{i:03}" for i in range(N)],
        "age": AGE,
        "region": np.array(["north", "south", "far east"])[np.arange(N) % 3],
        "income": AGE * 1000 + rng.normal(size=N) * 500,
    }
)
COLUMNS = ["age", "region=far east", "region=north", "region=south", "income"]
TRUE = np.column_stack([AGE, *(FRAME.region == name for name in ("far east", "north", "south")), FRAME.income])
SMALL = ("model=autoencoder", "model.hidden=[]", "model.code=2", "optimizer.lr=0.1", "trainer.max_epochs=20")
PIXELS = rng.integers(0, 256, (N, 3, 5, 6), dtype=np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("autoencoders")


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    return train(folder, *SMALL, data=FRAME, target=[])


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Path:
    np.savez(folder / "pictures.npz", x=PIXELS)
    return train(folder, *SMALL, "data=array", f"data.path='{folder / 'pictures.npz'}'", "data.target=[]", "loss=bce")


# Tables


def test_table_is_reconstructed_in_its_units(run: Path, tmp_path: Path) -> None:
    found = nnzoo.predict(run, FRAME, which="last")
    assert found["prediction"].shape == TRUE.shape
    assert found["customer_id"].tolist() == FRAME.customer_id.tolist()
    assert np.abs(found["prediction"] - TRUE)[:, 0].mean() < 0.5 * AGE.std()
    columns = load(run).preprocessing.to_dict()["columns"]
    scale = np.array([columns[0]["scale"], 1, 1, 1, columns[2]["scale"]])
    mse = (((found["prediction"] - TRUE) / scale) ** 2).mean()
    assert mse == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)  # metrics are of standardized columns
    file = tmp_path / "new.csv"
    FRAME.iloc[:, ::-1].to_csv(file, index=False)
    command("predict", f"run={run}", f"input={file}", f"output={tmp_path / 'out.csv'}", "checkpoint=last")
    table = pd.read_csv(tmp_path / "out.csv")
    assert list(table) == ["customer_id", *(f"prediction_{name}" for name in COLUMNS)]
    np.testing.assert_allclose(table.iloc[:, 1:], found["prediction"], rtol=1e-6, atol=1e-6)


def test_codes_of_a_table(run: Path, tmp_path: Path) -> None:
    found = nnzoo.encode(run, FRAME, which="last")
    net = load(run, which="last")
    x = net.preprocessing.encode(FRAME).x
    with torch.no_grad():
        assert torch.equal(net.network.encode(x), net.model.encode(x))  # type: ignore[operator]
        np.testing.assert_allclose(found["code"], net.model.encode(x), rtol=1e-6)  # type: ignore[operator]
    assert list(found) == ["code", "customer_id"]
    FRAME.to_csv(tmp_path / "new.csv", index=False)
    out = command("encode", f"run={run}", f"input={tmp_path / 'new.csv'}", "checkpoint=last")
    assert out == f"codes in {run / 'codes-new.csv'}\n"
    table = pd.read_csv(run / "codes-new.csv")
    assert list(table) == ["customer_id", "code_1", "code_2"]
    np.testing.assert_allclose(table.iloc[:, 1:], found["code"], rtol=1e-6)
    with np.load(encode_file(net, tmp_path / "new.csv", tmp_path / "codes.npz")) as arrays:
        np.testing.assert_allclose(arrays["code"], found["code"], rtol=1e-5)
        assert arrays["customer_id"].tolist() == FRAME.customer_id.tolist()


def test_evaluation_on_other_rows(run: Path, folder: Path) -> None:
    """All rows of the run as new rows: the metrics are those of the run."""
    assert nnzoo.evaluate(run, data=FRAME) == RunDirectory(run).results()
    again = FRAME[["income", "region", "age"]]  # without an id, in another order
    found = nnzoo.evaluate(run, data=again)
    assert found["test/last"]["mse"] == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)
    again.to_csv(folder / "again.csv", index=False)
    from_file = nnzoo.evaluate(run, f"data.path={folder / 'again.csv'}")
    assert from_file["test/last"] == pytest.approx(found["test/last"])


def test_the_target_of_a_table_is_left_out(folder: Path) -> None:
    """By default the last column is the target, which an autoencoder ignores; new rows need not have it."""
    frame = FRAME.drop(columns="customer_id")
    frame.to_csv(folder / "table.csv", index=False)
    out = command(
        *("train", *SMALL, "trainer.max_epochs=1", "data=array", f"data.path='{folder / 'table.csv'}'"),
        *("logger=none", "~callbacks.figures", f"output_dir='{folder / 'left out'}'", "trainer.accelerator=cpu"),
    )
    assert "; target: the input; income left out; 43 train, 5 val, 12 test\n" in out
    (run,) = (folder / "left out").glob("*/*")
    assert nnzoo.predict(run, frame.drop(columns="income"))["prediction"].shape == (N, 4)
    (frame.drop(columns="income").iloc[:7]).to_csv(folder / "rows.csv", index=False)
    assert nnzoo.evaluate(run, f"data.path={folder / 'rows.csv'}").keys() == {"test/last", "test/best"}


def test_an_array_without_a_target(folder: Path) -> None:
    x = TRUE * [1, 1, 1, 1, 1e-3]
    run = train(folder, *SMALL, data=x, target=[], **{"data.standardize": False})
    found = nnzoo.predict(run, x, which="last")["prediction"]
    assert ((found - x) ** 2).mean() == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-4)
    np.save(folder / "x.npy", x)
    same = train(folder, *SMALL, data=str(folder / "x.npy"), target=[], **{"data.standardize": False})
    np.testing.assert_array_equal(nnzoo.predict(same, x, which="last")["prediction"], found)
    frame = load(run, which="last").encode(pd.DataFrame(x, columns=[*"12345"]))
    np.testing.assert_array_equal(frame["code"], nnzoo.encode(run, x, which="last")["code"])


def test_a_test_set_of_its_own(folder: Path) -> None:
    np.savez(folder / "own.npz", x=TRUE[:40], x_test=TRUE[40:])
    run = train(folder, *SMALL, "data=array", f"data.path='{folder / 'own.npz'}'", "data.target=[]")
    found = nnzoo.evaluate(run, f"data.path={folder / 'own.npz'}")
    assert found == RunDirectory(run).results()
    assert set(found) == {"train/last", "val/last", "test/last"}


def test_bits_and_categories_by_the_log_loss(folder: Path) -> None:
    """A table of bits and categories: each gets a probability."""
    frame = pd.DataFrame({"owns": np.arange(N) % 2, "region": FRAME.region, "paid": rng.integers(0, 2, N)})
    run = train(folder, *SMALL, "model.code=4", "trainer.max_epochs=60", "loss=bce", data=frame, target=[])
    found = nnzoo.predict(run, frame, which="last")["prediction"]
    assert 0 <= found.min() < found.max() <= 1
    np.testing.assert_array_equal(found[:, [0, -1]].round(), frame[["owns", "paid"]])


# Pictures


def test_pictures_stay_between_0_and_1(pictures: Path, folder: Path) -> None:
    """Predictions are the sigmoid of the outputs in the shape of the input."""
    found = nnzoo.predict(pictures, PIXELS, which="last")
    assert found["prediction"].shape == PIXELS.shape
    assert found["output"].shape == (N, 90)
    np.testing.assert_allclose(found["prediction"].reshape(N, 90), 1 / (1 + np.exp(-found["output"])), rtol=1e-5)
    mse = ((found["prediction"] - PIXELS / 255) ** 2).mean()
    assert mse == pytest.approx(over_all(pictures, "mse", sizes(N)), rel=1e-4)
    assert nnzoo.encode(pictures, folder / "pictures.npz")["code"].shape == (N, 2)
    table = pd.read_csv(predict_file(load(pictures), folder / "pictures.npz", folder / "out.csv"))
    assert list(table) == ["index", *(f"prediction_{k}" for k in range(1, 91))]
    same = train(folder, *SMALL, "loss=bce", data=torch.from_numpy(PIXELS), target=[])
    assert RunDirectory(same).results() == RunDirectory(pictures).results()


def test_noise_only_in_training(folder: Path) -> None:
    noisy = ("model.corruption=salt_and_pepper", "model.strength=0.5", "trainer.max_epochs=2")
    run = train(folder, *SMALL, *noisy, "data=digits", "data.size=8")
    images = rng.random((3, 1, 8, 8)).astype(np.float32)
    first, second = (nnzoo.predict(run, images, which="last") for _ in range(2))
    np.testing.assert_array_equal(first["prediction"], second["prediction"])
    assert nnzoo.evaluate(run) == RunDirectory(run).results()  # also on the training split


# Sequences


def test_codes_of_steps(folder: Path) -> None:
    run = train(folder, *SMALL, "loss=bce", "trainer.max_epochs=1", "data=reber", "data.train=30", "data.test=20")
    net = load(run)
    strings = np.eye(7)[rng.integers(0, 7, (4, 6))]
    found = net.encode(strings)
    assert found["code"].shape == (4, 6, 2)
    assert net.predict(strings)["prediction"].shape == (4, 6, 7)
    np.save(folder / "strings.npy", strings)
    with pytest.raises(UserError, match=r"^codes of each step do not fit into a table; use output=.*codes\.npz$"):
        encode_file(net, folder / "strings.npy", folder / "codes.csv")
    with np.load(encode_file(net, folder / "strings.npy", folder / "codes.npz")) as arrays:
        np.testing.assert_array_equal(arrays["code"], found["code"])


# Errors


def test_other_networks_have_no_codes(folder: Path) -> None:
    run = train(folder, "data=iris")
    with pytest.raises(UserError, match=r"^Linear has no codes, as autoencoders do; layer=\.\.\. names a layer$"):
        nnzoo.encode(run, [[1.0, 2, 3, 4]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"data": FRAME, "target": [], "model": "mlp"},
            "^model 'mlp' takes .*; the target of the data is none",
        ),
        (
            {"data": FRAME, "target": [], "data.task": "regression"},
            r"data\.task=regression needs a target; ",
        ),
        (
            {"data": FRAME, "target": [], "loss": "bce"},
            r"takes inputs in \[0, 1\]; those of the data are not: column age is from",
        ),
        ({"data": PIXELS}, r"the pictures have no targets; data\.target=\[\] confirms that"),
        (
            {"data": "sines"},
            r"^a time series is for forecasting, .*; data=array data\.path=FILE data\.target=\[\] reads",
        ),
        ({"data": "char_text"}, "^the input can be the target only if it consists of numbers; the data gives tokens"),
        (
            {"data": "digits", "loss": "cross_entropy"},
            "takes classes or next_token or sequence or context or class_map; the target of the data is input",
        ),
    ],
)
def test_incompatible_settings(folder: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        train(folder, *([] if "model" in settings else ["model=autoencoder"]), **settings)


def test_inputs_outside_the_unit_interval_are_refused(folder: Path, tmp_path: Path) -> None:
    shares = pd.DataFrame(rng.uniform(size=(N, 3)), columns=["a", "b", "c"])
    run = train(folder, *SMALL, "loss=bce", "data.standardize=false", data=shares, target=[])
    assert nnzoo.predict(run, shares)["prediction"].shape == (N, 3)
    percent = shares.assign(b=shares.b.where(shares.index != 7, 55.5))
    path = tmp_path / "percent.csv"
    percent.to_csv(path, index=False)
    message = r"column b: 55\.5 is outside \[0, 1\], the range of the training data"
    for use in (
        lambda: nnzoo.predict(run, percent),
        lambda: nnzoo.encode(run, percent.to_numpy()),
        lambda: nnzoo.evaluate(run, data=percent),
        lambda: predict_file(load(run), path, tmp_path / "out.csv"),
    ):
        with pytest.raises(UserError, match=message):
            use()


def test_message_names_standardization_as_the_reason(folder: Path) -> None:
    shares = pd.DataFrame(rng.uniform(size=(N, 3)), columns=["a", "b", "c"])
    with pytest.raises(UserError, match=r"are not: they are standardized; data\.standardize=false leaves them as"):
        train(folder, *SMALL, "loss=bce", data=shares, target=[])
