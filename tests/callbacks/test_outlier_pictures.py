"""The picture of outlier scores of a run: against the scores that `outliers` returns."""

from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.callbacks.pictures import outliers as pictures
from nnzoo.figures.style import new_figure

rng = np.random.default_rng(0)
FRAME = pd.DataFrame({"age": rng.normal(40, 10, 60), "city": np.array(["a", "b", "c"])[np.arange(60) % 3]})
SETTINGS = ("model=autoencoder", "model.hidden=[]", "model.code=2", "trainer.max_epochs=2", "logger=none")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    for name in ("plot_outlier_images", "plot_outlier_scores"):
        monkeypatch.setattr(pictures, name, lambda *parts, **more: found.append((parts, more)) or new_figure(1))
    return found


def test_rows_of_a_table(tmp_path: Path, drawn: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
    data = nnzoo.train(*SETTINGS, data=FRAME, target=[], output_dir=tmp_path)
    (((scores, entries, columns), more),) = drawn
    every = nnzoo.outliers(data.directory, FRAME, which="last")
    assert columns == ["age", "city"]
    for row, score in zip(entries, scores, strict=True):
        place = np.abs(every["score"] - float(score)).argmin()
        np.testing.assert_allclose(row, every["entry_score"][place], rtol=1e-4)
    assert more["threshold"] == pytest.approx(float(every["threshold"]), rel=1e-3)


def test_words_of_documents(tmp_path: Path, drawn: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
    (tmp_path / "lines.txt").write_text("the cat sat\nthe dog sat\n" * 10)
    nnzoo.train(*SETTINGS, "data=word_counts", f"data.path={tmp_path / 'lines.txt'}", output_dir=tmp_path)
    (((_, _, columns), _),) = drawn
    assert sorted(columns) == ["cat", "dog", "sat", "the"]


def test_images(tmp_path: Path, drawn: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
    x = torch.from_numpy(rng.random((60, 1, 4, 5), dtype=np.float32))
    run = nnzoo.train(*SETTINGS, "data.val=0.3", data=(x, torch.arange(60) % 2), output_dir=tmp_path).directory
    (((images, outputs, scores), _),) = drawn
    found = nnzoo.outliers(run, images, which="last")
    np.testing.assert_allclose(scores, found["score"], rtol=1e-4)
    assert (scores.diff() <= 0).all()
    assert len(scores) == 10
    rebuilt = nnzoo.predict(run, images, which="last")["prediction"]
    np.testing.assert_allclose(outputs, rebuilt, atol=1e-5)
