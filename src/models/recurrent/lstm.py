"""Long short-term memory."""

from ...card import ModelCard, register
from ...layers.cells import lstm
from .network import RecurrentNetwork


@register(
    ModelCard(
        name="lstm",
        title="Long short-term memory: a cell that gates write, forget and read",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 7-9", "MMDS 13.5.3", "Aggarwal 7.5"),
        accepts=("sequence", "tokens"),
        tasks=("classification", "regression", "labelling"),
        causal=("bidirectional", False),
        variants=(("blstm", "reads the sequence in both directions (Aggarwal 7.2.3)"),),
    )
)
class LSTM(RecurrentNetwork, cell=lstm.LSTM):
    """Memories c_t = f c_(t-1) + i u and states h_t = o tanh(c_t), from zero; gates i, f, o.

    Settings: those of its cell and of `RecurrentNetwork`.
    """
