"""A logger that keeps what is logged."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pytorch_lightning.loggers import Logger


class KeptLogger(Logger):
    """Keep hyperparameters and metrics; `made` has all loggers."""

    made: ClassVar[list["KeptLogger"]] = []

    def __init__(self) -> None:
        super().__init__()
        self.params: list[Mapping[str, Any]] = []
        self.metrics: dict[str, list[float]] = {}
        KeptLogger.made.append(self)

    @property
    def name(self) -> str:
        """The name that Lightning requires."""
        return "kept"

    @property
    def version(self) -> str:
        """Empty."""
        return ""

    def log_hyperparams(self, params: Any) -> None:
        """Keep hyperparameters."""
        self.params.append(params)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep metrics."""
        for name, value in metrics.items():
            self.metrics.setdefault(name, []).append(value)


class GivenLogger(KeptLogger):
    """A logger that keeps its arguments, too."""

    def __init__(self, run: str, place: str | None = None) -> None:
        super().__init__()
        self.arguments = run, place
