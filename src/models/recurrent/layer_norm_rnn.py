"""Recurrent network with layer normalization."""

from ...layers.cells import layer_norm
from .network import RecurrentNetwork


class LayerNormRNN(RecurrentNetwork, cell=layer_norm.LayerNormElman):
    """h_t = tanh(gain (a - m) / s + b), with a = W_x x_t + W_h h_(t-1), its mean m and standard deviation s.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
