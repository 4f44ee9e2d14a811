import math

import pytest
import torch
from nnzoo.tasks.metrics.language_model import LanguageModelMetrics, PerplexityMetrics


@pytest.mark.parametrize("loss", [0.0, 0.5, 3.0])
def test_perplexity_and_bits(loss: float) -> None:
    found = PerplexityMetrics().compute(loss)
    assert found == {"perplexity": pytest.approx(math.exp(loss)), "bits": pytest.approx(loss * math.log2(math.e))}


def test_a_perplexity_that_is_no_float_is_infinite() -> None:
    assert PerplexityMetrics().compute(800.0) == {"perplexity": math.inf, "bits": pytest.approx(800 / math.log(2))}
    assert math.isfinite(PerplexityMetrics().compute(690.0)["perplexity"])


def test_share_of_tokens() -> None:
    metrics = LanguageModelMetrics()
    metrics.update(
        torch.tensor([[1, 2], [0, 0]]), torch.tensor([[1, 1], [0, 3]]), torch.tensor([[True] * 2, [True, False]])
    )
    assert metrics.compute(0.0) == {"perplexity": 1, "bits": 0, "acc": pytest.approx(2 / 3)}
