"""Codes and their reconstructions: transform, inverse_transform and the commands encode, decode and reconstruct."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
from nnzoo.errors import UserError
from nnzoo.inference.load import load

from tests.support.commands import command, exit_code

from .small_runs import train

N = 40
rng = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "customer": [f"{i:03}" for i in range(N)],
        "age": rng.normal(size=N) * 10 + 40,
        "region": np.array(["north", "south", "far east"])[np.arange(N) % 3],
    }
)
IMAGES = rng.integers(0, 256, (N, 3, 4, 5), dtype=np.uint8)
STRINGS = np.eye(7)[rng.integers(0, 7, (N, 6))]
STARS = pd.DataFrame({"user": np.arange(N) % 9, "item": [f"film {k}" for k in np.arange(N) // 9], "rating": range(N)})
SMALL = ("model=autoencoder", "model.hidden=[4]", "model.code=3", "trainer.max_epochs=1")
SETTINGS: dict[str, tuple[tuple[str, ...], dict[str, Any], Any]] = {
    "table with categories": ((), {"data": TABLE, "target": [], "data.id": "customer"}, TABLE),
    "images, transformed": (("transforms=standardize",), {"data": IMAGES, "target": []}, IMAGES),
    "sequences": (("loss=bce", "data=reber", "data.train=30", "data.test=20"), {}, STRINGS),
    "rows of ratings": (("data=ratings", "data.layout=rows"), {"data": STARS}, STARS),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("codes")


@pytest.fixture(scope="module", params=SETTINGS)
def trained(request: pytest.FixtureRequest, folder: Path) -> tuple[Path, Any]:
    overrides, settings, raw = SETTINGS[request.param]
    return train(folder, *SMALL, *overrides, **settings), raw


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    overrides, settings, _ = SETTINGS["table with categories"]
    TABLE.to_csv(folder / "table.csv", index=False)
    return train(folder, *SMALL, *overrides, **settings)


def test_inverse_transform_of_transform_is_predict(trained: tuple[Path, Any]) -> None:
    run, raw = trained
    net = load(run)
    codes = net.transform(raw)
    np.testing.assert_array_equal(codes, net.encode(raw)["code"])
    assert codes.shape[-1] == 3
    expected = net.predict(raw)["prediction"]
    assert expected.std() > 0
    np.testing.assert_allclose(net.inverse_transform(codes), expected, rtol=1e-6)
    np.testing.assert_allclose(net.inverse_transform(codes[1].tolist()), expected[1:2], rtol=1e-4, atol=1e-6)


def test_decode_is_the_inverse_of_encode(trained: tuple[Path, Any], tmp_path: Path) -> None:
    run, raw = trained
    net = load(run)
    source = tmp_path / ("raw.csv" if isinstance(raw, pd.DataFrame) else "raw.npy")
    raw.to_csv(source, index=False) if isinstance(raw, pd.DataFrame) else np.save(source, raw)
    out = command("reconstruct", f"run={run}", f"input={source}", f"output={tmp_path / 'rebuilt.npz'}")
    assert out == f"reconstructions in {tmp_path / 'rebuilt.npz'}\n"
    with np.load(tmp_path / "rebuilt.npz") as arrays:
        expected = dict(arrays)
    np.testing.assert_allclose(expected["prediction"], net.predict(raw)["prediction"], rtol=1e-6)
    for codes in ("codes.npz", "codes.csv")[: 1 if net.per_step else 2]:
        command("encode", f"run={run}", f"input={source}", f"output={tmp_path / codes}")
        command("decode", f"run={run}", f"input={tmp_path / codes}", f"output={tmp_path / 'decoded.npz'}")
        with np.load(tmp_path / "decoded.npz") as arrays:
            assert set(arrays) == set(expected)
            for name, values in expected.items():
                if values.dtype.kind == "f":
                    np.testing.assert_allclose(arrays[name], values, rtol=1e-4, atol=1e-5)
                else:
                    assert arrays[name].astype(str).tolist() == values.astype(str).tolist()


def test_ids_stay_with_codes_and_reconstructions(table: Path, folder: Path) -> None:
    names = TABLE.customer.tolist()
    for command_name, source, output in (
        ("encode", "table.csv", "codes.csv"),
        ("decode", "codes.csv", "decoded.csv"),
        ("reconstruct", "table.csv", "rebuilt.csv"),
    ):
        command(command_name, f"run={table}", f"input={folder / source}", f"output={folder / output}")
        assert pd.read_csv(folder / output, dtype={"customer": str}).customer.tolist() == names
    decoded, rebuilt = (pd.read_csv(folder / name) for name in ("decoded.csv", "rebuilt.csv"))
    assert list(decoded) == list(rebuilt)
    assert list(rebuilt)[1:3] == ["prediction_age", "prediction_region=far east"]
    np.testing.assert_allclose(decoded.iloc[:, 1:], rebuilt.iloc[:, 1:], rtol=1e-4, atol=1e-5)


def test_padding_stays_with_codes(folder: Path, tmp_path: Path) -> None:
    overrides, settings, _ = SETTINGS["sequences"]
    run = train(folder, *SMALL, *overrides, **settings)
    codes, mask = rng.normal(size=(2, 4, 3)), np.array([[True] * 4, [True, True, False, False]])
    np.savez(tmp_path / "codes.npz", code=codes, mask=mask)
    command("decode", f"run={run}", f"input={tmp_path / 'codes.npz'}", f"output={tmp_path / 'decoded.npz'}")
    with np.load(tmp_path / "decoded.npz") as arrays:
        np.testing.assert_array_equal(arrays["mask"], mask)
        np.testing.assert_allclose(arrays["prediction"], load(run).inverse_transform(codes), rtol=1e-6)
    np.savez(tmp_path / "codes.npz", code=codes, mask=mask[:, :3])
    with pytest.raises(UserError, match=r"mask is bool \(2, 3\); it must be bool \(2, 4\)"):
        nnzoo.inference.files.decode_file(load(run), tmp_path / "codes.npz", tmp_path / "decoded.npz")


def test_unsuitable_codes(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = load(table)
    for codes, message in (
        (np.zeros((2, 4)), r"^the codes have shape \(2, 4\); the decoder takes \(N, 3\)$"),
        ([0.0, 1, float("nan")], "^the codes hold numbers that are not finite$"),
        (["a"], "is no array of numbers"),
    ):
        with pytest.raises(UserError, match=message):
            net.inverse_transform(codes)
    np.savez(tmp_path / "x.npz", x=np.zeros((2, 3)))
    pd.DataFrame({f"code_{k}": [0.5] for k in range(1, 5)}).to_csv(tmp_path / "four.csv", index=False)
    (tmp_path / "codes.json").write_text("[]")
    for name, message in (
        ("x.npz", "has no array called code; it has: x"),
        ("four.csv", "has 4 columns code_1, code_2, ...; the decoder takes 3"),
        ("codes.json", "unknown file extension '.json'; one of: .csv, .tsv, .txt, .npy, .npz"),
        ("no.npz", "no file"),
    ):
        assert exit_code("decode", f"run={table}", f"input={tmp_path / name}") == 2
        assert message in capsys.readouterr().err
    assert exit_code("decode", f"run={table}", "input=x.csv", "data.separator=;") == 2
    assert "unknown argument 'data.separator'" in capsys.readouterr().err


def test_networks_without_a_decoder(folder: Path) -> None:
    run = train(folder, "data=iris")
    net = load(run)
    with pytest.raises(UserError, match=r"^Linear has no codes, as autoencoders do; layer=\.\.\. names a layer$"):
        net.inverse_transform([[1.0]])
    users = train(folder, "data=ratings", "data.layout=index", "model=row_index", data=STARS)
    assert load(users).transform([0, 3]).shape == (2, 10)
    with pytest.raises(UserError, match=r"^RowIndex has no decoder; autoencoders do, for example$"):
        load(users).inverse_transform(np.zeros((2, 10)))
    (folder / "x.csv").write_text("1,2,3,4\n")
    with pytest.raises(UserError, match=r"^Linear predicts another target than its input; nnzoo predict writes its"):
        nnzoo.inference.files.reconstruct_file(net, folder / "x.csv", folder / "out.csv")
