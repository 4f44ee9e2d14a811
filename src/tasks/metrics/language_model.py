"""Metrics of language models. Shapes: B texts, T steps."""

import math
from collections.abc import Mapping
from typing import ClassVar

from .base import Mode, NoMetrics
from .classification import ClassificationMetrics


class LanguageModelMetrics(ClassificationMetrics):
    """Perplexity exp(loss), bits per token, and share of correctly predicted next tokens (B, T)."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min", "acc": "max"}

    def compute(self, loss: float) -> dict[str, float]:
        """Return perplexity, bits, acc."""
        return {**perplexity_and_bits(loss), "acc": super().compute(loss)["acc"]}


class PerplexityMetrics(NoMetrics):
    """Perplexity and bits per token, for steps without predictions."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min"}

    def compute(self, loss: float) -> dict[str, float]:
        """Return perplexity, bits."""
        return perplexity_and_bits(loss)


def perplexity_and_bits(loss: float) -> dict[str, float]:
    """Return perplexity and bits of a mean loss in nats."""
    bits = loss / math.log(2)
    return {"perplexity": 2**bits if bits < 1000 else math.inf, "bits": bits}
