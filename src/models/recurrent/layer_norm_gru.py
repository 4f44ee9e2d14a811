"""GRU that normalizes gates and candidate over the units."""

from ...layers.cells import layer_norm
from .network import RecurrentNetwork


class LayerNormGRU(RecurrentNetwork, cell=layer_norm.LayerNormGRU):
    """A GRU, reset before the matrix, whose net inputs are normalized over the units, block by block.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
