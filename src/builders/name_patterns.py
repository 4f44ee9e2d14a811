"""Name patterns in settings that match no parameter."""

from collections.abc import Iterable

from torch import nn

from ..errors import UserError, unknown
from ..layers.names import matches, with_layers


def without_match(setting: str, pattern: str, model: nn.Module, known: Iterable[str]) -> UserError:
    """Return the error for a pattern that matches none of the known names.

    model: the network, whose layers without parameters have no known names.
    """
    if any(matches(name, pattern) for name, _ in model.named_modules() if name):
        return UserError(f"{setting}: '{pattern}' has no effect: what it matches has no parameters; leave it out")
    return unknown(f"layer or parameter in {setting}", pattern, with_layers(known))
