"""Networks that read the class of an example: round trips of tables and arrays, missing parts, samples."""

import io
from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.inference.load import load
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import command, exit_code

from .small_runs import over_all, sizes, train

rng = np.random.default_rng(0)
KIND = np.array(["cat", "dog", "emu"])[rng.integers(0, 3, 90)]
FRAME = pd.DataFrame({"age": rng.normal(size=90) * 10 + 40, "size": rng.normal(size=90), "kind": KIND})
FRAME["size"] += 5 * (KIND == "emu")
DIGITS = ("data=digits", "data.size=8", "loss=bce", "model.hidden=[8]", "model.code=2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("with_class")
    FRAME.to_csv(path / "animals.csv", index=False)
    return path


def table_run(folder: Path, model: str) -> Path:
    settings = ("data=array", f"data.path={folder / 'animals.csv'}", "model.hidden=[8]")
    return train(folder, f"model={model}", *settings, "optimizer.lr=0.02", "trainer.max_epochs=10")


@pytest.fixture(scope="module")
def conditional(folder: Path) -> Path:
    return table_run(folder, "conditional_vae")


@pytest.fixture(scope="module")
def multimodal(folder: Path) -> Path:
    return table_run(folder, "multimodal_autoencoder")


@pytest.mark.parametrize(("model", "width"), [("conditional_vae", 2), ("multimodal_autoencoder", 5)])
def test_predictions_for_the_training_table_have_the_reported_error(
    request: pytest.FixtureRequest, folder: Path, tmp_path: Path, model: str, width: int
) -> None:
    run = request.getfixturevalue(model.split("_")[0])
    command("predict", f"run={run}", f"input={folder / 'animals.csv'}", f"output={tmp_path / 'out.csv'}")
    written = pd.read_csv(tmp_path / "out.csv").drop(columns="index")
    trained = load(run)
    assert list(written) == [f"prediction_{name}" for name in trained.preprocessing.features[:width]]
    columns = trained.preprocessing.to_dict()["columns"][:2]
    true = np.concatenate([FRAME[["age", "size"]], pd.get_dummies(FRAME.kind)], axis=1).astype(float)[:, :width]
    scale = np.array([*(column["scale"] for column in columns), 1, 1, 1])[:width]
    squares = (((written.to_numpy() - true) / scale) ** 2).mean()
    assert over_all(run, "mse", sizes(len(FRAME))) == pytest.approx(squares, rel=1e-4)
    results = RunDirectory(run).results()
    assert nnzoo.evaluate(run) == results


def test_samples_of_a_class(conditional: Path) -> None:
    trained = load(conditional)
    found = pd.read_csv(io.StringIO(command("sample", f"run={conditional}", "class=emu", "length=7", "seed=5")))
    assert list(found) == ["age", "size"]
    np.testing.assert_allclose(found, trained.sample(7, seed=5, given="emu"), rtol=1e-6)
    torch.manual_seed(5)
    x = torch.tensor([[0, 0, 0, 0, 1.0]]).expand(7, -1)
    with torch.no_grad():
        raw = trained.model.reconstruct(torch.randn(7, trained.model.code), x)
    np.testing.assert_allclose(found, trained.in_units(raw), rtol=1e-5)
    assert found["size"].mean() > trained.sample(7, seed=5, given="cat")[:, 1].mean() + 1


def test_a_code_without_its_class_is_not_decoded(conditional: Path) -> None:
    with pytest.raises(UserError, match=r"^ConditionalVAE decodes a code only together with a context; sample does$"):
        load(conditional).inverse_transform(np.zeros((2, 16)))


def test_either_part_may_be_missing(multimodal: Path, tmp_path: Path) -> None:
    new = FRAME.head(6).copy()
    new.loc[[0, 1], ["age", "size"]] = np.nan
    new.loc[[2, 3], "kind"] = np.nan
    new.to_csv(tmp_path / "new.csv", index=False)
    trained = load(multimodal)
    x = trained.preprocessing.encode(new).x
    assert x.isnan().sum(1).tolist() == [2, 2, 3, 3, 0, 0]
    with torch.no_grad():
        expected = trained.in_units(trained.model(x.nan_to_num(0))).numpy()
    np.testing.assert_allclose(trained.predict(new)["prediction"], expected, rtol=1e-5)
    command("predict", f"run={multimodal}", f"input={tmp_path / 'new.csv'}", f"output={tmp_path / 'out.csv'}")
    np.testing.assert_allclose(pd.read_csv(tmp_path / "out.csv").iloc[:, 1:], expected, rtol=1e-5)
    with pytest.raises(UserError, match="unknown inputs can be predicted, but not compared"):
        nnzoo.evaluate(multimodal, f"data.path={tmp_path / 'new.csv'}")


def test_a_context_may_not_be_missing(conditional: Path, folder: Path) -> None:
    new = FRAME.head(2).copy()
    new.loc[1, "kind"] = np.nan
    with pytest.raises(UserError, match="row 2, column kind: the cell is missing"):
        load(conditional).predict(new)
    new.to_csv(folder / "gap.csv", index=False)
    with pytest.raises(UserError, match=r"gap\.csv.*missing"):
        train(folder, "model=multimodal_autoencoder", "data=array", f"data.path={folder / 'gap.csv'}")


def test_images_with_their_class(folder: Path) -> None:
    run = train(folder, "model=conditional_vae", *DIGITS)
    data = build_data(api.plain(compose(["model=conditional_vae", *DIGITS])))
    batch = data.splits["test"].batch()
    assert batch.x.shape[1:] == (74,)
    assert torch.equal(batch.x[:, 64:].argmax(1), batch.y)
    assert torch.equal(batch.x[:, 64:].sum(1), torch.ones(len(batch.x)))
    assert next(iter(data.eval_loader("test"))).y.shape[1:] == (64,)
    trained = load(run, which="last")
    found = trained.predict(batch.x)["prediction"]
    assert found.shape == (len(batch.x), 1, 8, 8)
    error = np.square(found.reshape(-1, 64) - batch.x[:, :64].numpy()).mean()
    assert error == pytest.approx(RunDirectory(run).results()["test/last"]["mse"], rel=1e-5)
    assert trained.sample(3, given=7).shape == (3, 1, 8, 8)


def test_damaged_images_are_completed(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several completions of each image; the erased rows of the file do not matter."""
    run = train(folder, "model=inpainting_vae", *DIGITS)
    images = build_data(api.plain(compose(["model=inpainting_vae", *DIGITS]))).splits["test"].batch().x[:3]
    damaged = images.clone()
    damaged[:, :, 4:] = 0
    np.save(tmp_path / "damaged.npy", damaged.numpy())
    trained = load(run)
    found = trained.sample(4, seed=1, given=images)
    assert found.shape == (12, 1, 8, 8)
    np.testing.assert_array_equal(found, trained.sample(4, seed=1, given=damaged))
    assert len(np.unique(found[:4, 0, 6, 3])) == 4
    assert exit_code("sample", f"run={run}", "class=3") == 2
    assert "this network completes examples; pass them: input=FILE" in capsys.readouterr().err
    text = command("sample", f"run={run}", f"input={tmp_path / 'damaged.npy'}", "length=4", "seed=1")
    np.testing.assert_allclose(pd.read_csv(io.StringIO(text)), found.reshape(12, 64), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "this network generates examples of a class: class=cat, or `given` in Python"),
        ({"given": "eme"}, "unknown class 'eme'; did you mean 'emu'?"),
    ],
)
def test_refused_classes(conditional: Path, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(conditional).sample(3, **arguments)
    assert str(caught.value) == message


def test_a_class_is_no_file(conditional: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("sample", f"run={conditional}", "input=x.csv") == 2
    assert "this network generates examples of a class: class=cat" in capsys.readouterr().err


def test_refused(multimodal: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="MultimodalAutoencoder does not generate examples"):
        load(multimodal).sample(3, given="cat")
    assert exit_code("sample", f"run={multimodal}", "class=cat", "input=x.csv") == 2
    assert "leave one of them out" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"needs vectors or images with classes; the data gives .* real\(1\)"):
        train(folder, "model=conditional_vae", "data=array", f"data.path={folder / 'animals.csv'}", "data.target=age")
    with pytest.raises(UserError, match=r"transforms\.flip is for inputs without the class"):
        train(folder, "model=multimodal_autoencoder", "data=digits", "transforms=flip")
    with pytest.raises(UserError, match="model 'vae' reconstructs its whole input"):
        train(folder, "model=vae", "head=conditional_reconstruction", "data=digits")
    with pytest.raises(UserError, match="the data has no context"):
        train(folder, "model=conditional_vae", "head=reconstruction", "data=digits")
