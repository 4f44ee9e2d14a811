"""Builds the evaluations of a config."""

from typing import Any

from ..config.instantiate import instantiate_kind
from ..evaluations import Evaluation


def build_evaluations(config: dict[str, Any]) -> dict[str, Evaluation]:
    """Return the evaluations of a config by name. Raises UserError if one is not an evaluation."""
    return {
        name: instantiate_kind(node, Evaluation, f"evaluations.{name}", allow=config["allow"])
        for name, node in config["evaluations"].items()
        if node
    }
