"""What a config alone says against an ensemble, `members`. Imports no torch."""

from collections.abc import Iterator
from typing import Any

from .ineffective import chosen_name

ENSEMBLE_TASK = "nnzoo.tasks.learners.ensemble.EnsembleTask"


def ensemble_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for a number out of range, and for settings with which no ensemble can be trained."""
    members = config["members"]
    if members is None:
        return
    if members < 2:
        yield f"members is {members}; an ensemble has at least 2, and null is a single network"
    if config["rule"]:
        yield f"members={members}: an ensemble takes gradient steps, not those of rule '{chosen_name(config, 'rule')}'"
    if config["task"] and config["task"]["_target_"] != ENSEMBLE_TASK:
        task = chosen_name(config, "task")
        yield f"members={members}: an ensemble takes gradient steps with task=ensemble, not those of task '{task}'"
    for key in ("weights", "vectors"):
        if config[key] is not None:
            yield f"members={members}: members differ in their initial weights; leave {key} out"
