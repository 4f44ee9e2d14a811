"""ReLU recurrent network whose recurrent weights are initialized to the identity."""

from ...layers.cells import elman
from .network import RecurrentNetwork


class IRNN(RecurrentNetwork, cell=elman.IRNN):
    """An RNN with ReLU activation and initial W_h = scale I, so that the state initially sums its inputs.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
