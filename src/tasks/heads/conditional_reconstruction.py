"""Reconstruction of the input by a network that also reads its class."""

from typing import ClassVar, Literal

from .reconstruction import Reconstruction


class ConditionalReconstruction(Reconstruction):
    """Predict the input; the network also reads its one-hot class. Aggarwal 4.10.4.2.

    The data must have classes. Metrics as in `Reconstruction`, over the numbers of the input.
    """

    class_in_input: ClassVar[Literal["none", "reconstructed", "context"]] = "context"
