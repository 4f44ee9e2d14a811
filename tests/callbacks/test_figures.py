import csv
import dataclasses
import logging
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from nnzoo import api
from nnzoo.callbacks.average import AveragedWeights
from nnzoo.callbacks.figures import Figures, render
from nnzoo.callbacks.history import History
from nnzoo.callbacks.pictures import PICTURES, classes, recurrent
from nnzoo.callbacks.pictures import images as image_pictures
from nnzoo.callbacks.pictures.base import Picture
from nnzoo.callbacks.pictures.curves import best_epoch, loss_parts
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.callbacks.pictures.ratings import most_frequent
from nnzoo.data.loader import Loader
from nnzoo.data.ratings.toy import RATINGS
from nnzoo.errors import UserError
from nnzoo.figures.style import new_figure
from nnzoo.layers.activations import Sign
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.spec import Batch, DataSpec
from torch import Tensor, nn

from tests.support.paths import ROOT

from .conftest import Fit
from .small_tasks import PLANE, SYMBOLS, events, make_task

IMAGE = DataSpec(input="real", shape=(1, 6, 6), target="classes", target_size=3, low=0, high=1)
MANY = DataSpec(input="real", shape=(2,), target="classes", target_size=26)  # too many for a legend
REAL = DataSpec(input="real", shape=(4,), target="real", target_size=2)
IDS = DataSpec(input="ids", shape=(2,), target="real", target_size=1, sizes=(9, 30))


class Recurrent(nn.Module):
    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        self.rnn = nn.RNN(7, 5, batch_first=batch_first)
        self.out = nn.Linear(5, 7)

    def forward(self, x: Tensor) -> Tensor:
        if self.rnn.batch_first:
            return self.out(self.rnn(x)[0])
        return self.out(self.rnn(x.transpose(0, 1))[0].transpose(0, 1))


def conv() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Dropout(0.5), nn.Flatten(), nn.Linear(64, 3))


@pytest.mark.parametrize(
    ("spec", "model", "names"),
    [
        (PLANE, nn.Linear(2, 3), {"confusion", "boundary"}),
        (MANY, nn.Linear(2, 26), {"confusion"}),
        (
            IMAGE,
            conv(),
            {"predictions", "confusion", "class_errors", "filters", "feature_maps", "saliency"},
        ),
        (
            IMAGE,
            nn.Sequential(nn.Flatten(), nn.Linear(36, 3)),
            {"predictions", "confusion", "class_errors", "filters", "saliency"},
        ),
        (
            IMAGE,
            nn.Sequential(nn.Flatten(), Sign(), nn.Linear(36, 3)),
            {"predictions", "confusion", "class_errors", "filters"},
        ),
        (
            IMAGE.with_input_as_target(),
            nn.Sequential(nn.Flatten(), Autoencoder(in_features=36, code=3)),
            {"reconstructions", "filters"},
        ),
        (REAL, nn.Linear(4, 2), {"scatter"}),
        (dataclasses.replace(REAL, partial=True), nn.Linear(4, 2), {"scatter"}),
        (IDS, MatrixFactorization(num_users=9, num_items=30), {"scatter", "ratings"}),
        (SYMBOLS, Recurrent(batch_first=True), {"activations", "next_symbols"}),
        (SYMBOLS, Recurrent(batch_first=False), {"activations", "next_symbols"}),
        (SYMBOLS, nn.Linear(7, 7), {"next_symbols"}),
    ],
)
def test_figures_depend_on_data_and_network(
    tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture, spec: DataSpec, model: nn.Module, names: set[str]
) -> None:
    fit(make_task(spec, model), [Figures(images=4)])
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    logged = events(tmp_path)
    assert set(logged.Tags()["images"]) == {f"figures/{name}" for name in names}
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == names
    for name in names:
        (image,) = logged.Images(f"figures/{name}")
        assert image.step == 3
        assert image.width == 675  # 4.5 inches of 150 dots
        assert imread(tmp_path / "figures" / f"{name}.png").shape[:2] == (image.height, image.width)


def test_every_two_epochs_and_at_the_end(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(every_n_epochs=2)], max_epochs=5)
    assert [image.step for image in events(tmp_path).Images("figures/boundary")] == [2, 4, 5]


def test_slow_figures_are_drawn_at_the_end_only(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = (
        Picture(name, lambda _: True, lambda _: new_figure(1), slow=name == "slow") for name in ("a", "slow")
    )
    monkeypatch.setattr("nnzoo.callbacks.figures.PICTURES", (quick, slow))
    for epochs in (4, 5):
        folder = tmp_path / str(epochs)
        fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(every_n_epochs=2)], max_epochs=epochs, folder=folder)
        steps = [[image.step for image in events(folder).Images(f"figures/{name}")] for name in ("a", "slow")]
        assert steps == [[2, 4, 5][: epochs - 2], [epochs]]
    assert [picture.name for picture in PICTURES if picture.slow] == ["maps", "graph", "words"]


def test_last_epoch_is_drawn_once(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(every_n_epochs=2)], max_epochs=4, test=True)
    assert [image.step for image in events(tmp_path).Images("figures/boundary")] == [2, 4]


def test_without_validation_the_test_split_is_drawn(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()], validate=False)
    assert not (tmp_path / "figures").exists()
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()], validate=False, test=True)
    assert (tmp_path / "figures" / "confusion.png").exists()


def test_padding_is_ignored(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}

    def keep(hidden: Tensor, symbols: list[str], _: str) -> Figure:
        drawn.update(hidden=hidden, symbols=symbols)
        return new_figure(1)

    monkeypatch.setattr(recurrent, "plot_hidden_states", keep)
    task = make_task(SYMBOLS, Recurrent(batch_first=True))
    trainer = fit(task, [Figures()])
    split = trainer.val_dataloaders.split
    steps = int(split.mask[0].sum())
    with torch.no_grad():
        hidden = task.net.model.rnn(split.x[:1, :steps])[0][0]
    torch.testing.assert_close(drawn["hidden"], hidden)
    assert drawn["symbols"] == [SYMBOLS.vocabulary[k] for k in split.x[0, :steps].argmax(-1)]
    predicted, true = Examples(trainer, task, trainer.val_dataloaders).predicted
    assert predicted.shape == true.shape == (int(split.mask.sum()), 7)
    torch.testing.assert_close(true, split.y[split.mask])
    whole = Loader(Batch(split.x, split.y), batch_size=5, per_step=True)
    predicted, true = Examples(trainer, task, whole).predicted
    assert predicted.shape == true.shape == (split.mask.numel(), 7)


def test_training_is_unchanged(tmp_path: Path, fit: Fit) -> None:
    weights = {}
    for name, callbacks in (("with", [Figures(every_n_epochs=1)]), ("without", [])):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        model = conv()
        model[1].eval()  # a layer in evaluation mode stays there
        fit(make_task(IMAGE, model), callbacks, folder=tmp_path / name)
        weights[name] = [*model.parameters(), torch.rand(3), torch.tensor(np.random.rand())]
    for one, other in zip(weights["with"], weights["without"], strict=True):
        assert torch.equal(one, other)


def test_failure_is_a_warning(
    tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(classes, "plot_boundary", lambda *_: 1 / 0)
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()])
    warnings = [record.getMessage() for record in caplog.records if record.name == "nnzoo.callbacks.figures"]
    assert warnings == ["figure 'boundary' could not be drawn: ZeroDivisionError: division by zero"]
    assert events(tmp_path).Tags()["images"] == ["figures/confusion"]


def record_figures(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Figure]]:
    """Return a dict to which figures are added by name instead of rendering them."""
    found: dict[str, list[Figure]] = {}

    def keep(figure: Figure, path: Path, dpi: int) -> np.ndarray:
        found.setdefault(path.stem, []).append(figure)
        return np.zeros((1, 1, 3), dtype=np.uint8)

    monkeypatch.setattr("nnzoo.callbacks.figures.render", keep)
    return found


def title(figure: Figure) -> list[str]:
    return figure.get_suptitle().split("\n")


def test_titles_name_the_split_and_the_weights(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    fit(make_task(IMAGE, conv()), [Figures(every_n_epochs=2)])
    assert [title(figure)[-1] for figure in found["confusion"]] == [
        "validation, weights after epoch 2",
        "validation, last weights",
    ]
    assert [title(figure)[-1] for figure in found["filters"]] == ["weights after epoch 2", "last weights"]
    fit(make_task(IMAGE, conv()), [Figures()], folder=tmp_path / "test", validate=False, test=True)
    assert title(found["predictions"][-1])[-1] == "test, last weights"
    assert title(found["filters"][-1]) == ["weights of the first layer", "last weights"]


def test_titles_say_that_weights_are_averages(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    fit(make_task(PLANE, nn.Linear(2, 3)), [AveragedWeights(decay=0.9), Figures(every_n_epochs=2)])
    assert [title(figure)[-1] for figure in found["confusion"]] == [
        "validation, averaged weights after epoch 2",
        "validation, average of the last weights",
    ]


def test_wrong_predictions_come_first(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    task = make_task(IMAGE, nn.Sequential(nn.Flatten(), nn.Linear(36, 3)))
    trainer = fit(task, [Figures(images=36)], max_epochs=1)
    split = trainer.val_dataloaders.split
    with torch.no_grad():
        predicted = task.net(split.x).argmax(1)
    wrong = predicted != split.y
    assert 0 < wrong.sum() < 36
    order = [*wrong.nonzero()[:, 0].tolist(), *(~wrong).nonzero()[:, 0].tolist()][:36]
    (figure,) = found["predictions"]
    for image, place in zip(figure.axes[0].images, order, strict=True):
        assert np.array_equal(image.get_array(), split.x[place, 0])
    assert title(figure)[0] == f"{int(wrong.sum())} of 40 wrong; wrong predictions first"
    assert len(figure.axes[0].patches) == int(wrong.sum())


def test_more_wrong_predictions_than_images(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    fit(make_task(IMAGE, nn.Sequential(nn.Flatten(), nn.Linear(36, 3))), [Figures(images=2)], max_epochs=1)
    assert title(found["predictions"][0])[0].endswith(" of 40 wrong, 2 of them shown")
    assert len(found["predictions"][0].axes[0].images) == 2


def test_predictions_are_computed_once(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    record_figures(monkeypatch)
    passes = []
    predicted = Examples.predicted.func  # type: ignore[attr-defined]
    monkeypatch.setattr(Examples.predicted, "func", lambda self: passes.append(1) or predicted(self))
    fit(make_task(IMAGE, conv()), [Figures()])
    assert len(passes) == 1


def test_feature_maps_are_outputs_of_convolutions(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Tensor] = {}
    monkeypatch.setattr(image_pictures, "plot_feature_maps", lambda x, maps: found.update(maps, x=x) or new_figure(1))
    task = make_task(IMAGE, conv())
    trainer = fit(task, [Figures()])
    x = trainer.val_dataloaders.split.x[0]
    assert list(found) == ["convolution 1", "x"]
    with torch.no_grad():
        torch.testing.assert_close(found["convolution 1"], task.net.model[0](x[None])[0])
    assert torch.equal(found["x"], x)


def test_reconstructions_of_corrupted_images(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The noise is the same in every epoch and independent of training."""
    found: list[tuple[Tensor, ...]] = []
    monkeypatch.setattr(image_pictures, "plot_reconstructions", lambda *parts: found.append(parts) or new_figure(1))
    settings = {"in_features": 36, "hidden": [], "code": 3, "corruption": "masking", "strength": 0.5}
    task = make_task(IMAGE.with_input_as_target(), nn.Sequential(nn.Flatten(), Autoencoder(**settings)))
    trainer = fit(task, [Figures(every_n_epochs=1)])
    (x, _, corrupted), (_, _, again), (_, rebuilt, _) = found
    assert torch.equal(corrupted, again)
    masked = corrupted == 0
    assert torch.equal(corrupted[~masked], x[~masked])
    assert 0.4 < masked.float().mean() < 0.6
    assert torch.equal(x, trainer.val_dataloaders.split.x[:10])
    with torch.no_grad():
        torch.testing.assert_close(rebuilt, task.net.eval()(corrupted).view_as(x))


def test_learning_curves_are_the_logged_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    settings = ("data=spirals", "data.train=60", "trainer.max_epochs=5", "trainer.accelerator=cpu")
    run = api.train("model=linear", *settings, output_dir=tmp_path).directory
    (figure,) = found["learning_curves"]
    head, *rows = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()]
    for ax, metric in zip(figure.axes, ("loss", "acc"), strict=True):
        for line, split in zip(ax.lines, ("train", "val"), strict=False):
            assert list(line.get_xdata()) == [1, 2, 3, 4, 5]
            column = head.index(f"{split}/{metric}")
            np.testing.assert_allclose(line.get_ydata(), [float(row[column]) for row in rows])
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy"]
    assert figure.get_suptitle() == "learning curves"
    best = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)["epoch"] + 1
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["training", "validation", f"best weights: epoch {best}"]


def test_no_learning_curves_without_a_log_or_for_one_epoch(
    tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = record_figures(monkeypatch)
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()])
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()], max_epochs=1, loggers=[History(save_dir=str(tmp_path))])
    assert "confusion" in found
    assert "learning_curves" not in found


def test_best_epoch_breaks_ties_by_loss_then_by_epoch() -> None:
    class Trainer:
        checkpoint_callbacks = (pl.callbacks.ModelCheckpoint(monitor="val/acc", mode="max"),)

    class Logged(Examples):
        logged = {"val/acc": {1: 0.5, 2: 0.9, 3: 0.9, 4: 0.9}, "val/loss": {1: 0.1, 2: 0.4, 3: 0.3, 4: 0.3}}  # type: ignore[assignment] # noqa: RUF012

    examples = Logged(Trainer(), None, None)  # type: ignore[arg-type]
    assert best_epoch(examples) == 3
    Trainer.checkpoint_callbacks = ()
    assert best_epoch(examples) is None


def test_loss_equal_to_the_metric_is_drawn_once(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    fit(make_task(REAL, nn.Linear(4, 2)), [Figures()], loggers=[History(save_dir=str(tmp_path))])
    assert [ax.get_ylabel() for ax in found["learning_curves"][0].axes] == ["loss"]


def test_scatter_has_names_and_units_of_the_targets(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    names = dataclasses.replace(REAL, labels=("height (cm)", "mass (kg)"), target_mean=(170, 70), target_scale=(10, 9))
    trainer = fit(make_task(names, nn.Linear(4, 2)), [Figures()])
    first, second = found["scatter"][0].axes
    assert (first.get_xlabel(), second.get_ylabel()) == ("true height (cm)", "predicted mass (kg)")
    y = trainer.val_dataloaders.split.y
    np.testing.assert_allclose(first.collections[0].get_offsets()[:, 0], y[:, 0] * 10 + 170, rtol=1e-6)


def test_partial_targets_share_one_plot(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    trainer = fit(make_task(dataclasses.replace(REAL, partial=True), nn.Linear(4, 2)), [Figures()])
    (ax,) = found["scatter"][0].axes
    y = trainer.val_dataloaders.split.y
    np.testing.assert_allclose(ax.collections[0].get_offsets()[:, 0], y[~y.isnan()])


def test_ratings_have_names_and_units_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    given = ("model=matrix_factorization", "data=toy_ratings", "trainer.max_epochs=1", "trainer.accelerator=cpu")
    run = api.train(*given, output_dir=tmp_path).directory
    ax = found["ratings"][0].axes[0]
    users, items = ([label.get_text() for label in axis.get_ticklabels()] for axis in (ax.yaxis, ax.xaxis))
    known = {(users[round(t.get_position()[1])], items[round(t.get_position()[0])]): t.get_text() for t in ax.texts}
    assert known == {(user, item): str(rating) for user, item, rating in RATINGS}
    predicted = api.predict(run, [(user, item) for user in users for item in items], which="last")["prediction"]
    np.testing.assert_allclose(np.asarray(ax.images[0].get_array()).ravel(), predicted, rtol=1e-5)


def test_most_frequent_ids() -> None:
    assert most_frequent(torch.tensor([5, 0, 0, 0, 2, 5, 3, 2, 7]), 3).tolist() == [2, 3, 5]
    assert most_frequent(torch.tensor([0, 1, 1]), 3).tolist() == [1]


def test_decision_regions_have_columns_and_units_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    rows = "".join(f"{150 + 10 * k + j},{50 + 7 * k},{'abc'[k]}\n" for k in range(3) for j in range(12))
    (tmp_path / "table.csv").write_text("height (cm),mass (kg),kind\n" + rows)
    data = ("data=array", f"data.path={tmp_path / 'table.csv'}")
    api.train("model=linear", *data, "trainer.max_epochs=1", "trainer.accelerator=cpu", output_dir=tmp_path)
    (ax,) = found["boundary"][0].axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("height (cm)", "mass (kg)")
    points = np.concatenate([dots.get_offsets() for dots in ax.collections])
    assert 150 - 1e-3 <= points[:, 0].min() <= points[:, 0].max() <= 181 + 1e-3
    assert set(points[:, 1].round(3)) <= {50, 57, 64}
    left, right = ax.get_xlim()
    assert left < points[:, 0].min()
    assert right > points[:, 0].max()


def test_resolution(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(dpi=60)])
    assert imread(tmp_path / "figures" / "confusion.png").shape[1] == 270
    assert render(new_figure(2), tmp_path / "a.png", 100).shape == (200, 450, 3)


@pytest.mark.parametrize("name", ["images", "every_n_epochs"])
def test_numbers_out_of_range(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is 0; it must be at least 1"):
        Figures(**{name: 0})


@pytest.mark.parametrize("dpi", [0, 5000])
def test_resolution_out_of_range(dpi: int) -> None:
    with pytest.raises(UserError, match=f"dpi is {dpi}; it must be from 20 to 1000"):
        Figures(dpi=dpi)


def test_picture_names_are_unique_and_documented() -> None:
    names = [picture.name for picture in PICTURES]
    assert len(names) == len(set(names))
    page = (ROOT / "docs" / "tensorboard.md").read_text()
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_a_thousand_classes_and_one_class(tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture) -> None:
    for classes_ in (1000, 1):
        spec = DataSpec(input="real", shape=(1, 4, 4), target="classes", target_size=classes_)
        fit(make_task(spec, nn.Sequential(nn.Flatten(), nn.Linear(16, classes_))), [Figures()], max_epochs=1)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert imread(tmp_path / "figures" / "confusion.png").shape[1] == 675


def test_parts_of_the_loss_are_the_logged_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = record_figures(monkeypatch)
    settings = ("data=spirals", "data.train=60", "trainer.max_epochs=2", "trainer.accelerator=cpu")
    run = api.train("model=linear", *settings, "penalties=weights", output_dir=tmp_path / "sum").directory
    (ax,) = found.pop("loss_parts")[0].axes
    head, *rows = csv.reader((run / "metrics.csv").read_text().splitlines())
    for line, name in zip(ax.lines, ("loss", "weights_penalty"), strict=False):
        np.testing.assert_allclose(line.get_ydata(), [float(row[head.index(f"train/{name}")]) for row in rows])
    np.testing.assert_allclose(ax.lines[2].get_ydata(), ax.lines[0].get_ydata() + ax.lines[1].get_ydata())
    api.train("model=linear", *settings, output_dir=tmp_path / "alone")
    assert "loss_parts" not in found


def test_weighted_parts_of_both_splits() -> None:
    logged = {"train/reconstruction": {1: 4.0, 2: 3.0}, "train/kl": {1: 2.0, 2: 4.0}, "train/loss": {1: 5.0, 2: 5.0}}
    logged |= {name.replace("train", "val"): values for name, values in logged.items()}
    examples: Any = SimpleNamespace(logged=logged, task=SimpleNamespace(loss_parts={"reconstruction": 1, "kl": 0.5}))
    parts = {"reconstruction": {1: 4, 2: 3}, "0.5 x kl": {1: 1, 2: 2}}
    assert loss_parts(examples) == {"training": parts, "validation": parts}


def test_smallest_and_largest_resolution() -> None:
    assert [Figures(dpi=dpi).dpi for dpi in (20, 1000)] == [20, 1000]
    for dpi in (19, 1001):
        with pytest.raises(UserError, match=f"dpi is {dpi}; it must be from 20 to 1000"):
            Figures(dpi=dpi)
    figures = Figures(every_n_epochs=1, images=1)
    assert (figures.every_n_epochs, figures.images, figures.dpi) == (1, 1, 150)
    assert (Figures().every_n_epochs, Figures().images) == (None, 16)


def test_further_pictures_are_last_and_have_names_of_their_own() -> None:
    mine, other = (Picture(name, lambda _: True, lambda _: new_figure(1)) for name in ("mine", "other"))
    assert Figures(pictures={"a": mine, "b": other}).pictures == (*PICTURES, mine, other)
    with pytest.raises(UserError, match=r"pictures.b has the name 'mine' of another picture"):
        Figures(pictures={"a": mine, "b": dataclasses.replace(other, name="mine")})
    with pytest.raises(UserError, match=r"pictures.a has the name 'confusion' of another picture"):
        Figures(pictures={"a": dataclasses.replace(mine, name="confusion")})
    with pytest.raises(UserError, match=r"pictures.a is int; it must be derived from nnzoo"):
        Figures(pictures={"a": 3})


def test_a_figure_with_other_letters_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fonts for them are known only after the first time."""
    times: list[int] = []
    draw = FigureCanvasAgg.draw
    monkeypatch.setattr(FigureCanvasAgg, "draw", lambda self: times.append(1) or draw(self))
    for added, number in ((False, 1), (True, 2)):
        monkeypatch.setattr("nnzoo.callbacks.figures.add_fonts", lambda figure, added=added: added)
        render(new_figure(1), tmp_path / "a.png", 20)
        assert len(times) == number
        times.clear()
