"""The gallery, with runs that only write their figures; `tests/test_site.py` compares the committed page."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.experiments import gallery


def test_figures_are_copied_from_their_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained: list[tuple[str, ...]] = []

    def train(*settings: str) -> Any:
        *others, output = settings
        trained.append(tuple(others))
        run = Path(output.removeprefix("output_dir="), "data", "run")
        (run / "figures").mkdir(parents=True)
        for name in ("boundary", "scatter", "other"):
            (run / "figures" / f"{name}.png").write_text(f"{name} of {others[0]}")
        return SimpleNamespace(directory=run)

    runs = {
        "Two words": ("model=mlp 'data.labels=[a, b]'", ("boundary", "scatter")),
        "Regression": ("model=linear", ("scatter",)),
    }
    monkeypatch.setattr(gallery, "train", train)
    monkeypatch.setattr(gallery, "RUNS", runs)
    assert gallery.write_gallery() == Path("docs", "gallery.md")
    assert trained == [("model=mlp", "data.labels=[a, b]"), ("model=linear",)]
    pictures = {path.name: path.read_text() for path in Path("docs", "images", "gallery").iterdir()}
    assert pictures == {
        "two_words-boundary.png": "boundary of model=mlp",
        "two_words-scatter.png": "scatter of model=mlp",
        "regression-scatter.png": "scatter of model=linear",
    }
    page = Path("docs", "gallery.md").read_text()
    assert "## Two words\n\n```sh\nnnzoo train model=mlp 'data.labels=[a, b]'\n```\n" in page
    assert "![Two words: boundary](images/gallery/two_words-boundary.png)\n" in page
