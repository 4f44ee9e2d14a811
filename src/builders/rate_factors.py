"""Learning rates by layer: factors of `optimizer.lr` for the parameters that name patterns match."""

from typing import Any

from torch import Tensor

from ..errors import UserError
from ..layers.names import matches
from .adapters import Network
from .name_patterns import without_match


def rate_factors(net: Network, config: dict[str, Any]) -> dict[Tensor, float]:
    """Return the factor of each parameter that a pattern of `lr_factors` matches; the last pattern applies.

    Raises UserError for a pattern without effect.
    """
    factors = config["lr_factors"] or {}
    known = dict(net.model.named_parameters())
    found: dict[str, float] = {}
    chosen: dict[str, str] = {}
    for pattern, factor in factors.items():
        names = [name for name in known if matches(name, pattern)]
        if not names:
            raise without_match("lr_factors", pattern, net.model, known)
        learned = [name for name in names if known[name].requires_grad]
        if not learned:
            raise UserError(f"lr_factors: '{pattern}' has no effect: all that it matches is frozen; leave it out")
        found |= dict.fromkeys(learned, float(factor))
        chosen |= dict.fromkeys(learned, pattern)
    if unused := next((pattern for pattern in factors if pattern not in chosen.values()), None):
        raise UserError(f"lr_factors: '{unused}' has no effect: later patterns match the same; put it after them")
    return {known[name]: factor for name, factor in found.items()}
