"""The number of epochs where the config leaves it to the size of the data."""

import math
from typing import Any

from ..config.ineffective import without_validation
from ..config.schema import Loader, Trainer
from ..data.base import Data
from ..errors import UserError
from ..tasks.batch_cursor import BatchCursor

EPOCHS = 20
STEPS = 2000  # with the usual learning rates, fewer optimizer steps leave most networks far from their optimum
MOST = 500  # of a few examples; an epoch takes some time apart from its steps


def with_epochs(config: dict[str, Any], data: Data) -> dict[str, Any]:
    """Return a config with `trainer.max_epochs`; null becomes 20 epochs, and more for small data.

    There are at least 2000 optimizer steps, but at most 500 epochs. A schedule over all epochs (`T_max`) follows.
    Raises UserError if there are so few that validation would never run.
    """
    if config["trainer"]["max_epochs"] is not None:
        return config
    steps = cursor(config, data).steps_in_epoch
    epochs = min(MOST, max(EPOCHS, math.ceil(STEPS / steps)))
    schedule = config["scheduler"]
    if schedule and "T_max" in schedule and schedule["T_max"] is None:
        schedule = schedule | {"T_max": epochs}
    trainer = config["trainer"] | {"max_epochs": epochs}
    for error in without_validation(trainer):
        raise UserError(error)
    return config | {"trainer": trainer, "scheduler": schedule}


def without_epochs(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config that leaves the number of epochs to the size of the data, the inverse of `with_epochs`."""
    schedule = config["scheduler"]
    if schedule and schedule.get("T_max") == config["trainer"]["max_epochs"]:
        schedule = schedule | {"T_max": None}
    return config | {"trainer": config["trainer"] | {"max_epochs": None}, "scheduler": schedule}


def cursor(config: dict[str, Any], data: Data) -> BatchCursor:
    """Return the cursor over the training batches of a config. Raises UserError if the data has no segments."""
    trainer, loader = Trainer(**config["trainer"]), Loader(**config["loader"])
    batches = data.train_loader(
        batch_size=loader.batch_size, segment=trainer.truncated_bptt_steps, buckets=loader.buckets
    )
    return BatchCursor(
        batches,
        limit=trainer.limit_train_batches,
        overfit=trainer.overfit_batches,
        accumulate=trainer.accumulate_grad_batches or 1,
    )
