"""Exercise 13.5.1 of MMDS: recurrent networks with weights by hand, on every string of up to 8 bits.

Units are tanh of net inputs of at least 12.5 either way, so -1 or +1, but 0 before the first bit. The first unit
always holds the bit just read. A network answers yes if its output is positive.
"""

from itertools import product

import pytest
import torch
from nnzoo.data.sequences.string_rules import StringRule
from nnzoo.models.recurrent.rnn import RNN

STEEP = 50.0
NETWORKS = {
    # (a) the second unit: 1 after a 0, x - p / 2 > 1.25, where p is the bit before
    "one_after_zero": {
        "inner": [2, 1],
        "recurrent": [[0, 0], [-0.5, 0]],
        "bias": [-1, -1.25],
        "readout": [0, 1],
        "offset": [0],
    },
    # (b) the second: 1 after a 1, x + p / 2 > 1.25; the third: 1 where the second was on before
    "three_ones": {
        "inner": [2, 1, 1],
        "recurrent": [[0, 0, 0], [0.5, 0, 0], [0, 0.5, 0]],
        "bias": [-1, -1.25, -1.25],
        "readout": [0, 0, 1],
        "offset": [0],
    },
    # (c) 1 after a 1, 0 after a 0, and the output: one of them. No single unit can: with x its net input would
    # have to rise after a 1 and to fall after a 0
    "same_as_before": {
        "inner": [2, 1, -1],
        "recurrent": [[0, 0, 0], [0.5, 0, 0], [-0.5, 0, 0]],
        "bias": [-1, -1.25, -0.25],
        "readout": [0, 1, 1],
        "offset": [1],
    },
}
ANSWERS = {
    "one_after_zero": lambda string: string.endswith("01"),
    "three_ones": lambda string: string.endswith("111"),
    "same_as_before": lambda string: string.endswith(("00", "11")),
}


def network(rule):
    inner, recurrent, bias, readout, offset = (torch.tensor(w, dtype=torch.float32) for w in NETWORKS[rule].values())
    net = RNN(in_features=1, out_features=1, hidden=len(inner))
    net.load_state_dict(
        {
            "recurrent.cells.0.weight_x": STEEP * inner[:, None],
            "recurrent.cells.0.weight_h": STEEP * recurrent,
            "recurrent.cells.0.bias": STEEP * bias,
            "readout.weight": readout[None],
            "readout.bias": offset,
        }
    )
    return net


@pytest.mark.parametrize("n", range(1, 9))
@pytest.mark.parametrize("rule", NETWORKS)
def test_weights_by_hand_answer_as_the_data(rule, n):
    strings = ["".join(bits) for bits in product("01", repeat=n)]
    data = StringRule(rule=rule, n=n, train=None, val=None, test=None).splits["train"]
    assert ["".join(str(int(bit)) for bit in x) for x in data.x.squeeze(-1)] == strings
    wanted = [[ANSWERS[rule](string[: t + 1]) for t in range(n)] for string in strings]
    assert data.y.bool().tolist() == wanted
    with torch.no_grad():
        output = network(rule)(data.x).squeeze(-1)
    assert (output.abs() == 1).all()
    assert (output > 0).tolist() == wanted
