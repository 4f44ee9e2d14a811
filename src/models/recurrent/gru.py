"""Gated recurrent unit."""

from ...layers.cells import gru
from .network import RecurrentNetwork


class GRU(RecurrentNetwork, cell=gru.GRU):
    """h_t = z h_(t-1) + (1 - z) n, with update gate z and a reset gate r in the candidate n.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
