"""The top-k error against scikit-learn."""

from pathlib import Path

import nnzoo
import numpy as np
import pytest
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from sklearn.metrics import top_k_accuracy_score

SETTINGS = ("model=mlp", "data=digits", "data.size=8", "trainer.max_epochs=1", "~callbacks.figures")


def test_equals_scikit_learn(tmp_path: Path) -> None:
    settings = (*SETTINGS, "evaluations=top_k", "evaluations.top_k.k=3")
    result = nnzoo.train(*settings, output_dir=tmp_path)
    test = Digits(size=8).splits["test"]
    outputs = nnzoo.load(result.directory).predict(test.x.numpy())["output"]
    expected = 1 - top_k_accuracy_score(test.y.numpy(), outputs, k=3, labels=np.arange(10))
    assert result.metrics["test/best"]["top_k_error"] == pytest.approx(expected)
    assert 0 < expected < 1 - result.metrics["test/best"]["acc"]
    assert nnzoo.evaluate(result.directory)["test/best"]["top_k_error"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evaluations.top_k.k=0"], "k is 0; it must be at least 1"),
        (["evaluations.top_k.k=10"], "k is 10; it must be below the number of classes, 10"),
        (["data=noisy_curve", "~data.size"], "the top-k error needs an output for each class; the data gives"),
    ],
)
def test_mistakes(tmp_path: Path, overrides: list[str], message: str) -> None:
    given = [line for line in SETTINGS if "data=noisy_curve" not in overrides or not line.startswith("data")]
    overrides = [line for line in overrides if not line.startswith("~")]
    with pytest.raises(UserError, match=message):
        nnzoo.train(*given, "evaluations=top_k", *overrides, output_dir=tmp_path)
