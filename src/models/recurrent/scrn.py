"""Structurally constrained recurrent network."""

from ...layers.cells import constrained
from .network import RecurrentNetwork


class SCRN(RecurrentNetwork, cell=constrained.SCRNCell):
    """Context s_t = (1 - alpha) B x_t + alpha s_(t-1), and h_t = sigmoid(W_x x_t + W_h h_(t-1) + P s_t + b).

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
