"""A line that shows progress in place: on a terminal or in a notebook."""

import os
import sys
from typing import Any, Protocol, TextIO

NOTEBOOK_WIDTH = 120


class Line(Protocol):
    """One line that is written again and again."""

    @property
    def width(self) -> int:
        """Number of characters that fit into the line."""

    def write(self, text: str) -> None:
        """Replace the line."""

    def end(self) -> None:
        """Leave the line as it is; the next text begins a new one."""


class TerminalLine:
    """The current line of a terminal. A terminal that is closed meanwhile does not stop the run."""

    def __init__(self, stream: TextIO) -> None:
        self.stream: TextIO | None = stream
        self.begun = False

    @property
    def width(self) -> int:
        """Number of columns but one, 79 if unknown."""
        try:
            columns = os.get_terminal_size(self.stream.fileno()).columns if self.stream else 0
        except (OSError, ValueError):
            columns = 0
        return columns - 1 if columns > 1 else 79

    def write(self, text: str) -> None:
        """Replace the line; it is cut to the width of the terminal."""
        self.begun = True
        self._send(f"\r{text[: self.width]}\x1b[K")

    def end(self) -> None:
        """Break the line if there is one."""
        if self.begun:
            self._send("\n")
        self.begun = False

    def _send(self, text: str) -> None:
        if self.stream is not None:
            try:
                self.stream.write(text)
                self.stream.flush()
            except (OSError, ValueError):
                self.stream = None


class NotebookLine:
    """A line below a cell of a notebook."""

    width = NOTEBOOK_WIDTH

    def __init__(self) -> None:
        self.handle: Any = None

    def write(self, text: str) -> None:
        """Replace the line."""
        from IPython.display import display

        content = {"text/plain": text}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)

    def end(self) -> None:
        """Begin a new line with the next text."""
        self.handle = None


def progress_line() -> Line | None:
    """Return the line of a notebook, or of standard error if it is a terminal that can return to its start, or None."""
    if in_notebook():
        return NotebookLine()
    if os.environ.get("TERM") == "dumb":
        return None
    try:
        return TerminalLine(sys.stderr) if sys.stderr.isatty() else None
    except (AttributeError, ValueError):  # sys.stderr is None or closed
        return None


def in_notebook() -> bool:
    """Return whether a cell of a notebook runs, and not a terminal with IPython or a script."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
