"""Long short-term memory."""

from ...layers.cells import lstm
from .network import RecurrentNetwork


class LSTM(RecurrentNetwork, cell=lstm.LSTM):
    """Cell state c_t = f c_(t-1) + i u and hidden state h_t = o tanh(c_t), initially zero, with gates i, f and o.

    It takes the settings of its cell and of `RecurrentNetwork`.
    """
