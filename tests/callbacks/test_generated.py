"""Figures of a generator and a discriminator in a run."""

import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from matplotlib.image import imread
from nnzoo import api
from nnzoo.analysis.energy_distance import energy_distance
from nnzoo.callbacks import generated
from nnzoo.callbacks.pictures import generated as pictures
from nnzoo.figures.values import curves
from nnzoo.inference.load import load
from nnzoo.spec import DataSpec
from nnzoo.training.result import Result

from tests.support.runs import checkpoint, rows, same

from .small_tasks import PLANE, events

TINY = ("model=gan", "model.generator=[6]", "model.discriminator=[6]", "trainer.accelerator=cpu", "trainer.threads=1")
RING = (*TINY, "data=ring", "data.train=60", "data.val=40", "data.test=40", "loader.batch_size=20")


def train(folder: Path, *overrides: str) -> Result:
    return api.train(*RING, *overrides, output_dir=folder)


def test_pictures_of_points_in_the_plane(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: dict[str, list] = {"strip": [], "points": []}
    with pytest.MonkeyPatch.context() as patch:
        for module, name, key in [(generated, "plot_generated", "strip"), (pictures, "plot_points", "points")]:
            whole = getattr(module, name)
            patch.setattr(module, name, lambda *given, w=whole, k=key: seen[k].append(given) or w(*given))
        run = train(tmp_path, "trainer.max_epochs=5").directory
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    names = {"learning_curves", "game", "points", "generated"}
    assert {path.stem for path in (run / "figures").iterdir()} == names
    images = {tag: events(run).Images(tag) for tag in events(run).Tags()["images"]}
    assert set(images) == {f"figures/{name}" for name in names}
    for tag, (image,) in images.items():
        assert image.step == 5, tag
        assert imread(run / f"{tag}.png").shape[:2] == (image.height, image.width)

    trained = load(run, which="last")
    ((real, made, positions, probability, axes),) = seen["points"]
    assert len(real) == len(made) == 40
    torch.testing.assert_close(made, torch.from_numpy(trained.sample(40)))
    d = trained(positions.reshape(-1, 2)).sigmoid().view(probability.shape)
    torch.testing.assert_close(probability, d.detach())
    assert axes == ("input 1", "input 2")

    ((real, times),) = seen["strip"]
    assert real.shape == (60, 2)
    assert [time.partition(":")[0] for time in times] == [f"epoch {n}" for n in (0, 1, 2, 4, 5)]
    last = torch.from_numpy(trained.sample(500))
    torch.testing.assert_close([*times.values()][-1], last)
    assert [*times][-1].endswith(f"distance {energy_distance(last, real):.2g}")
    assert not torch.equal(times[next(iter(times))], last)


def test_pictures_do_not_change_training(tmp_path: Path) -> None:
    """They use random numbers of their own."""
    bare = ("~callbacks.figures", "~callbacks.generated")
    drawn, plain = (train(tmp_path / str(len(o)), "trainer.max_epochs=3", *o).directory for o in ((), bare))
    assert rows(drawn) == rows(plain)


def test_resumed_run_keeps_the_points_so_far(tmp_path: Path) -> None:
    half = train(tmp_path / "half", "trainer.max_epochs=2").directory
    whole = train(tmp_path / "whole", "trainer.max_epochs=4").directory
    api.resume(half, "trainer.max_epochs=4")
    states = [checkpoint(run)["callbacks"]["Generated"] for run in (half, whole)]
    assert list(states[0]) == ["0", "1", "2", "4"]
    assert same(*states)


def test_losses_and_accuracies_by_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[dict] = []
    monkeypatch.setattr(pictures, "plot_learning_curves", lambda c: found.append(c) or curves.plot_learning_curves(c))
    run = train(tmp_path, "trainer.max_epochs=3").directory
    logged = rows(run)
    for note, (metric, name) in {
        "generator_loss": ("loss", "generator's loss"),
        "discriminator_loss": ("loss", "discriminator's loss"),
        "accuracy_on_real": ("accuracy", "on real points"),
        "accuracy_on_generated": ("accuracy", "on generated points"),
    }.items():
        assert list(found[0][metric][name].values()) == [float(row[f"train/{note}"]) for row in logged]


def test_generated_images(tmp_path: Path) -> None:
    run = api.train(
        *TINY, "data=digits", "data.size=8", "trainer.max_epochs=1", "~callbacks.best", output_dir=tmp_path
    ).directory
    assert {path.stem for path in (run / "figures").iterdir()} == {"filters", "generated"}
    assert load(run).sample(3).shape == (3, 1, 8, 8)


def test_they_are_for_points_in_the_plane() -> None:
    points = DataSpec("real", (2,), "none", 0)
    tasks: Any = [SimpleNamespace(spec=spec) for spec in (points, replace(points, shape=(3,)), PLANE)]
    assert [generated.Generated().applies(task) for task in tasks] == [True, False, False]
