"""The command `nnzoo`, in this process."""

import io
import re
from contextlib import redirect_stdout

import pytest
from nnzoo.cli.commands import main

PROGRESS = re.compile(r"^(training     .*|epoch \d+(/\d+)?  .*)\n", re.MULTILINE)


def without_progress(output: str) -> str:
    """Return what a command prints without the lines about its progress, which depend on the time that it takes."""
    return PROGRESS.sub("", output)


def exit_code(*args: str) -> int:
    """Run the command; return its exit code."""
    with pytest.raises(SystemExit) as end:
        main(args)
    assert isinstance(end.value.code, int)
    return end.value.code


def command(*args: str) -> str:
    """Run the command to its end; return its output."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = exit_code(*args)
    assert code == 0
    return out.getvalue()
