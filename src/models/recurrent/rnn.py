"""Recurrent network."""

from ...layers.cells import elman
from .network import RecurrentNetwork


class RNN(RecurrentNetwork, cell=elman.Elman):
    """h_t = f(W_x x_t + W_h h_(t-1) + b), o_t = W_o h_t + b_o, with h_0 = 0.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
