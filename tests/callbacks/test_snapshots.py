"""Which tensors are captured and drawn, without a run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.callbacks import snapshots
from nnzoo.callbacks.snapshots import Snapshots
from torch import Tensor


class Epochs(Snapshots):
    """Captures the number of finished epochs."""

    name = "epochs"
    relevant = True

    def applies(self, task: Any) -> bool:
        return self.relevant

    def capture(self, trainer: Any, task: Any) -> Tensor:
        return torch.tensor(trainer.captured)

    def draw(self, trainer: Any, task: Any, captured: dict[str, Tensor]) -> Figure:
        figure = Figure()
        figure.suptitle(str({name: each.item() for name, each in captured.items()}))
        return figure


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int, int]]:
    """A list of the figures that are saved: name, title, epoch and resolution."""
    found: list[tuple[str, str, int, int]] = []
    monkeypatch.setattr(
        snapshots,
        "save_figure",
        lambda trainer, name, draw, epoch, dpi: found.append((name, draw().get_suptitle(), epoch, dpi)),
    )
    return found


def train(callback: Epochs, begin: int, end: int, *, finished: bool = True) -> None:
    """Call the hooks of a run from one epoch to another."""
    trainer: Any = SimpleNamespace(is_global_zero=True, current_epoch=begin, global_step=5 * begin, captured=begin)
    task: Any = SimpleNamespace(cursor=SimpleNamespace(finished=True))
    callback.on_train_start(trainer, task)
    for epoch in range(begin, end):
        trainer.current_epoch, trainer.captured = epoch, epoch + 1
        callback.on_train_epoch_end(trainer, task)
    task.cursor.finished = finished
    callback.on_train_epoch_end(trainer, task)
    trainer.captured = 99
    callback.on_train_end(trainer, task)


def test_powers_of_two_and_the_end(saved: list[Any]) -> None:
    callback = Epochs()
    train(callback, 0, 9)
    assert list(callback.captured) == [0, 1, 2, 4, 8]
    assert saved == [("epochs", str({f"epoch {k}": k for k in (0, 1, 2, 4, 8)} | {"epoch 9": 99}), 9, 150)]


def test_a_resumed_run_continues(saved: list[Any]) -> None:
    """Its tensors are sorted by epoch, and a run that ends within an epoch ends with that state."""
    before = Epochs()
    before.captured = {4: torch.tensor(4), 0: torch.tensor(0)}
    assert list(before.state_dict()) == ["4", "0"]
    callback = Epochs(dpi=50)
    callback.load_state_dict(before.state_dict())
    train(callback, 6, 6, finished=False)
    assert saved == [("epochs", str({"epoch 0": 0, "epoch 4": 4, "end": 99}), 6, 50)]
    assert Epochs().epoch == 0


def test_nothing_is_captured_where_it_does_not_apply(saved: list[Any], tmp_path: Path) -> None:
    callback = Epochs()
    callback.relevant = False
    train(callback, 0, 3)
    assert callback.captured == {}
    callback.relevant = True
    trainer: Any = SimpleNamespace(is_global_zero=False)
    callback.on_train_end(trainer, SimpleNamespace(cursor=None))  # type: ignore[arg-type]
    callback.on_train_epoch_end(trainer, SimpleNamespace(cursor=None))  # type: ignore[arg-type]
    assert saved == []
