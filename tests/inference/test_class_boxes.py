"""The class of an object and its box: from training to boxes in the pixels of the user's pictures."""

from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.data.images.shapes import KINDS, Shapes
from nnzoo.runs.checkpoint import Checkpoint
from nnzoo.runs.directory import RunDirectory
from PIL import Image
from torchvision.ops import box_iou

from tests.support.commands import command

from .small_runs import SMALL, train

DATA = {"size": 16, "train": 60, "val": 10, "test": 10}
VGG = ("data=shapes", *(f"data.{key}={value}" for key, value in DATA.items()), "seed=1")
TRUNK = "C3D4 M C3D6 M"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("model=localizer", f"model.classifier.layers={TRUNK}", "data.target=class_box")
    lines = (*(line for line in SMALL if line != "~callbacks.figures"), *settings, *VGG)
    return nnzoo.train(*lines, output_dir=tmp_path_factory.mktemp("boxes")).directory


def test_metrics_are_those_of_the_predictions(run: Path) -> None:
    test = Shapes(target="class_box", **DATA, seed=1).splits["test"].batch()
    found = nnzoo.predict(run, test.x.numpy(), which="last", probabilities=True)
    metrics = RunDirectory(run).results()["test/last"]
    wrong = found["prediction"] != np.array(KINDS)[test.y[:, 0].long().numpy()]
    assert wrong.sum() == metrics["errors"]
    np.testing.assert_array_equal(found["probabilities"].argmax(1), [KINDS.index(k) for k in found["prediction"]])
    overlap = box_iou(torch.from_numpy(found["box"]) / 16, test.y[:, 1:]).diagonal()
    assert float(overlap.mean()) == pytest.approx(metrics["iou"], rel=1e-5)
    assert (wrong | (overlap.numpy() < 0.5)).mean() == pytest.approx(metrics["localization_error"])
    assert nnzoo.evaluate(run)["test/last"] == pytest.approx(metrics)


def test_boxes_are_in_pixels_of_the_pictures(run: Path, tmp_path: Path) -> None:
    """A picture of another size gets the box of the resized picture, in its own pixels."""
    x = Shapes(target="class_box", **DATA, seed=1).splits["test"].x[:2].numpy().transpose(0, 2, 3, 1)
    (tmp_path / "pictures").mkdir()
    for place, pixels in enumerate(x):
        large = Image.fromarray(pixels).resize((64, 64), Image.Resampling.NEAREST)
        canvas = Image.new("RGB", (104, 64))
        canvas.paste(large, (20, 0))  # the crop removes the borders left and right
        canvas.save(tmp_path / "pictures" / f"{place}.png")
    small = nnzoo.predict(run, x, which="last")
    arguments = (f"run={run}", f"input={tmp_path / 'pictures'}", "checkpoint=last")
    command("predict", *arguments, f"output={tmp_path / 'p.csv'}")
    table = pd.read_csv(tmp_path / "p.csv")
    assert list(table.columns) == ["file", "prediction", "left", "top", "right", "bottom"]
    assert list(table.file) == ["0.png", "1.png"]
    expected = small["box"] * 4 + [20, 0, 20, 0]
    np.testing.assert_allclose(table[["left", "top", "right", "bottom"]], expected, atol=0.5)
    found = nnzoo.predict(run, [Image.open(tmp_path / "pictures" / f"{place}.png") for place in range(2)], which="last")
    np.testing.assert_allclose(found["box"], table[["left", "top", "right", "bottom"]], rtol=1e-5)


def test_the_class_is_explained_and_not_the_box(run: Path) -> None:
    test = Shapes(target="class_box", **DATA, seed=1).splits["test"].batch()
    found = nnzoo.explain(run, test.x.numpy(), images=3)
    assert found["explained"].tolist() == nnzoo.predict(run, test.x.numpy())["prediction"][:3].tolist()
    cross = nnzoo.explain(run, test.x.numpy(), target="cross", images=3)
    x = (test.x[:3] / 255).requires_grad_()
    nnzoo.load(run)(x)[:, KINDS.index("cross")].sum().backward()
    np.testing.assert_allclose(cross["maps"], x.grad.abs().amax(1, keepdim=True), rtol=1e-4, atol=1e-6)
    assert nnzoo.explain(run, method="synthesis")["explained"].tolist() == list(KINDS)


def test_the_run_has_a_picture_of_boxes(run: Path) -> None:
    assert (run / "figures" / "boxes.png").is_file()
    assert not (run / "figures" / "predictions.png").exists()


def test_a_trained_trunk_can_be_frozen(tmp_path: Path) -> None:
    network = (f"model.layers={TRUNK}", "model.dense_units=[64]", "model.norm=batch")
    first = train(tmp_path, "model=vgg_small", *network, *VGG)
    settings = ("model=localizer", f"model.classifier.layers={TRUNK}", "data.target=class_box")
    reuse = (f"weights={first}", "weights_by=order", "freeze=[trunk]")
    second = train(tmp_path, *settings, *VGG, *reuse, "optimizer.weight_decay=0.1")
    before, after = (Checkpoint.read(RunDirectory(path).checkpoint("last")).weights for path in (first, second))
    shared = [name for name in after if name.startswith("model.trunk.")]
    assert len(shared) == 12
    for name in shared:
        assert torch.equal(after[name], before[name.replace("trunk", "layers")])
