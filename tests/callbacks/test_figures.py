import logging
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from nnzoo.callbacks import figures
from nnzoo.callbacks.figures import Figures
from nnzoo.spec import DataSpec
from torch import Tensor, nn

from .conftest import PLANE, Fit, events, make_task

IMAGE = DataSpec(input="real", shape=(1, 6, 6), target="classes", target_size=3, low=0, high=1)
MANY = DataSpec(input="real", shape=(2,), target="classes", target_size=26)  # a legend has no room for them
REAL = DataSpec(input="real", shape=(4,), target="real", target_size=2)
SYMBOLS = DataSpec(
    input="onehot",
    shape=(7,),
    target="multilabel",
    target_size=7,
    low=0,
    high=1,
    sequence=True,
    per_step=True,
    vocabulary=tuple("BEPSTVX"),
    labels=tuple("BEPSTVX"),
)


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
        (IMAGE, conv(), {"predictions", "confusion", "filters"}),
        (IMAGE, nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), {"predictions", "confusion", "filters"}),
        (REAL, nn.Linear(4, 2), {"scatter"}),
        (SYMBOLS, Recurrent(batch_first=True), {"activations", "next_symbols"}),
        (SYMBOLS, Recurrent(batch_first=False), {"activations", "next_symbols"}),
        (SYMBOLS, nn.Linear(7, 7), {"next_symbols"}),
    ],
)
def test_what_fits_the_data_is_drawn(
    tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture, spec: DataSpec, model: nn.Module, names: set[str]
) -> None:
    fit(make_task(spec, model), [Figures(images=4)])
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    logged = events(tmp_path)
    assert set(logged.Tags()["images"]) == {f"figures/{name}" for name in names}
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == names
    for name in names:
        (image,) = logged.Images(f"figures/{name}")
        assert image.step == 2
        assert max(image.width, image.height) <= 1000
        assert imread(tmp_path / "figures" / f"{name}.png").shape[:2] == (image.height, image.width)


def test_every_two_epochs_and_at_the_end(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(every_n_epochs=2)], max_epochs=5)
    assert [image.step for image in events(tmp_path).Images("figures/boundary")] == [1, 3, 4]


def test_last_epoch_is_drawn_once(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures(every_n_epochs=2)], max_epochs=4, test=True)
    assert [image.step for image in events(tmp_path).Images("figures/boundary")] == [1, 3]


def test_without_validation_the_test_is_drawn(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()], validate=False)
    assert not (tmp_path / "figures").exists()
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()], validate=False, test=True)
    assert (tmp_path / "figures" / "confusion.png").exists()


def test_all_real_steps_and_no_padding_are_counted(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {}
    monkeypatch.setattr(figures, "activations", lambda hidden, symbols: drawn.update(hidden=hidden, symbols=symbols))
    task = make_task(SYMBOLS, Recurrent(batch_first=True))
    trainer = fit(task, [Figures()])
    split = trainer.val_dataloaders.split
    steps = int(split.mask[0].sum())
    with torch.no_grad():
        hidden = task.net.model.rnn(split.x[:1, :steps])[0][0]
    torch.testing.assert_close(drawn["hidden"], hidden)
    assert drawn["symbols"] == [SYMBOLS.vocabulary[k] for k in split.x[0, :steps].argmax(-1)]
    said, true = figures.Examples(trainer, task, trainer.val_dataloaders).decided()
    assert said.shape == true.shape == (int(split.mask.sum()), 7)
    torch.testing.assert_close(true, split.y[split.mask])


def test_training_is_not_disturbed(tmp_path: Path, fit: Fit) -> None:
    weights = {}
    for name, callbacks in (("with", [Figures(every_n_epochs=1)]), ("without", [])):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        model = conv()
        model[1].eval()  # one layer is frozen by hand, and stays so
        fit(make_task(IMAGE, model), callbacks, folder=tmp_path / name)
        weights[name] = [*model.parameters(), torch.rand(3), torch.tensor(np.random.rand())]
    for one, other in zip(weights["with"], weights["without"], strict=True):
        assert torch.equal(one, other)


def test_one_that_fails_is_a_warning(
    tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(figures, "boundary", lambda *_: 1 / 0)
    fit(make_task(PLANE, nn.Linear(2, 3)), [Figures()])
    warnings = [record.getMessage() for record in caplog.records if record.name == "nnzoo.callbacks.figures"]
    assert warnings == ["no figure 'boundary': ZeroDivisionError: division by zero"]
    assert events(tmp_path).Tags()["images"] == ["figures/confusion"]
