"""What a config alone says against `trainer.engine`. Imports no torch."""

from collections.abc import Iterator
from typing import Any

from ..errors import unknown

ENGINES = ("auto", "autograd", "direct")
AUTOGRAD_PENALTIES = {
    "nnzoo.tasks.penalties.activation.ActivationPenalty",
    "nnzoo.tasks.penalties.contractive.ContractivePenalty",
}


def engine_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for an unknown engine, and for direct steps that other settings prevent."""
    trainer = config["trainer"]
    if trainer["engine"] not in ENGINES:
        yield str(unknown("trainer.engine", trainer["engine"], ENGINES))
    if trainer["engine"] != "direct":
        return
    if reason := setting_against_direct(trainer):
        yield f"trainer.engine=direct: {reason}; use trainer.engine=auto"
    for name, node in config["penalties"].items():
        if node and node["_target_"] in AUTOGRAD_PENALTIES:
            kind = node["_target_"].rpartition(".")[2]
            yield (
                f"trainer.engine=direct: penalty {kind} (penalties.{name}) states no derivative; "
                "use trainer.engine=auto"
            )


def setting_against_direct(trainer: dict[str, Any]) -> str | None:
    """Return the setting of the trainer that prevents direct steps, and why, or None."""
    if trainer["compile"]:
        return "trainer.compile=true compiles the steps of autograd"
    if trainer["gradient_clip_val"] is not None and trainer["gradient_clip_algorithm"] == "temporal":
        return "trainer.gradient_clip_algorithm=temporal clips in the backward pass of autograd"
    if trainer["precision"] not in ("32-true", "64-true"):
        return f"trainer.precision={trainer['precision']} is a setting of autograd"
    if trainer.get("devices", 1) != 1:  # early runs have no such setting
        return f"trainer.devices={trainer['devices']} adds up gradients of autograd"
    if trainer.get("cuda_graphs", False):
        return "trainer.cuda_graphs=true replays the steps of autograd"
    if trainer["truncated_bptt_steps"] is not None:
        return "trainer.truncated_bptt_steps cuts the sequences of recurrent networks"
    return None
