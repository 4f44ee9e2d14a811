"""Recurrent network with a forget gate alone."""

from ...layers.cells import forget
from .network import RecurrentNetwork


class ForgetRNN(RecurrentNetwork, cell=forget.ForgetGate):
    """h_t = phi h_(t-1) + (1 - phi) u, with a gate phi and a candidate u computed from x_t and h_(t-1).

    Settings: those of its cell and of `RecurrentNetwork`.
    """
