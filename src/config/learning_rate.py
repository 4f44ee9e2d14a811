"""The learning rates of a range test, and whether a config has a learning rate. Imports no torch."""

import math
from dataclasses import dataclass
from typing import Any

from ..errors import UserError
from .ineffective import chosen_name, is_within
from .signatures import ignored_settings, traits_of

MIN_STEPS = 20  # with fewer, no slope can be estimated


@dataclass(frozen=True)
class LearningRateRange:
    """Learning rates that grow exponentially from `low` to `high` over `steps` optimizer steps.

    Raises UserError for values out of range.
    """

    low: float = 1e-6
    high: float = 1.0
    steps: int = 100

    def __post_init__(self) -> None:
        for name, value in (("low", self.low), ("high", self.high)):
            if not 0 < value < math.inf:
                raise UserError(f"{name} is {value}; it must be above 0 and finite")
        if self.low >= self.high:
            raise UserError(f"low is {self.low} and high is {self.high}; low must be below high")
        if self.steps < MIN_STEPS:
            raise UserError(f"steps is {self.steps}; it must be at least {MIN_STEPS}")

    @property
    def rates(self) -> list[float]:
        """The learning rate of each step."""
        growth = self.high / self.low
        return [self.low * growth ** (step / (self.steps - 1)) for step in range(self.steps)]


def check_learning_rate(config: dict[str, Any]) -> None:
    """Raise UserError if a config trains without gradient steps, or its optimizer has no learning rate."""
    task, traits = config["task"], traits_of(config["model"]["_target_"])
    if task and is_within("optimizer", ignored_settings(task["_target_"])):
        raise UserError(f"task '{chosen_name(config, 'task')}' takes no gradient steps, so it has no learning rate")
    if traits is not None and not traits.trainable:
        raise UserError(f"the weights of model '{chosen_name(config, 'model')}' are fixed, so it has no learning rate")
    rate = config["optimizer"].get("lr")
    if rate is None:
        raise UserError(f"optimizer '{chosen_name(config, 'optimizer')}' has no setting lr")
    if not 0 < rate < math.inf:
        raise UserError(f"optimizer.lr is {rate}; it must be above 0, since it sets the ratio of the parameter groups")
