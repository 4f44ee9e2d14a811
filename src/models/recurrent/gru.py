"""Gated recurrent unit."""

from ...layers.cells import gru
from .network import RecurrentNetwork


class GRU(RecurrentNetwork, cell=gru.GRU):
    """h_t = z h_(t-1) + (1 - z) n, where a reset gate r says what the candidate n sees of h_(t-1).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
