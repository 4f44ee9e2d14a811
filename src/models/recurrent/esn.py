"""Echo-state network."""

from ...card import Traits
from ...layers.cells import reservoir
from .network import RecurrentNetwork


class ESN(RecurrentNetwork, cell=reservoir.Reservoir):
    """h_t = f(W_x x_t + W_h h_(t-1)) with fixed random W_x and W_h, o_t = W_o h_t + b_o, and h_0 = 0.

    task=ridge solves for the readout W_o, b_o in closed form.
    It takes the settings of its cell and of `RecurrentNetwork`.
    """

    traits = Traits(inputs=("sequence",), causal=("bidirectional", False))
