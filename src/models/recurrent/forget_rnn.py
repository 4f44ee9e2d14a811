"""Recurrent network with only a forget gate."""

from ...layers.cells import forget
from .network import RecurrentNetwork


class ForgetRNN(RecurrentNetwork, cell=forget.ForgetGate):
    """h_t = phi h_(t-1) + (1 - phi) u, with forget gate phi and candidate u computed from x_t and h_(t-1).

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
