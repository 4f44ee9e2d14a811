"""Lines that are written again and again."""

import io
import os
import sys
from types import SimpleNamespace

import pytest
from nnzoo.callbacks.progress_line import NotebookLine, TerminalLine, in_notebook, progress_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_of_a_terminal() -> None:
    stream = Terminal()
    line = TerminalLine(stream)
    line.end()  # nothing to end
    assert stream.getvalue() == ""
    line.write("a" * 100)
    line.write("b")
    line.end()
    line.end()
    assert stream.getvalue() == f"\r{'a' * 79}\x1b[K\rb\x1b[K\n"
    line.write("c")
    line.end()
    assert stream.getvalue().endswith("\n\rc\x1b[K\n")


@pytest.mark.parametrize(("columns", "width"), [(30, 29), (2, 1), (1, 79), (0, 79)])
def test_width_is_one_less_than_the_columns(monkeypatch: pytest.MonkeyPatch, columns: int, width: int) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda number: {7: os.terminal_size((columns, 24))}[number])
    line = TerminalLine(SimpleNamespace(fileno=lambda: 7))  # type: ignore[arg-type]
    assert line.width == width


def test_a_terminal_that_is_closed_is_left_alone() -> None:
    calls = []

    class Closing(Terminal):
        def write(self, text: str) -> int:
            calls.append(text)
            raise OSError

    line = TerminalLine(Closing())
    line.write("a")
    line.write("b")
    line.end()
    assert len(calls) == 1
    assert line.width == 79


def test_line_of_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    cells: list[list[str]] = []

    def display(content: dict[str, str], *, raw: bool, display_id: bool) -> SimpleNamespace:
        assert raw
        assert display_id
        cells.append(shown := [content["text/plain"]])

        def update(content: dict[str, str], *, raw: bool) -> None:
            assert raw
            shown.append(content["text/plain"])

        return SimpleNamespace(update=update)

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    line = NotebookLine()
    for text in ("a", "b", None, "c", "d"):
        line.end() if text is None else line.write(text)
    assert cells == [["a", "b"], ["c", "d"]]
    assert line.width == 120


def test_which_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    for shell, notebook in ((None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=1), True)):
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        assert in_notebook() == notebook
        assert isinstance(progress_line(), NotebookLine if notebook else TerminalLine)
    monkeypatch.delitem(sys.modules, "IPython")
    assert not in_notebook()
    line = progress_line()
    assert isinstance(line, TerminalLine)
    assert line.stream is sys.stderr
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress_line() is None


def test_every_text_is_shown_at_once() -> None:
    raw = io.BytesIO()
    line = TerminalLine(io.TextIOWrapper(raw, encoding="utf-8"))
    line.write("a")
    assert raw.getvalue() == b"\ra\x1b[K"
    line.end()
    assert raw.getvalue().endswith(b"\n")
