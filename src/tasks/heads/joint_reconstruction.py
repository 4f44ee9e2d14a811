"""Reconstruction of the input together with its class."""

from typing import ClassVar, Literal

from .reconstruction import Reconstruction


class JointReconstruction(Reconstruction):
    """Predict the input and its one-hot class; both are inputs of the network. Aggarwal 2.5.6.

    The data must have classes. Metrics as in `Reconstruction`, over all numbers of both.
    """

    class_in_input: ClassVar[Literal["none", "reconstructed", "context"]] = "reconstructed"
