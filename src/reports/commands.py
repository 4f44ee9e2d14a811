"""The commands with which to use a run again, quoted for a shell."""

import shlex
from collections.abc import Iterable

from ..builders.objects import join_objects, needed_again
from ..config.from_python import GROUPS
from ..training.saved import FROM_PYTHON
from .facts import Facts
from .html import Html, join, paragraph, preformatted

NETWORK = ("model", "loss")  # groups of the objects that are needed to apply a network
UNFINISHED = ("running", "killed", "interrupted", "failed", "unknown")


def commands(facts: Facts) -> Html:
    """Return the commands that rerun, continue and apply a run, as far as its files allow."""
    run = shlex.quote(f"run={facts.run.path.resolve()}")
    parts: list[tuple[str, str]] = []
    if facts.config:
        again = "Train again with the same settings; on the CPU the metrics are the same:"
        parts.append(
            ("Train again, in Python:", python(facts, "rerun", GROUPS))
            if needs_data(facts) or needed_again(facts.config)
            else (again, f"nnzoo rerun {run}")
        )
    if facts.status in UNFINISHED and facts.run.checkpoint("last").is_file():
        resume = f"nnzoo train {run.replace('run=', 'resume=', 1)}"
        in_python = python(facts, "resume", GROUPS) if needed_again(facts.config) else resume
        parts.append(("Continue from the last checkpoint:", in_python))
    if facts.checkpoint is not None:
        parts.append(use(facts, run))
    return join(join([paragraph(text), preformatted(command, "command")]) for text, command in parts)


def use(facts: Facts, run: str) -> tuple[str, str]:
    """Return the command that applies the trained network, with an explanation."""
    assert facts.checkpoint is not None
    weights = "best" if facts.best_epoch is not None else "last"
    if needed_again(facts.config, NETWORK):
        return f"Load the network with the {weights} weights, in Python:", python(facts, "load", NETWORK)
    match facts.checkpoint.spec.target:
        case "next_token":
            return f"Continue a text with the {weights} weights:", f"nnzoo sample {run} prompt=TEXT"
        case "none":
            return f"Print generated examples as CSV, with the {weights} weights:", f"nnzoo sample {run} length=100"
        case _:
            return (
                f"Predict with the {weights} weights; FILE holds raw examples in the units of the training data:",
                f"nnzoo predict {run} input=FILE",
            )


def needs_data(facts: Facts) -> bool:
    """Return whether the data of the run was an object in Python of which there is no copy."""
    data = facts.config.get("data") or {}
    from_python = data.get("_target_") in FROM_PYTHON and data.get("path") is None
    return from_python and not facts.run.data_copy.is_file()


def python(facts: Facts, function: str, groups: Iterable[str]) -> str:
    """Return the call of a function of nnzoo with data and objects from Python. groups: whose objects it needs."""
    data = ["data=..."] if needs_data(facts) and function != "load" else []
    objects = needed_again(facts.config, groups)
    arguments = [repr(str(facts.run.path.resolve())), *data, *([join_objects(objects)] if objects else [])]
    return f"nnzoo.{function}({', '.join(arguments)})"
