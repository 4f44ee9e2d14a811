"""LSTM with layer normalization."""

from ...layers.cells import layer_norm
from .network import RecurrentNetwork


class LayerNormLSTM(RecurrentNetwork, cell=layer_norm.LayerNormLSTM):
    """An LSTM with layer normalization of the pre-activations of each gate and of the cell state before its output.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
