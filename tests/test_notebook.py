"""The notebook of the documentation runs from its first to its last cell, and shows what a reader expects."""

import base64
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.support.paths import ROOT

NOTEBOOK = ROOT / "docs" / "tour.ipynb"


def test_the_notebook_is_saved_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    for cell in code:
        if cell.source[0] not in "!%":
            compile(cell.source, "cell", "exec")


def outputs(notebook: Any, start: str) -> list[Any]:
    """Return the outputs of the cell that begins with a text, or has it in a line."""
    (found,) = [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and start in cell.source]
    return found


def shown(notebook: Any, start: str, kind: str) -> str:
    """Return the last output of a kind of a cell."""
    return [output.data[kind] for output in outputs(notebook, start) if kind in output.get("data", {})][-1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the client
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient  # starts an event loop

    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": tmp_path}}).execute()
    nbformat.write(notebook, tmp_path / "tour.ipynb")
    every = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output.text for output in every if output.get("name") == "stderr"]
    lines = [output.data["text/plain"] for output in outputs(notebook, 'data="digits", optimizer=') if "data" in output]
    assert any(line.startswith("epoch 8/8  [====") for line in lines)
    assert "acc" in lines[-1]
    assert "<table" in shown(notebook, "result.history.tail", "text/html")
    picture = base64.b64decode(shown(notebook, "result.history.plot()", "image/png"))
    assert picture.startswith(b"\x89PNG")
    assert "setosa" in shown(notebook, "probabilities=True", "text/html")
    (error,) = [output for output in outputs(notebook, 'model="mlpp"') if output.output_type == "error"]
    assert error.traceback == ["UserError: unknown model 'mlpp'; did you mean 'mlp'?"]
    assert "<img" in shown(notebook, "found.best.params", "text/html")
    assert "linear" in shown(notebook, "nnzoo.list_runs", "text/html")
    assert "acc" in shown(notebook, "class Wide", "text/plain")
    assert shown(notebook, "nnzoo.resume", "image/png")
    (printed,) = outputs(notebook, "!nnzoo evaluate")
    assert "test/best" in printed.text
