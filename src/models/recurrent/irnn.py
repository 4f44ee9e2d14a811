"""Recurrent network of rectifiers whose recurrent matrix begins as the identity."""

from ...layers.cells import elman
from .network import RecurrentNetwork


class IRNN(RecurrentNetwork, cell=elman.IRNN):
    """An RNN of rectifiers with W_h = scale I at the beginning, so that the state first sums up its inputs.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
