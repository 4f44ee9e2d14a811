"""Frozen layers: parameters and running statistics that training does not change."""

from collections.abc import Sequence
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from ..errors import UserError
from ..layers.names import matches
from ..layers.sparse_code import WinnerTakeAll
from .adapters import Network
from .name_patterns import without_match

WITH_STATISTICS = (_NormBase, WinnerTakeAll)
"""Layers whose buffers change in training."""


def freeze_layers(net: Network, config: dict[str, Any]) -> None:
    """Freeze the parameters that the patterns of `freeze` match by their names or those of their layers.

    A layer whose running statistics are matched keeps them, and training uses them as evaluation does, unless
    `update_frozen_statistics` is set. Raises UserError for a pattern without effect, if nothing is left to train, and
    for update_frozen_statistics without frozen statistics.
    """
    patterns, update = config["freeze"] or [], config["update_frozen_statistics"]
    parameters = dict(net.model.named_parameters())
    statistics = running_statistics(net.model)
    known = [*parameters, *statistics]
    frozen: set[str] = set()
    for pattern in patterns:
        found = [name for name in known if matches(name, pattern)]
        if not found:
            raise without_match("freeze", pattern, net.model, known)
        further = [name for name in found if name not in parameters or parameters[name].requires_grad]
        if frozen.issuperset(further):
            raise UserError(f"freeze: '{pattern}' has no effect: all that it matches is frozen already; leave it out")
        frozen.update(found)
        for name in parameters.keys() & found:
            parameters[name].requires_grad_(False)
    if patterns and not any(parameter.requires_grad for parameter in parameters.values()):
        raise UserError(f"freeze={shown(patterns)} leaves no parameter to train; evaluate or predict needs no training")
    layers = [statistics[name] for name in statistics if name in frozen]
    if update and not layers:
        reason = "no frozen layer has running statistics" if patterns else "nothing is frozen"
        raise UserError(f"update_frozen_statistics=true has no effect: {reason}; leave it out")
    net.keep_in_evaluation_mode([] if update else layers)


def running_statistics(model: nn.Module) -> dict[str, nn.Module]:
    """Return the layer of each buffer that changes in training, by the name of the buffer."""
    return {
        f"{path}.{name}".lstrip("."): layer
        for path, layer in model.named_modules()
        if isinstance(layer, WITH_STATISTICS)
        for name, _ in layer.named_buffers(recurse=False)
    }


def shown(patterns: Sequence[str]) -> str:
    """Return patterns as in an override."""
    return f"[{','.join(patterns)}]"
