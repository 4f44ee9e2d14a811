import math
from itertools import product

import pytest
import torch
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass import trees
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from torch import nn

GIVEN = ("0", "10", "110", "111")
TREES = {
    "given": HierarchicalSoftmax(codes=GIVEN),
    "huffman": HierarchicalSoftmax(frequencies=(1.0, 8.0, 2.0, 2.0)),
    "random": HierarchicalSoftmax(seed=3),
}


def test_by_hand():
    """Nodes by their codes: "" has output 0, "1" output 1, "11" output 2."""
    z = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64)
    s = [1 / (1 + math.exp(-v)) for v in z[0].tolist()]
    expected = [1 - s[0], s[0] * (1 - s[1]), s[0] * s[1] * (1 - s[2]), s[0] * s[1] * s[2]]
    assert TREES["given"].scores(z).exp()[0].tolist() == pytest.approx(expected)
    losses = [TREES["given"](z, torch.tensor([c])).item() for c in range(4)]
    assert losses == pytest.approx([-math.log(p) for p in expected])


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("lead", [(7,), (2, 5)])
def test_probabilities_sum_to_one_and_gradient(name, lead):
    loss = TREES[name]
    z = torch.randn(*lead, 3, dtype=torch.float64, requires_grad=True)
    scores = loss.scores(z)
    torch.testing.assert_close(scores.exp().sum(-1), torch.ones(lead, dtype=torch.float64))
    target = torch.randint(4, lead)
    torch.testing.assert_close(loss(z, target), -scores.gather(-1, target.unsqueeze(-1)).squeeze(-1))
    assert torch.autograd.gradcheck(lambda output: loss(output, target), z)


def test_only_the_way_to_the_class_gets_a_gradient():
    z = torch.zeros(1, 3, requires_grad=True)
    TREES["given"](z, torch.tensor([1])).sum().backward()
    assert z.grad.tolist() == [[-0.5, 0.5, 0.0]]


@pytest.mark.parametrize("classes", [2, 3, 5, 8, 100])
def test_a_random_tree_is_balanced_and_seeded(classes):
    codes = trees.drawn(classes, 1)
    trees.check(codes)
    assert {len(code) for code in codes} <= {math.floor(math.log2(classes)), math.ceil(math.log2(classes))}
    assert codes == trees.drawn(classes, 1)
    assert classes < 5 or codes != trees.drawn(classes, 2)


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("lead", [(7,), (2, 5)])
@pytest.mark.parametrize(("bias", "sparse"), [(True, False), (False, False), (True, True)])
def test_on_the_way_as_by_all_outputs(name, lead, bias, sparse):
    loss, target = TREES[name], torch.randint(4, lead)
    x = torch.randn(*lead, 6, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    b = torch.randn(3, dtype=torch.float64, requires_grad=True) if bias else None
    share = torch.rand(lead, dtype=torch.float64)
    given = [each for each in (x, w, b) if each is not None]
    found, expected = loss.on_the_way(x, w, b, target, sparse=sparse), loss(nn.functional.linear(x, w, b), target)
    torch.testing.assert_close(found, expected)
    ours, theirs = (torch.autograd.grad((values * share).sum(), given) for values in (found, expected))
    assert ours[1].is_sparse == sparse
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.to_dense(), other)


def test_the_gradient_is_of_the_rows_on_the_way():
    w = torch.ones(3, 2, requires_grad=True)
    TREES["given"].on_the_way(torch.ones(1, 2), w, None, torch.tensor([1]), sparse=True).sum().backward()
    assert w.grad.coalesce().indices().tolist() == [[0, 1]]


@pytest.mark.parametrize("codes", [GIVEN, trees.huffman((8.0, 1.0, 5.0, 2.0, 2.0, 1.0, 9.0)), trees.drawn(37, 2)])
def test_ways_by_their_definition(codes):
    ways = trees.Ways.of(codes)
    numbers = {node: i for i, node in enumerate(sorted({code[:d] for code in codes for d in range(len(code))}))}
    for nodes, turns, code in zip(ways.nodes.tolist(), ways.turns.tolist(), codes, strict=True):
        assert nodes[: len(code)] == [numbers[code[:d]] for d in range(len(code))]
        assert turns == [{"0": -1, "1": 1}[turn] for turn in code] + [0] * (len(turns) - len(code))


def test_many_classes():
    frequencies = 1 / torch.arange(1.0, 100_001)
    loss = HierarchicalSoftmax(frequencies=frequencies.tolist())
    lengths = torch.tensor([len(code) for code in loss.codes])
    p = frequencies / frequencies.sum()
    assert -(p * p.log2()).sum() <= (p * lengths).sum() < 1 - (p * p.log2()).sum()
    for each in (loss, HierarchicalSoftmax(seed=1)):
        scores = each.scores(torch.randn(2, 99_999, dtype=torch.float64))
        torch.testing.assert_close(scores.exp().sum(-1), torch.ones(2, dtype=torch.float64))


def test_two_classes_are_logistic():
    z, target = torch.randn(6, 1), torch.randint(2, (6,))
    torch.testing.assert_close(HierarchicalSoftmax(codes=("0", "1"))(z, target), Logistic()(z, target))


@pytest.mark.parametrize("frequencies", [(0.4, 0.1, 0.25, 0.05, 0.2), (0.3, 0.3, 0.2, 0.1, 0.1)])
def test_huffman_is_the_shortest_tree(frequencies):
    codes = trees.huffman(frequencies)
    trees.check(codes)
    mean = sum(f * len(code) for f, code in zip(frequencies, codes, strict=True))
    lengths = [  # of all complete trees with five leaves
        choice for choice in product(range(1, 5), repeat=5) if sum(2.0**-n for n in choice) == 1
    ]
    assert mean == pytest.approx(min(sum(f * n for f, n in zip(frequencies, row, strict=True)) for row in lengths))
    entropy = -sum(f * math.log2(f) for f in frequencies)
    assert entropy <= mean < entropy + 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"codes": ("0", "1"), "frequencies": (1.0, 1.0)}, "codes are a tree already; frequencies are to make one"),
        ({"codes": ("0", "10")}, "no class is below '11' in the tree"),
        ({"codes": ("0", "1", "10")}, "the code '1' of class 1 does not end at a leaf of its own"),
        ({"codes": ("0", "1", "1")}, "the code '1' of class 2 does not end at a leaf of its own"),
        ({"codes": ("0", "2")}, "the code of class 1 is '2'; it must be turns 0 and 1 from the root to its leaf"),
        ({"codes": ("",)}, "the code of class 0 is ''; it must be turns 0 and 1 from the root to its leaf"),
        ({"frequencies": "data"}, "frequencies are 'data', which a config may say; here they are numbers"),
        ({"frequencies": (1.0, 0.0)}, "the frequency of class 1 is 0.0; it must be above 0"),
    ],
)
def test_no_tree(settings, message):
    with pytest.raises(ValueError) as told:  # noqa: PT011
        HierarchicalSoftmax(**settings)
    assert str(told.value) == message


def test_numbers_of_classes():
    assert HierarchicalSoftmax().out_features(10) == 9
    with pytest.raises(ValueError, match=r"^the tree has 4 leaves; there are 10 classes$"):
        TREES["given"].out_features(10)
    with pytest.raises(ValueError, match=r"^the tree has 0 leaves; there are 10 classes$"):
        HierarchicalSoftmax(frequencies=()).out_features(10)
    with pytest.raises(ValueError, match=r"^there must be at least 2 classes to tell apart, got 1$"):
        HierarchicalSoftmax().out_features(1)
    message = r"^class 4 among the targets; the outputs are for classes 0 to 3$"
    with pytest.raises(ValueError, match=message):
        TREES["given"](torch.zeros(1, 3), torch.tensor([4]))
    with pytest.raises(ValueError, match=message):
        TREES["given"].on_the_way(torch.zeros(1, 2), torch.zeros(3, 2), None, torch.tensor([4]))
