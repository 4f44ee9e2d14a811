"""W2: MMDS exercises 13.1.1, 13.1.2 and 13.1.4, how many hidden step units are needed.

A step unit says yes to a half-space. Vectors u, v that it says yes to and p, q that it says no to cannot have the same
sum: w.(u + v) > 2t >= w.(p + q). So two vectors of one kind that have the sum of two of the other kind (u = v allowed)
are a conflict: no half-space holds both and nothing of the other kind.
"""

from itertools import combinations_with_replacement, pairwise, product

import pytest


def kinds(n, good):
    """Bit vectors that are good, and the others."""
    vectors = list(product((0, 1), repeat=n))
    return [v for v in vectors if good(v)], [v for v in vectors if not good(v)]


def two_ones(bits):
    return (1, 1) in pairwise(bits)


def odd(bits):
    return sum(bits) % 2 == 1


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


@pytest.mark.parametrize(("n", "good"), [(2, odd), (3, odd), (4, two_ones), (5, two_ones), (6, two_ones)])
def test_one_gate_does_not_do(n, good):
    assert any(conflicts(*kinds(n, good)).values())


def test_what_a_line_separates_has_no_conflicts():
    assert not any(conflicts(*kinds(4, lambda bits: sum(bits) > 2)).values())


@pytest.mark.parametrize(("n", "enough"), [(4, True), (5, True), (6, False), (7, False)])
def test_two_gates_do_up_to_five_bits(n, enough):
    """A gate on two gates is their "or" or "and", each perhaps negated, and a negated half-space is one, too.

    "Or": the good vectors are shared out between two half-spaces without bad ones; "and": the bad ones likewise.
    mmds/consecutive_ones_gates has the nets with two gates for five bits and three for six.
    """
    good, bad = kinds(n, two_ones)
    assert (two_will_do(conflicts(good, bad)) or two_will_do(conflicts(bad, good))) == enough
