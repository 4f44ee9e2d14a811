"""The pages of the documentation as programs: their blocks run in order, and the output is compared with the page."""

import ast
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .commands import exit_code, without_progress
from .paths import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OUTER = re.compile(r"^````.*?^````$", re.MULTILINE | re.DOTALL)  # an example of Markdown source
PART = re.compile(r"^<!-- (setup|not run)\b:?(.*?)-->$|^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STAMP = re.compile(r"\d{4}-\d{6}-[0-9a-f]{4}")
VARYING = re.compile(r"\d+(\.\d+)? (s|min|h|d|MB|KB|bytes)\b")  # durations and sizes
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
MEASURED = re.compile(r"\b(errors|mistakes|seq_errors) +$")  # numbers that follow are measured although they are whole
RUN = re.compile(r"=([A-Z_]*?)_?RUN\b")  # a run that the page leaves open: RUN, CBOW_RUN
RELATIVE, ABSOLUTE, WHOLE = 0.35, 0.06, 5.0  # training amplifies the differences between processors


FILE = re.compile(r"# (\S+\.(?:py|yaml))\n")  # the first line of a block that is a file


class Block(NamedTuple):
    """A block of a page. kind: its language, or `setup`: Python that the page does not show."""

    kind: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page, without those that a comment excludes: `<!-- not run: the reason -->`."""
    excluded = False
    for match in PART.finditer(OUTER.sub("", page.read_text(encoding="utf-8"))):
        comment, setup, kind, text = match.groups()
        if comment == "setup":
            yield Block("setup", setup)
        elif kind and not excluded:
            yield Block(kind, text)
        excluded = comment == "not run"


def expected(shown: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of a block, each with the lines that the page shows below it."""
    for part in re.split(r"^\$ ", shown, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        count = next(n for n in range(1, len(lines) + 1) if is_complete("\n".join(lines[:n])))
        yield "\n".join(lines[:count]), lines[count:]


def is_complete(command: str) -> bool:
    """Return whether all quotation marks of a command are closed."""
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return False
    return True


def is_error(line: str) -> bool:
    """Return whether a line is the error message of a command."""
    return line.startswith("nnzoo: ") and not line.startswith("nnzoo: note: ")


def fits(line: str, shown: str) -> bool:
    """Return whether a line equals the line shown, or starts with it if the line shown ends with "..."."""
    line, shown = (without_varying(text.replace(str(Path.cwd()), "/home/you")) for text in (line, shown))
    if is_open := shown.endswith("..."):
        shown = shown[:-3].rstrip()
    texts = [" ".join(NUMBER.sub("#", text).split()) for text in (line, shown)]
    if not (texts[0].startswith(texts[1]) if is_open else texts[0] == texts[1]):
        return False
    numbers = list(NUMBER.finditer(line)), list(NUMBER.finditer(shown))
    return all(is_close(one, two) for one, two in zip(*numbers, strict=False))


def without_varying(text: str) -> str:
    """Return a text without times, durations and sizes of files."""
    return VARYING.sub("#", STAMP.sub("#", text))


def is_close(found: re.Match[str], shown: re.Match[str]) -> bool:
    """Return whether a number is near the one shown; whole numbers are equal unless they are measured."""
    if found[0] == shown[0]:
        return True
    is_whole = found[0].lstrip("-").isdigit() and shown[0].lstrip("-").isdigit()
    if is_whole and not MEASURED.search(shown.string[: shown.start()]):
        return False
    one, two = float(found[0]), float(shown[0])
    return abs(one - two) <= RELATIVE * max(abs(one), abs(two)) + (WHOLE if is_whole else ABSOLUTE)


def check(found: Sequence[str], shown: Sequence[str]) -> None:
    """Compare lines with the lines shown, in which "..." stands for any number of lines."""
    skipping = False
    for line in shown:
        if line == "...":
            skipping = True
            continue
        place = next((place for place, each in enumerate(found) if fits(each, line)), None)
        assert place is not None, "\n".join(["not printed:", line, "but:", *found])
        assert skipping or not place, "\n".join(["not shown:", *found[:place]])
        found, skipping = found[place + 1 :], False
    assert skipping or not found, "\n".join(["not shown:", *found])


class Session:
    """The state that the blocks of a page share: variables of the shell, names of Python.

    brief: train for one epoch in blocks that show no output.
    """

    def __init__(self, *, brief: bool = True) -> None:
        self.variables = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.names: dict[str, Any] = {"__name__": "notebook", "__builtins__": __builtins__}
        self.brief = brief

    def run(self, block: Block) -> None:
        """Run a block. Raises AssertionError if the output differs from what the page shows."""
        if file := FILE.match(block.text):
            path = Path(file[1])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.kind in ("python", "setup"):
            self.run_python(block.text)
        elif block.kind == "console":
            for command, shown in expected(block.text):
                code, output = self.run_command(command)
                assert code == (2 if any(map(is_error, shown)) else 0), f"{command}\n{output}"
                lines = without_progress(output).splitlines()
                if command.startswith("nnzoo sample ") and shown != ["..."]:  # the text depends on the processor
                    lines, shown = lines[:1], [f"{shown[0].split()[0]} ..."] if shown else lines[:1]
                try:
                    check(lines, shown)
                except AssertionError as error:
                    raise AssertionError(f"{command}\n{error}") from None
        elif block.kind == "sh":
            for line in filter(None, (line.partition("  #")[0].strip() for line in block.text.splitlines())):
                code, output = self.run_command(shortened(line) if self.brief else line)
                assert code == 0, f"{line}\n{output}"

    def run_command(self, line: str) -> tuple[int, str]:
        """Return exit code and output of a command; a command NAME=VALUE sets a variable for the next ones."""
        line = RUN.sub(lambda match: f"={newest_run(match[1])}", line)
        name, equals, _ = line.partition("=")
        if equals and name.isidentifier():
            self.variables[name] = self.shell(f'{line}; printf %s "${name}"')
            return 0, ""
        if not line.startswith("nnzoo "):
            return 0, self.shell(line)
        args = self.shell(f"printf '%s\\0' {line}").split("\0")[1:-1]
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = exit_code(*args)
        return code, output.getvalue()

    def shell(self, line: str) -> str:
        """Run a line of bash and return what it prints."""
        done = subprocess.run(["bash", "-c", line], env=self.variables, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout

    def run_python(self, text: str) -> None:
        """Run the statements of a block; compare what a `print` prints with the comment behind or below it."""
        lines = text.splitlines()
        for statement in ast.parse(text).body:
            module = ast.Module([statement], [])
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(module, "page", "exec"), self.names)
            assert statement.end_lineno is not None
            end = statement.end_lineno
            below = lines[end] if end < len(lines) else ""
            shown = lines[end - 1].partition("  # ")[2] or (below[2:] if below.startswith("# ") else "")
            if is_print(statement) and shown:
                check(output.getvalue().splitlines(), [shown])


def newest_run(model: str) -> Path:
    """Return the newest run below `outputs`; model: of this network, in capital letters, "" = of any."""
    runs = [path.parent for path in Path("outputs").glob("*/*/status.json")]
    named = [path for path in runs if path.name.startswith(f"{model.lower()}-")] if model else runs
    return max(named, key=lambda path: path.stat().st_mtime)


def is_print(statement: ast.stmt) -> bool:
    """Return whether a statement is a call of `print`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def shortened(line: str) -> str:
    """Return a command that trains for one epoch, with a pruner two, in a sweep three trials; others as they are."""
    if not line.startswith("nnzoo train ") or "resume=" in line or "--cfg" in line:
        return line
    trials = " sweep.trials=3" if "sweep.trials=" in line or re.search(r"sweep=(random|tpe)", line) else ""
    every = " trainer.check_val_every_n_epoch=1" if "experiment=" in line else ""  # some validate only at the end
    return f"{line} trainer.max_epochs={2 if 'pruner=' in line else 1}{every}{trials}"
