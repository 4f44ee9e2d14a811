"""Metrics of next tokens. Shapes: B texts, T steps."""

import math
from collections.abc import Mapping
from typing import ClassVar

from .base import Mode, NoMetrics
from .classification import ClassificationMetrics


class LanguageModelMetrics(ClassificationMetrics):
    """Of next tokens (B, T): perplexity exp(loss), bits a token, and the share that was predicted correctly."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min", "acc": "max"}

    def compute(self, loss: float) -> dict[str, float]:
        """perplexity, bits, acc."""
        return {**surprise(loss), "acc": super().compute(loss)["acc"]}


class PerplexityMetrics(NoMetrics):
    """Of next tokens, where none is predicted for: perplexity and bits a token."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min"}

    def compute(self, loss: float) -> dict[str, float]:
        """perplexity, bits."""
        return surprise(loss)


def surprise(loss: float) -> dict[str, float]:
    """Return perplexity and bits of a mean loss in nats."""
    bits = loss / math.log(2)
    return {"perplexity": 2**bits if bits < 1000 else math.inf, "bits": bits}
