"""Checks of a plan that need no run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs import memory
from nnzoo.training import checks
from nnzoo.training.checks import check_memory_of_batch

from tests.support.commands import exit_code
from tests.support.runs import TINY


@pytest.mark.parametrize(
    ("truncated", "values", "needed", "available", "advice"),
    [
        (None, 1000, 10 * 2 * 4 * 7 * 1000, 4.99 * 56_000, "use loader.batch_size=4"),
        (3, 1000, 10 * 2 * 4 * 3 * 1000, 24_000, "use loader.batch_size=1"),
        (None, 2000, 10 * 2 * 4 * 7 * 2000, 111_999, "a network that embeds tokens, such as model=gru, takes less"),
    ],
)
def test_batches_of_counts_that_do_not_fit_into_memory(
    truncated: int | None, values: int, needed: int, available: float, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32, with one copy."""
    split = SimpleNamespace(base=SimpleNamespace(x=SimpleNamespace(shape=(50, 7))))
    plan: Any = SimpleNamespace(
        data=SimpleNamespace(step_values=values),
        train_loader=lambda: SimpleNamespace(batch_size=10, split=split),
        trainer=SimpleNamespace(truncated_bptt_steps=truncated),
    )
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)  # so that all digits are in the message
    for module in (memory, checks):
        monkeypatch.setattr(module, "available_memory", lambda: available)
    with pytest.raises(UserError) as error:
        check_memory_of_batch(plan)
    steps = truncated or 7
    assert str(error.value).startswith(
        f"a batch of 10 sequences of {steps} steps, each read as {values} numbers, takes about {needed} GB"
    )
    assert str(error.value).endswith(f"; {advice}")
    for module in (memory, checks):
        monkeypatch.setattr(module, "available_memory", lambda: float(needed))
    check_memory_of_batch(plan)
    plan.data.step_values = 0
    monkeypatch.setattr(memory, "available_memory", lambda: 0.0)
    check_memory_of_batch(plan)


def test_two_callbacks_on_one_metric_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A checkpoint keeps the state of one of them only."""
    stop = "{_target_:pytorch_lightning.callbacks.EarlyStopping,monitor:val/loss}"
    given = ("callbacks=early_stopping", "callbacks.early_stopping.monitor=val/loss", f"+callbacks.second={stop}")
    assert exit_code("train", *TINY, *given, f"output_dir={tmp_path}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "callbacks.second monitors the same metric as callbacks.early_stopping; set another monitor" in line
