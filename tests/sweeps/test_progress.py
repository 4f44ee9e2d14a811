"""The progress line of a sweep."""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.sweeps.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def study(*values: float | None, sign: int) -> Any:
    return SimpleNamespace(sign=sign, trials=lambda: [SimpleNamespace(value=value) for value in values])


@pytest.mark.parametrize(("sign", "best"), [(1, "0.25"), (-1, "0.5")])
def test_best_value_and_number_of_trials(monkeypatch: pytest.MonkeyPatch, sign: int, best: str) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    progress, printed = Progress(8), list[str]()
    progress.begin(2)
    assert "2/8" in terminal.getvalue()
    terminal.truncate(0)
    progress.write(printed.append, "trial 2")
    assert "2/8" in terminal.getvalue()  # again, below the line
    progress.update(3, study(None, sign=sign), "val/acc")
    assert "best" not in terminal.getvalue()
    assert progress.bar is not None
    progress.update(5, study(0.5, None, 0.25, sign=sign), "val/acc")
    assert progress.bar.n == 5
    progress.bar.refresh()
    assert "5/8 [" in terminal.getvalue()
    assert f"best val/acc {best}" in terminal.getvalue()
    bar = progress.bar
    progress.end()
    assert bar.disable  # tqdm has removed it
    assert progress.bar is None
    progress.end()
    progress.write(printed.append, "trial 5")
    assert printed == ["trial 2", "trial 5"]


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_nothing_without_a_terminal(monkeypatch: pytest.MonkeyPatch, stream: Any) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    progress, printed = Progress(None), list[str]()
    progress.begin(0)
    progress.update(1, study(0.5, sign=1), "val/acc")
    progress.write(printed.append, "a line")
    progress.end()
    assert printed == ["a line"]
    assert stream is None or not stream.getvalue()
