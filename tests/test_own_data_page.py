"""The commands of the page "Your own data" run in order and print what the page shows."""

import contextlib
import io
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import exit_code
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "own_data.md"
FENCE = re.compile(r"^```(console|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DECIMALS = re.compile(r"-?\d+\.\d+(e[+-]\d+)?")
MEASURED = re.compile(r"\b(acc|errors|mse|rmse|mae|r2|loss) +\d+")
STAMP = re.compile(r"\d{4}-\d{6}-[0-9a-f]{4}")
QUALITY = re.compile(r"^test/.* (?:acc|r2) (\S+)", re.MULTILINE)


def shell(line, variables):
    """Run a line of bash and return what it prints."""
    return subprocess.run(["bash", "-c", line], env=variables, capture_output=True, text=True, check=True).stdout


def run_command(line, variables):
    """Return exit code and output of a command; a command NAME=VALUE sets a variable for the next ones."""
    name, equals, _ = line.partition("=")
    if equals and name.isidentifier():
        variables[name] = shell(f'{line}; printf %s "${name}"', variables)
        return 0, ""
    if not line.startswith("nnzoo "):
        return 0, shell(line, variables)
    args = shell(f"printf '%s\\0' {line}", variables).split("\0")[1:-1]
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = exit_code(*args)
    return code, output.getvalue()


def expected(shown):
    """Yield the commands of a block, each with the lines that the page shows below it."""
    for part in re.split(r"^\$ ", shown, flags=re.MULTILINE)[1:]:
        command, *lines = part.splitlines()
        yield command, lines


def stable(line):
    """Return a line without what depends on processor, time and folder: fractions and values of metrics."""
    line = DECIMALS.sub("#", STAMP.sub("#", line.replace(str(Path.cwd()), "/home/you")))
    return " ".join(MEASURED.sub(r"\1 #", line).split())


def fits(line, shown):
    """Return whether a line equals the line shown, or starts with it if the line shown ends with "..."."""
    line, shown = stable(line), stable(shown)
    return line.startswith(shown[:-3].rstrip()) if shown.endswith("...") else line == shown


def check(found, shown):
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


def run_python(text, names):
    """Run a block and return the lines that it prints, and the lines in the comments after its print calls."""
    shown = [line.partition("  # ")[2] for line in text.splitlines() if line.startswith("print(")]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(text, PAGE.name, "exec"), names)
    return output.getvalue().splitlines(), shown


def is_error(line):
    """Return whether a line is the error message of a command."""
    return line.startswith("nnzoo: ") and not line.startswith("nnzoo: note: ")


@pytest.mark.slow
def test_page_shows_the_output_of_its_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variables, names = dict(os.environ), {"__name__": "notebook"}
    measured = []
    for kind, block in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python":
            check(*run_python(block, names))
            continue
        for command, shown in expected(block):
            code, output = run_command(command, variables)
            assert code == (2 if any(map(is_error, shown)) else 0), f"{command}\n{output}"
            if command.startswith("nnzoo sample"):  # the sampled words depend on the processor
                assert output.split()[0] == shown[0].split()[0]
                assert output.count(".") == len(shown)
            else:
                check(output.splitlines(), shown)
            measured += map(float, QUALITY.findall("\n".join(shown)))
    assert len(measured) > 12
    assert min(measured) > 0.6
