"""Recurrent networks with an output at every step.

Shapes: B sequences, T steps, F inputs and O outputs of a step.
"""

from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..card import ModelCard, register


@register(
    ModelCard(
        name="rnn",
        title="Recurrent network: a hidden state that each step computes from the input and the state before",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 1", "MMDS 13.5, eq. 13.5", "Aggarwal 7.2"),
        accepts=("sequence",),
        tasks=("classification", "regression", "labelling"),
    )
)
class RNN(nn.Module):
    """h_t = f(W_i x_t + W_h h_(t-1) + b), o_t = W_o h_t + b_o, from h_0 = 0.

    hidden: units of a layer; layers: number of layers, each reading the states of the one below.
    b is the sum of torch's two biases, so its step is twice that of a single bias.
    Raises ValueError for a layer without units. Zaki-Meira 26, eq. 1; MMDS eq. 13.5.
    """

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: int = 32,
        layers: int = 1,
        activation: Literal["tanh", "relu"] = "tanh",
    ) -> None:
        super().__init__()
        self.recurrent = nn.RNN(in_features, hidden, layers, nonlinearity=activation, batch_first=True)
        self.readout = nn.Linear(hidden, out_features)

    def forward(self, x: Float[Tensor, "B T F"]) -> Float[Tensor, "B T O"]:
        """Return the raw outputs of every step; they do not depend on later steps."""
        return self.readout(self.recurrent(x)[0])


@register(
    ModelCard(
        name="lstm",
        title="Long short-term memory: a cell that gates write, forget and read",
        family="recurrent",
        sources=("Zaki-Meira 26, eq. 7-9", "MMDS 13.5.3", "Aggarwal 7.5"),
        accepts=("sequence",),
        tasks=("classification", "regression", "labelling"),
    )
)
class LSTM(nn.Module):
    """Cells c_t = f c_(t-1) + i u and states h_t = o tanh(c_t), from zero; the output is W_o h_t + b_o.

    Gates i, f, o = sigmoid(W x_t + U h_(t-1) + b) and candidate u = tanh(W x_t + U h_(t-1) + b), each with
    its own weights; each b is the sum of torch's two biases.
    hidden: units of a layer; layers: number of layers; dropout: of states on their way to the next layer.
    Raises ValueError for a layer without units, or for dropout with a single layer.
    Zaki-Meira 26, eq. 7-9; MMDS 13.5.3 prints h_t = tanh(o c_t).
    """

    def __init__(
        self, *, in_features: int, out_features: int, hidden: int = 32, layers: int = 1, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if dropout and layers == 1:
            raise ValueError(f"dropout={dropout} acts between layers, but there is 1; at least 2 are needed")
        self.recurrent = nn.LSTM(in_features, hidden, layers, dropout=dropout, batch_first=True)
        self.readout = nn.Linear(hidden, out_features)

    def forward(self, x: Float[Tensor, "B T F"]) -> Float[Tensor, "B T O"]:
        """Return the raw outputs of every step; they do not depend on later steps."""
        return self.readout(self.recurrent(x)[0])
