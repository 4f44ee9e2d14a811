"""Validations whose outcome is given."""

from collections.abc import Iterator

import pytest
from nnzoo.tasks.base import Task


def scripted(patch: pytest.MonkeyPatch, figures: list[tuple[float, float]]) -> None:
    """Let validations find accuracies and losses that are given."""
    script: Iterator[tuple[float, float]] = iter(figures)

    def on_validation_epoch_end(self: Task) -> None:
        acc, loss = next(script)
        self.publish("val", {"loss": loss, "acc": acc, "errors": 0.0})

    patch.setattr(Task, "on_validation_epoch_end", on_validation_epoch_end)
