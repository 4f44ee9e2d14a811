"""Tab completion: `nnzoo -sc install=bash`, and the completions of a command line. Imports no torch."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..config.groups import GROUPS
from ..config.inventory import options
from ..errors import UserError, unknown
from .usage import usage_of

CONFIGURED = ("train", "check", "lr_find", "trace")  # commands that take settings of a run
OF_TRAIN = ("resume=", "seeds=", "cv=", "sweep.workers=", "sweep.trials=")
NOT_SETTINGS = ("hydra", "choices", "claim", "trial")
FILES = ("input", "output", "file", "run", "resume", "sweep", "path", "root", "labels", "nodes", "vectors")
SCRIPTS = {
    "bash": """\
_nnzoo() {
    local IFS=$'\\n'
    COMPREPLY=($(COMP_LINE="${COMP_LINE:0:COMP_POINT}" "$1" -sc query=bash 2> /dev/null))
    [[ ${COMPREPLY[0]} == *[=./] ]] && compopt -o nospace 2> /dev/null
    local word="${COMP_LINE:0:COMP_POINT}"
    word="${word##* }"
    # bash splits words at = and :, and replaces only the last part
    local before="${word%"${word##*[=:]}"}"
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
complete -F _nnzoo nnzoo""",
    "zsh": """\
_nnzoo() {
    local -a found
    found=("${(@f)$(COMP_LINE="${BUFFER[1,CURSOR]}" ${words[1]} -sc query=zsh 2> /dev/null)}")
    compadd -S '' -a found
}
compdef _nnzoo nnzoo""",
    "fish": """\
complete -c nnzoo -f -a '(COMP_LINE=(commandline -cp) nnzoo -sc query=fish 2> /dev/null)'""",
}
REMOVED = {
    "bash": "complete -r nnzoo; unset -f _nnzoo",
    "zsh": "compdef -d nnzoo; unfunction _nnzoo",
    "fish": "complete -c nnzoo -e",
}


def command(args: Sequence[str], commands: Sequence[str]) -> int:
    """Print the script that installs or removes completion in a shell, or the completions of COMP_LINE.

    commands: names of the commands. Raises UserError for other arguments and shells.
    """
    what, _, shell = (args[0] if args else "").partition("=")
    if len(args) != 1 or what not in ("install", "uninstall", "query"):
        raise UserError('-sc takes install=SHELL or uninstall=SHELL; eval "$(nnzoo -sc install=bash)" installs it')
    if shell not in SCRIPTS:
        raise unknown("shell", shell, SCRIPTS)
    if what == "query":
        print("\n".join(completions(os.environ.get("COMP_LINE", ""), commands)))
    else:
        print((SCRIPTS if what == "install" else REMOVED)[shell])
    return 0


def completions(line: str, commands: Sequence[str]) -> list[str]:
    """Return the words that may replace the last word of a command line, which is empty after a space."""
    words = line.split()[1:]
    word = "" if not line or line[-1].isspace() else words.pop()
    if not words:
        return sorted(name for name in commands if name.startswith(word))
    key, equals, value = word.partition("=")
    is_group = words[0] in CONFIGURED and key in GROUPS.values()
    if equals and key.rpartition(".")[2] in FILES and not is_group:
        return [f"{key}={path}" for path in paths(value)]
    return sorted({found for found in candidates(words[0], words[1:], word) if found.startswith(word)})


def candidates(name: str, words: Sequence[str], word: str) -> Iterable[str]:
    """Return what may follow a command: words given before, and the word that is being typed."""
    if name in CONFIGURED:
        return [*settings(words, word), *(OF_TRAIN if name == "train" else ())]
    if name == "list":
        return GROUPS
    if name == "info":
        return [option for group in GROUPS.values() for option in options(group)]
    if name == "reproduce":
        return ["all", *options("experiment")]
    return [f"{key}=" for key in re.findall(r"(?<![\w.])([a-z][\w.]*)=", usage_of(name))]


def settings(words: Sequence[str], word: str) -> Iterator[str]:
    """Yield the options of a group that is being typed, else the groups and the settings of the chosen options."""
    groups = set(GROUPS.values())
    key, equals, _ = word.partition("=")
    chosen, comma, _ = word.rpartition(",")  # several options, as in a sweep
    if equals and key in groups:
        yield from (f"{chosen},{name}" if comma else f"{key}={name}" for name in options(key))
    else:
        yield from (f"{group}=" for group in groups)
        yield from values(chosen_settings(words), word)


def chosen_settings(words: Sequence[str]) -> dict[str, Any]:
    """Return the nested settings of a run with these overrides; those of the default run if they cannot be read."""
    from omegaconf import OmegaConf

    from ..config.composer import Composer

    composer = Composer([])
    try:
        config = composer.whole([each for each in words if "=" in each])
    except UserError:
        config = composer.whole()
    found: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    return {key: value for key, value in found.items() if key not in NOT_SETTINGS}


def values(nested: dict[str, Any], word: str, parent: str = "") -> Iterator[str]:
    """Yield the next parts of keys that begin with a word: "optimizer.", "optimizer.lr=", or "seed=0" for "seed="."""
    for key, value in nested.items():
        path = f"{parent}{key}"
        if key.startswith("_"):
            continue
        if isinstance(value, dict) and value:
            if word.startswith(f"{path}."):
                yield from values(value, word, f"{path}.")
            else:
                yield f"{path}."
        elif word.startswith(f"{path}="):
            yield f"{path}={str(value).lower() if isinstance(value, bool) else 'null' if value is None else value}"
        else:
            yield f"{path}="


def paths(start: str) -> Iterator[str]:
    """Yield the files and folders whose path begins like this; a folder ends with a slash."""
    folder, _, name = start.rpartition("/")
    base = Path(f"{folder}/" if "/" in start else ".").expanduser()
    try:
        found = sorted(base.iterdir())
    except OSError:
        return
    for path in found:
        if path.name.startswith(name) and (name.startswith(".") or not path.name.startswith(".")):
            yield f"{folder + '/' if '/' in start else ''}{path.name}{'/' if path.is_dir() else ''}"
