"""Long short-term memory."""

from ...layers.cells import lstm
from .network import RecurrentNetwork


class LSTM(RecurrentNetwork, cell=lstm.LSTM):
    """Memories c_t = f c_(t-1) + i u and states h_t = o tanh(c_t), from zero; gates i, f, o.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
