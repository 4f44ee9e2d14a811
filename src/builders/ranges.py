"""The range of inputs that a loss and a network take."""

from math import inf
from typing import Any

from ..config.given import NOTHING, Given
from ..data.base import Data
from ..losses.base import Loss
from ..preprocessing.base import Preprocessing
from ..spec import DataSpec
from ..transforms import Transforms, UnitInterval
from .own_networks import traits_of


def with_place(reason: str, data: Data | None, low: float, high: float) -> str:
    """Return why inputs are refused, the place of those outside [low, high] if the data set knows it, and advice."""
    if data is None:
        return reason
    if changing := ", ".join(data.transforms.fixed):
        return f"{reason}: transforms={changing} changes them"
    found = data.describe_out_of_range(low, high)
    spec = data.spec
    scaled = spec.form in UnitInterval.takes and not spec.partial and not spec.blocks
    advice = "; transforms=unit_interval scales them to [0, 1]" if scaled else ""
    advice = "; use data=digits, for example" if spec.sequence else advice
    return f"{reason}: {found}{advice}" if found else f"{reason}{advice}"


def with_input_range(
    preprocessing: Preprocessing,
    config: dict[str, Any],
    spec: DataSpec,
    loss: Loss,
    transforms: Transforms,
    given: Given = NOTHING,
) -> Preprocessing:
    """Return a preprocessing that refuses inputs out of the range of loss and network, as training does.

    given: objects from Python. Fixed transforms change the range, so that no inputs are refused.
    """
    if transforms.fixed:
        return preprocessing
    limits = loss.input_range if spec.target == "input" else None
    traits = traits_of(given.find("model", config["model"], config["allow"]))
    if traits.minimum is None:
        return preprocessing if limits is None else preprocessing.within(*limits)
    low, high = limits or (-inf, inf)
    return preprocessing.within(max(low, traits.minimum), high)
