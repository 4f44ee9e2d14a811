"""Completions of command lines, and the script in a real bash."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nnzoo.cli.commands import COMMANDS, main
from nnzoo.cli.completion import completions
from nnzoo.config.catalogue import list_models
from nnzoo.config.groups import GROUPS


def complete(line: str) -> list[str]:
    return completions(line, list(COMMANDS))


def test_commands() -> None:
    assert complete("nnzoo ") == sorted(COMMANDS)
    assert complete("nnzoo trai") == ["train"]


def test_options_of_a_group() -> None:
    assert complete("nnzoo train model=") == [f"model={name}" for name in list_models()]
    assert complete("nnzoo train model=mlp,lenet5_") == ["model=mlp,lenet5_original"]
    assert complete("nnzoo list mod") == ["models"]
    assert complete("nnzoo info lenet5_") == ["lenet5_original"]
    assert complete("nnzoo train sweep=ran") == ["sweep=random"]


def test_settings_are_those_of_the_chosen_options() -> None:
    assert "momentum" not in " ".join(complete("nnzoo train optimizer=adam optimizer."))
    assert complete("nnzoo train optimizer=sgd optimizer.mo") == ["optimizer.momentum="]
    assert complete("nnzoo train optimizer=sgd optimizer.lr=") == ["optimizer.lr=0.1"]
    assert complete("nnzoo train data=array data.targ") == ["data.target="]  # although data.path is not given
    assert complete("nnzoo train model=none see") == ["seed=", "seeds="]
    groups = {f"{group}=" for group in GROUPS.values()}
    assert groups <= set(complete("nnzoo train "))


def test_keys_of_other_commands_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs" / "iris").mkdir(parents=True)
    (tmp_path / "own.csv").touch()
    assert "input=" in complete("nnzoo predict run=outputs/iris ")
    assert complete("nnzoo predict run=out") == ["run=outputs/"]
    assert complete("nnzoo predict run=outputs/") == ["run=outputs/iris/"]
    assert complete("nnzoo train data=array data.path=o") == ["data.path=outputs/", "data.path=own.csv"]
    assert complete("nnzoo predict input=missing/x") == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["install"], "unknown shell ''"),
        (["install=basch"], "unknown shell 'basch'; did you mean 'bash'?"),
        (["other=bash"], "-sc takes install=SHELL or uninstall=SHELL"),
        ([], "-sc takes install=SHELL or uninstall=SHELL"),
    ],
)
def test_wrong_arguments_are_one_line(args: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["-sc", *args])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith(f"nnzoo: {message}")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_script_in_bash(tmp_path: Path) -> None:
    """Readline replaces the part of a word after "="."""
    script = f"""
nnzoo() {{ "{sys.executable}" -m nnzoo "$@"; }}
eval "$(nnzoo -sc install=bash)"
complete -p nnzoo
COMP_LINE="nnzoo train optimizer=momentum optimizer.nest --ignored"; COMP_POINT=45
_nnzoo nnzoo; printf '<%s>' "${{COMPREPLY[@]}}"
COMP_LINE="nnzoo train model=lenet"; COMP_POINT=${{#COMP_LINE}}
_nnzoo nnzoo; printf '<%s>' "${{COMPREPLY[@]}}"
eval "$(nnzoo -sc uninstall=bash)"
complete -p nnzoo 2> /dev/null || echo removed
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path, env=os.environ
    )
    assert done.stderr == ""
    assert done.stdout == "complete -F _nnzoo nnzoo\n<optimizer.nesterov=><lenet5><lenet5_original>removed\n"
