"""Builds the evaluations of a config."""

from typing import Any

from ..config.instantiate import instantiate
from ..errors import UserError
from ..evaluations import Evaluation


def build_evaluations(config: dict[str, Any]) -> dict[str, Evaluation]:
    """Return the evaluations of a config by name. Raises UserError if one is not an evaluation."""
    found = {name: instantiate(node, allow=config["allow"]) for name, node in config["evaluations"].items() if node}
    for name, evaluation in found.items():
        if not isinstance(evaluation, Evaluation):
            raise UserError(f"evaluations.{name} is {type(evaluation).__qualname__}, which is not an evaluation")
    return found
