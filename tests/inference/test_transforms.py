"""Inference with transforms: results are in the user's units and reproduce the metrics of the run."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
from nnzoo.runs.checkpoint import read
from nnzoo.runs.directory import RunDirectory
from nnzoo.transforms import FittedTransform, Transforms
from PIL import Image
from torch import Tensor

from tests.support.commands import command

from .small_runs import LINEAR, SMALL, check_classes, over_all, sizes, train

N = 80
rng = np.random.default_rng(0)
CLASSES = np.array(["left", "middle", "right"])[rng.permutation(N) % 3]
TABLE = rng.normal(size=(N, 4)) * [1, 4, 10, 0.5] + 5 + pd.factorize(CLASSES, sort=True)[0][:, None] * [1, 3, 0, 0]
PIXELS = rng.integers(0, 256, (N, 2, 5, 6), dtype=np.uint8)
STANDARDIZE, WHITEN, ZCA, CHANNELS, BOTH = (
    ("transforms=standardize",),
    ("transforms=whiten", "transforms.whiten.n_components=3"),
    ("transforms=whiten", "transforms.whiten.variant=zca", "transforms.whiten.epsilon=0"),
    ("transforms=standardize", "transforms.standardize.per=channel"),
    ("transforms=[standardize,whiten]", "transforms.whiten.n_components=3"),
)
RANDOM = ("transforms=[shift,standardize,flip]", "transforms.shift.pixels=1")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    pd.DataFrame(TABLE, columns=list("abcd")).assign(side=CLASSES).to_csv(tmp_path / "table.csv", index=False)
    return tmp_path / "table.csv"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    np.savez(tmp_path / "pictures.npz", x=PIXELS, y=CLASSES)
    return tmp_path / "pictures.npz"


def by_hand(run: Path, x: Tensor) -> Tensor:
    """Return inputs transformed by the equations, with the state in the checkpoint."""
    chosen = RunDirectory(run).config()["transforms"]
    for name, state in read(run / "checkpoints" / "last.ckpt")["nnzoo"]["data"]["transforms"].items():
        x = x - state["mean"]
        if name == "standardize":
            x = x / state["scale"]
            continue
        shape, x = x.shape, x.flatten(1) @ state["directions"] / state["scale"]
        if chosen[name]["variant"] == "zca":
            x = (x @ state["directions"].T).view(shape)
    return x


@pytest.mark.parametrize("transforms", [STANDARDIZE, WHITEN, ZCA, BOTH])
def test_a_table_by_command_and_from_python(table: Path, tmp_path: Path, transforms: tuple[str, ...]) -> None:
    settings = (*LINEAR, *transforms, "data=array", f"data.path='{table}'", "data.standardize=false")
    command("train", *SMALL, *settings, f"output_dir='{tmp_path / 'runs'}'")
    (run,) = (tmp_path / "runs").glob("*/*")
    command("predict", f"run={run}", f"input={table}", f"output={tmp_path / 'p.npz'}", "checkpoint=last")
    with np.load(tmp_path / "p.npz") as arrays:
        found = dict(arrays)
    check_classes(run, found, CLASSES)
    for raw in (table, pd.read_csv(table), TABLE):
        again = nnzoo.predict(run, raw, which="last")
        np.testing.assert_allclose(again["output"], found["output"], rtol=1e-5, atol=1e-5)
    net, x = load(run, which="last"), torch.from_numpy(TABLE).float()
    with torch.no_grad():
        torch.testing.assert_close(net(x).numpy(), found["output"], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(net.network(by_hand(run, x)).numpy(), found["output"], rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:transforms=whiten. .* training rows")
@pytest.mark.parametrize("transforms", [STANDARDIZE, CHANNELS, WHITEN, ZCA, RANDOM])
def test_pictures(pictures: Path, tmp_path: Path, transforms: tuple[str, ...]) -> None:
    transforms = tuple(line.replace("epsilon=0", "epsilon=0.01") for line in transforms)  # fewer rows than pixels
    run = train(tmp_path / "runs", *transforms, "data=array", f"data.path='{pictures}'")
    found = nnzoo.predict(run, PIXELS, which="last")
    check_classes(run, found, CLASSES)
    net = load(run, which="last")
    x = torch.from_numpy(PIXELS / 255).float()
    with torch.no_grad():
        torch.testing.assert_close(net(x).numpy(), found["output"], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(net.network(by_hand(run, x)).numpy(), found["output"], rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:transforms=whiten. .* training rows")
@pytest.mark.parametrize("transforms", [STANDARDIZE, CHANNELS, WHITEN, ZCA, RANDOM])
def test_a_folder_of_pictures(tmp_path: Path, transforms: tuple[str, ...]) -> None:
    """Files, evaluation and summary are those of the pictures, whatever the input of the network is."""
    transforms = tuple(line.replace("epsilon=0", "epsilon=0.01") for line in transforms)
    for i, (pixels, name) in enumerate(zip(PIXELS, CLASSES, strict=True)):
        (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.transpose(1, 2, 0)[..., [0, 1, 0]]).save(tmp_path / "photos" / name / f"{i:02}.png")
    settings = (*transforms, "data=image_folder", f"data.path='{tmp_path / 'photos'}'")
    run = train(tmp_path / "runs", *settings)
    found = nnzoo.predict(run, tmp_path / "photos", which="last")
    check_classes(run, found, np.array([Path(file).parent.name for file in found["file"]]))
    results = RunDirectory(run).results()
    for name, metrics in nnzoo.evaluate(run).items():
        assert metrics == pytest.approx(results[name], rel=1e-5)
    data = build_data(api.plain(compose([*settings, "head=reconstruction", "model=autoencoder"])))
    assert data.summary == "photos: 80 pictures, 5x6 rgb; target: the input"


@pytest.mark.parametrize("transforms", [STANDARDIZE, WHITEN, ZCA])
def test_a_built_in_data_set(tmp_path: Path, transforms: tuple[str, ...]) -> None:
    transforms = tuple(line.replace("epsilon=0", "epsilon=0.01") for line in transforms)  # some pixels are constant
    run = train(tmp_path, *transforms, "data=digits", "data.size=8")
    data = build_data(api.plain(compose(["data=digits", "data.size=8"])))
    test = data.splits["test"]
    raw = test.x if data.transform is None else data.transform(test.x)
    found = nnzoo.predict(run, raw.numpy(), which="last")
    assert np.mean(found["prediction"] == test.y.numpy()) == pytest.approx(
        RunDirectory(run).results()["test/last"]["acc"]
    )


def test_only_training_batches_are_augmented(pictures: Path) -> None:
    config = api.plain(compose([*RANDOM, "data=array", f"data.path='{pictures}'", "model=linear"]))
    data = build_data(config)
    train = data.train_loader()
    clean = data.transforms(data.transform(data.splits["train"].x)) if data.transform else torch.empty(0)
    for rows, batch in zip(train.order(0).split(data.batch_size), train, strict=True):
        assert not torch.equal(batch.x, clean[rows])
    assert torch.equal(torch.cat([batch.x for batch in data.eval_loader("train")]), clean)


def test_evaluate_a_run_and_other_data(table: Path, tmp_path: Path) -> None:
    settings = (*BOTH, "data=array", f"data.path='{table}'", "data.standardize=false")
    run = train(tmp_path / "runs", *settings)
    assert nnzoo.evaluate(run)["test/last"]["loss"] == pytest.approx(
        nnzoo.evaluate(run, f"data.path={shutil.copy(table, tmp_path / 'same.csv')}")["test/last"]["loss"]
    )
    part = tmp_path / "part.csv"
    pd.read_csv(table).iloc[:30].to_csv(part, index=False)
    found = nnzoo.predict(run, part, which="last")
    (other,) = nnzoo.evaluate(run, f"data.path={part}").values()
    assert other["errors"] == (found["prediction"] != CLASSES[:30]).sum()


def test_nothing_is_fitted_again(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("data=array", f"data.path='{table}'", "data.standardize=false")
    run = train(tmp_path / "runs", *WHITEN, *settings)
    before = nnzoo.evaluate(run)

    def refuse(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("nnzoo.transforms.whiten.Whiten.fit", refuse)
    assert nnzoo.evaluate(run) == before
    nnzoo.predict(run, table)
    nnzoo.resume(run, "trainer.max_epochs=3")
    with pytest.raises(AssertionError):
        nnzoo.rerun(run)


AUTOENCODER = ("model=autoencoder", "model.hidden=[]", "model.code=2", "optimizer.lr=0.1", "data.target=[]")


def check_reconstructions(run: Path, found: dict[str, Any], x: Tensor) -> None:
    """Compare reconstructions in the user's units with the metrics of the run, which are of transformed inputs."""
    rebuilt = torch.from_numpy(found["prediction"]).float()
    assert rebuilt.shape == x.shape
    mse = float((by_hand(run, rebuilt) - by_hand(run, x)).square().mean())
    assert mse == pytest.approx(over_all(run, "mse", sizes(N)), rel=1e-3)


@pytest.mark.parametrize("transforms", [STANDARDIZE, WHITEN, ZCA, BOTH])
def test_reconstructions_of_a_table(tmp_path: Path, transforms: tuple[str, ...]) -> None:
    frame = pd.DataFrame(TABLE, columns=list("abcd"))
    run = train(tmp_path / "runs", *AUTOENCODER[:-1], *transforms, "data.standardize=false", data=frame, target=[])
    x = torch.from_numpy(TABLE).float()
    check_reconstructions(run, nnzoo.predict(run, frame, which="last"), x)
    frame.to_csv(tmp_path / "new.csv", index=False)
    command("predict", f"run={run}", f"input={tmp_path / 'new.csv'}", f"output={tmp_path / 'p.csv'}", "checkpoint=last")
    lines = pd.read_csv(tmp_path / "p.csv")
    assert list(lines) == ["index", *(f"prediction_{name}" for name in "abcd")]
    check_reconstructions(run, {"prediction": lines.iloc[:, 1:].to_numpy()}, x)
    net = load(run, which="last")
    with torch.no_grad():
        code = net.network.encode(by_hand(run, x))
    np.testing.assert_allclose(nnzoo.encode(run, frame, which="last")["code"], code, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("transforms", [STANDARDIZE, CHANNELS, WHITEN, RANDOM])
def test_reconstructions_of_pictures(tmp_path: Path, transforms: tuple[str, ...]) -> None:
    np.savez(tmp_path / "pictures.npz", x=PIXELS)
    run = train(tmp_path / "runs", *AUTOENCODER, *transforms, "data=array", f"data.path='{tmp_path / 'pictures.npz'}'")
    found = nnzoo.predict(run, PIXELS, which="last")
    check_reconstructions(run, found, torch.from_numpy(PIXELS / 255).float())


def test_samples_are_in_the_users_units(tmp_path: Path) -> None:
    run = train(tmp_path, "model=gan", "data=ring", "data.train=64", "trainer.max_epochs=1", *STANDARDIZE)
    net = load(run)
    torch.manual_seed(3)
    with torch.no_grad():
        z = net.model.sample(9)  # type: ignore[operator]
    state = read(run / "checkpoints" / "last.ckpt")["nnzoo"]["data"]["transforms"]["standardize"]
    np.testing.assert_allclose(net.sample(9, seed=3), z * state["scale"] + state["mean"], rtol=1e-5)


def test_pictures_of_a_run_show_pixels(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Tensor] = []
    drawn = "nnzoo.callbacks.pictures.images.plot_predictions"
    monkeypatch.setattr(drawn, lambda images, *_: shown.append(images))
    small = [line for line in SMALL if line != "~callbacks.figures"]
    nnzoo.train(*small, *LINEAR, *CHANNELS, "data=array", f"data.path='{pictures}'", output_dir=tmp_path / "runs")
    assert shown[0].min() >= 0
    torch.testing.assert_close((shown[0] * 255).round(), shown[0] * 255, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("data=iris", *STANDARDIZE), "transforms.standardize has no effect: data.standardize=true scales the columns"),
        (("data=iris", "transforms=flip"), "transforms.flip is for inputs of the form image; the data gives real vec"),
        (("data=char_text", *WHITEN, "model=lstm"), "transforms.whiten is for inputs of the form vector or image"),
        (
            ("data=iris", "transforms=whiten", "transforms.whiten.n_components=5"),
            "has n_components=5; the data",
        ),
        (
            ("data=digits", *STANDARDIZE, "model=autoencoder", "loss=bce"),
            r"loss 'bce' takes inputs in \[0, 1\]; .*: transforms=standardize changes them",
        ),
        (("data=iris", "transforms=flop"), "unknown transforms 'flop'; did you mean 'flip'"),
        (("data=iris", "transforms.flip.probability=1"), "unknown key 'transforms.flip'; choose transforms=flip first"),
        (("data=iris", "transforms=flip", "transforms.flip.odds=1"), "unknown key 'transforms.flip.odds'"),
        (("data=iris", "transforms=flip", "transforms.flip.probability=2"), "Flip: probability is 2"),
    ],
)
def test_incompatible_settings(tmp_path: Path, settings: tuple[str, ...], reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        train(tmp_path, *settings)
    assert not list(tmp_path.iterdir())


def test_standardized_user_table(table: Path, tmp_path: Path) -> None:
    settings = ("data=array", f"data.path='{table}'")
    with pytest.raises(UserError, match=r"standardize=true scales the columns already; leave it out, or add"):
        train(tmp_path / "runs", *settings, *STANDARDIZE)
    train(tmp_path / "runs", *settings, *WHITEN)


def test_config_of_a_run_builds_the_data(table: Path, tmp_path: Path) -> None:
    run = train(tmp_path / "runs", *BOTH, "data=array", f"data.path='{table}'", "data.standardize=false")
    net = load(run)
    data = build_data(net.config)
    assert data.spec == net.spec
    assert isinstance(data.transforms, Transforms)
    states: list[Callable[[], Any]] = [each.transforms.state_dict for each in (data, net)]
    for one, other in zip(*(state().values() for state in states), strict=True):
        for key, value in one.items():
            torch.testing.assert_close(value, other[key])
    assert all(isinstance(each, FittedTransform) for each in data.transforms.by_name.values())
