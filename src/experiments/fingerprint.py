"""The configs of an experiment, and a hash of the settings that its results depend on. Imports no torch."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ..config.composer import Composer
from ..config.moved import original_config
from ..config.plain import to_plain
from ..formatting import to_hydra

# These do not change the metrics, except for the callbacks in `fingerprint`.
NOT_FINGERPRINTED = ("seed", "choices", "output_dir", "name", "allow", "callbacks", "logger", "claim", "trial")
# Settings of the trainer that change metrics only by rounding.
NOT_OF_TRAINER = ("engine", "devices", "strategy", "cuda_graphs", "channels_last", "matmul_precision")


def composed(overrides: Sequence[str]) -> dict[str, Any]:
    """Return a resolved config as plain data. Raises UserError for wrong overrides."""
    plain: dict[str, Any] = to_plain(composer().compose(overrides), resolve=True)
    return plain


@cache
def composer() -> Composer:
    """Return what composes the configs; it composes each choice of options once."""
    return Composer([])


def arms(
    name: str, given: Mapping[str, Sequence[str]], initial_weights: Mapping[str, str] | None = None
) -> dict[str, list[str]]:
    """Return all overrides of each arm of an experiment. given: those of the claim.

    initial_weights: arm -> arm with whose weights it begins, which then stands in place of a run.
    """
    found = {arm: [f"experiment={name}", *overrides] for arm, overrides in given.items()}
    for arm, source in (initial_weights or {}).items():
        found[arm].append(f"weights={to_hydra(source)}")
    return found


def fingerprint(name: str, given: Mapping[str, Sequence[str]], initial_weights: Mapping[str, str] | None = None) -> str:
    """Return a hash of the settings that affect the metrics: the configs of the arms (`given`), without the seed.

    initial_weights: arm -> arm with whose weights it begins.
    """
    material = []
    for overrides in arms(name, given, initial_weights).values():
        config = composed([*overrides, "seed=0"])
        kept = {key: value for key, value in config.items() if key not in NOT_FINGERPRINTED}
        trainer = {key: value for key, value in config.get("trainer", {}).items() if key not in NOT_OF_TRAINER}
        callbacks = {name: config["callbacks"].get(name) for name in ("early_stopping", "ema", "swa")}
        material.append(
            without_unset(original_config(kept | {"trainer": trainer} | callbacks))
        )  # with the callbacks that change the weights
    return hashlib.sha256(json.dumps(material, sort_keys=True).encode()).hexdigest()[:16]


def without_unset(node: Any) -> Any:
    """Return plain data without null and false, so that new settings that are off do not change fingerprints."""
    if not isinstance(node, dict):
        return node
    return {key: without_unset(value) for key, value in node.items() if value is not None and value is not False}
