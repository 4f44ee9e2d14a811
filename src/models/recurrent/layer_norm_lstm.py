"""LSTM that normalizes gates, candidate and memory over the units."""

from ...layers.cells import layer_norm
from .network import RecurrentNetwork


class LayerNormLSTM(RecurrentNetwork, cell=layer_norm.LayerNormLSTM):
    """An LSTM whose net inputs, block by block, and memory on its way out are normalized over the units.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
