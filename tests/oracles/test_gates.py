"""W2: MMDS exercises 13.1.1, 13.1.2 and 13.1.4, how many hidden step units are needed.

A step unit says yes to a half-space. Vectors u, v that it says yes to and p, q that it says no to cannot have the same
sum: w.(u + v) > 2t >= w.(p + q). So two vectors of one kind that have the sum of two of the other kind (u = v allowed)
are a conflict: no half-space holds both and nothing of the other kind.
"""

from itertools import combinations_with_replacement

import pytest
import torch
from nnzoo.data.points.bits import Bits, ConsecutiveOnes, Parity
from nnzoo.models.threshold_mlp import ThresholdMLP
from torch import Tensor


def kinds(data: Bits):
    """Bit vectors that are good, and the others."""
    x, y, *_ = data.splits["train"].batch()
    return tuple([tuple(v) for v in x[y == k].int().tolist()] for k in (1, 0))


class Most(Bits):
    """More than half of the bits are 1, which a line tells."""

    def __init__(self, n: int) -> None:
        super().__init__(n=n, labels=("no", "yes"), train=None, val=None, test=None, seed=0)

    def label(self, x: Tensor) -> Tensor:
        return x.sum(1) > self.n / 2


def added(u, v):
    return tuple(a + b for a, b in zip(u, v, strict=True))


def conflicts(one, other):
    """The vectors of `one` that each of them is in conflict with."""
    sums = {added(p, q) for p, q in combinations_with_replacement(other, 2)}
    return {u: [v for v in one if added(u, v) in sums] for u in one}


def two_will_do(conflict):
    """Whether two half-spaces could share the vectors out: the graph of conflicts has no circle of odd length."""
    side = {}
    for start in conflict:
        todo = [] if start in side else [start]
        side.setdefault(start, 0)
        while todo:
            u = todo.pop()
            for v in conflict[u]:
                if v not in side:
                    side[v] = 1 - side[u]
                    todo.append(v)
                elif side[v] == side[u]:
                    return False
    return True


@pytest.mark.parametrize(
    "data",
    [Parity(n=2), Parity(n=3), ConsecutiveOnes(n=4), ConsecutiveOnes(n=5), ConsecutiveOnes(n=6)],
    ids=["xor", "parity of 3", "ones of 4", "ones of 5", "ones of 6"],
)
def test_w2_one_gate_does_not_do(data):
    assert any(conflicts(*kinds(data)).values())


def test_what_a_line_separates_has_no_conflicts():
    assert not any(conflicts(*kinds(Most(4))).values())


@pytest.mark.parametrize(("n", "enough"), [(4, True), (5, True), (6, False), (7, False)])
def test_w2_two_gates_do_up_to_five_bits(n, enough):
    """A gate on two gates is their "or" or "and", each perhaps negated, and a negated half-space is one, too.

    "Or": the good vectors are shared out between two half-spaces without bad ones; "and": the bad ones likewise.
    """
    good, bad = kinds(ConsecutiveOnes(n=n))
    assert (two_will_do(conflicts(good, bad)) or two_will_do(conflicts(bad, good))) == enough


@pytest.mark.parametrize(
    ("data", "weights", "thresholds", "outputs"),
    [
        (Parity(n=2), [[1, 1], [1, 1]], [0.5, 1.5], [1, -1]),
        (Parity(n=3), [[1, 1, 1]] * 3, [0.5, 1.5, 2.5], [1, -1, 1]),
        (ConsecutiveOnes(n=5), [[1, 2, 1, 0, 0], [0, 0, 1, 2, 1]], [2.5, 2.5], [1, 1]),
        (
            ConsecutiveOnes(n=6),
            [[1, 2, 1, 0, 0, 0], [0, 0, 1, 2, 1, 0], [0, 0, 0, 0, 1, 1]],
            [2.5, 2.5, 1.5],
            [1, 1, 1],
        ),
    ],
    ids=["xor", "parity of 3", "ones of 5", "ones of 6"],
)
def test_w2_networks_with_these_gates(data, weights, thresholds, outputs):
    """As many hidden step units as n for parity; two for five bits and three for six, as many as are needed."""
    net = ThresholdMLP(
        in_features=data.n,
        out_features=1,
        hidden_weights=[list(map(float, row)) for row in weights],
        hidden_thresholds=thresholds,
        output_weights=[list(map(float, outputs))],
    )
    x, y, *_ = data.splits["train"].batch()
    assert torch.equal(net(x)[:, 0] > 0, y.bool())
