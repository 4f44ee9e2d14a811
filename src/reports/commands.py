"""The commands with which to use a run again, quoted for a shell."""

import shlex

from ..training.saved import FROM_PYTHON
from .facts import Facts
from .html import Html, join, paragraph, preformatted

UNFINISHED = ("running", "interrupted", "failed", "unknown")


def commands(facts: Facts) -> Html:
    """Return the commands that rerun, continue and apply a run, as far as its files allow."""
    run = shlex.quote(f"run={facts.run.path.resolve()}")
    parts: list[tuple[str, str]] = []
    if facts.config:
        again = "Train again with the same settings; on the CPU the metrics are the same:"
        parts.append(
            (again, f"nnzoo rerun {run}") if not needs_data(facts) else ("Train again, in Python:", python(facts))
        )
    if facts.status in UNFINISHED and facts.run.checkpoint("last").is_file():
        parts.append(("Continue from the last checkpoint:", f"nnzoo train {run.replace('run=', 'resume=', 1)}"))
    if facts.checkpoint is not None:
        parts.append(use(facts, run))
    return join(join([paragraph(text), preformatted(command, "command")]) for text, command in parts)


def use(facts: Facts, run: str) -> tuple[str, str]:
    """Return the command that applies the trained network, with an explanation."""
    assert facts.checkpoint is not None
    weights = "best" if facts.best_epoch is not None else "last"
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


def python(facts: Facts) -> str:
    """Return the call that trains again on data from Python."""
    return f"nnzoo.rerun({str(facts.run.path.resolve())!r}, data=...)"
