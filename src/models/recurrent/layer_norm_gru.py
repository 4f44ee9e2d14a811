"""GRU with layer normalization."""

from ...layers.cells import layer_norm
from .network import RecurrentNetwork


class LayerNormGRU(RecurrentNetwork, cell=layer_norm.LayerNormGRU):
    """A GRU (reset before the matrix product) with layer normalization of the pre-activations of each gate.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
