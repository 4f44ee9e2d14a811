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


def test_probabilities_and_losses_by_hand():
    """The inner nodes have the codes "" (output 0), "1" (output 1) and "11" (output 2)."""
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


def test_only_outputs_on_the_path_get_a_gradient():
    z = torch.zeros(1, 3, requires_grad=True)
    TREES["given"](z, torch.tensor([1])).sum().backward()
    assert z.grad.tolist() == [[-0.5, 0.5, 0.0]]


@pytest.mark.parametrize("classes", [2, 3, 5, 8, 100])
def test_a_random_tree_is_balanced_and_seeded(classes):
    codes = trees.random_tree(classes, 1)
    trees.check_codes(codes)
    assert {len(code) for code in codes} <= {math.floor(math.log2(classes)), math.ceil(math.log2(classes))}
    assert codes == trees.random_tree(classes, 1)
    assert classes < 5 or codes != trees.random_tree(classes, 2)


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("lead", [(7,), (2, 5)])
@pytest.mark.parametrize(("bias", "sparse"), [(True, False), (False, False), (True, True)])
def test_path_loss_equals_the_loss_of_all_outputs(name, lead, bias, sparse):
    loss, target = TREES[name], torch.randint(4, lead)
    x = torch.randn(*lead, 6, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    b = torch.randn(3, dtype=torch.float64, requires_grad=True) if bias else None
    share = torch.rand(lead, dtype=torch.float64)
    parameters = [each for each in (x, w, b) if each is not None]
    found, expected = loss.path_loss(x, w, b, target, sparse=sparse), loss(nn.functional.linear(x, w, b), target)
    torch.testing.assert_close(found, expected)
    ours, theirs = (torch.autograd.grad((values * share).sum(), parameters) for values in (found, expected))
    assert ours[1].is_sparse == sparse
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.to_dense(), other)


def test_sparse_gradient_has_only_rows_on_the_path():
    w = torch.ones(3, 2, requires_grad=True)
    TREES["given"].path_loss(torch.ones(1, 2), w, None, torch.tensor([1]), sparse=True).sum().backward()
    assert w.grad.coalesce().indices().tolist() == [[0, 1]]


@pytest.mark.parametrize(
    "codes", [GIVEN, trees.huffman_tree((8.0, 1.0, 5.0, 2.0, 2.0, 1.0, 9.0)), trees.random_tree(37, 2)]
)
def test_tree_paths_by_their_definition(codes):
    paths = trees.TreePaths.from_codes(codes)
    numbers = {node: i for i, node in enumerate(sorted({code[:d] for code in codes for d in range(len(code))}))}
    for nodes, signs, code in zip(paths.nodes.tolist(), paths.signs.tolist(), codes, strict=True):
        assert nodes[: len(code)] == [numbers[code[:d]] for d in range(len(code))]
        assert signs == [{"0": -1, "1": 1}[branch] for branch in code] + [0] * (len(signs) - len(code))


def test_many_classes():
    frequencies = 1 / torch.arange(1.0, 20_001)
    loss = HierarchicalSoftmax(frequencies=frequencies.tolist())
    lengths = torch.tensor([len(code) for code in loss.codes])
    p = frequencies / frequencies.sum()
    assert -(p * p.log2()).sum() <= (p * lengths).sum() < 1 - (p * p.log2()).sum()
    for each in (loss, HierarchicalSoftmax(seed=1)):
        scores = each.scores(torch.randn(2, 19_999, dtype=torch.float64))
        torch.testing.assert_close(scores.exp().sum(-1), torch.ones(2, dtype=torch.float64))


def test_two_classes_are_logistic():
    z, target = torch.randn(6, 1), torch.randint(2, (6,))
    torch.testing.assert_close(HierarchicalSoftmax(codes=("0", "1"))(z, target), Logistic()(z, target))


def test_classes_that_do_not_occur_have_the_longest_codes():
    codes = trees.huffman_tree((5.0, 0.0, 1.0, 0.0, 0.0))
    trees.check_codes(codes)
    assert [len(code) for code in codes] == [1, 4, 2, 4, 3]


@pytest.mark.parametrize("frequencies", [(0.4, 0.1, 0.25, 0.05, 0.2), (0.3, 0.3, 0.2, 0.1, 0.1)])
def test_huffman_tree_has_the_shortest_mean_path(frequencies):
    codes = trees.huffman_tree(frequencies)
    trees.check_codes(codes)
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
        (
            {"codes": ("0", "1"), "frequencies": (1.0, 1.0)},
            "codes and frequencies both define the tree; give only one of them",
        ),
        ({"codes": ("0", "10")}, "no class has a code that begins with '11'"),
        ({"codes": ("0", "1", "10")}, "the code '1' of class 1 does not end at a leaf of its own"),
        ({"codes": ("0", "1", "1")}, "the code '1' of class 2 does not end at a leaf of its own"),
        ({"codes": ("0", "2")}, "the code of class 1 is '2'; it must be a string of branches 0 (left) and 1 (right)"),
        ({"codes": ("",)}, "the code of class 0 is ''; it must be a string of branches 0 (left) and 1 (right)"),
        ({"frequencies": "data"}, "frequencies is 'data', which only a config may contain; pass numbers"),
        ({"frequencies": (1.0, -1.0)}, "the frequency of class 1 is -1.0; it must be at least 0 and finite"),
        ({"frequencies": (1.0, float("nan"))}, "the frequency of class 1 is nan; it must be at least 0 and finite"),
    ],
)
def test_invalid_trees_are_refused(settings, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        HierarchicalSoftmax(**settings)
    assert str(error.value) == message


def test_wrong_number_of_classes_is_refused():
    assert HierarchicalSoftmax().out_features(10) == 9
    with pytest.raises(ValueError, match=r"^the tree has 4 leaves; there are 10 classes$"):
        TREES["given"].out_features(10)
    with pytest.raises(ValueError, match=r"^the tree has 0 leaves; there are 10 classes$"):
        HierarchicalSoftmax(frequencies=()).out_features(10)
    with pytest.raises(ValueError, match=r"^hierarchical softmax needs at least 2 classes, got 1$"):
        HierarchicalSoftmax().out_features(1)
    message = r"^a target is class 4; the outputs are for classes 0 to 3$"
    with pytest.raises(ValueError, match=message):
        TREES["given"](torch.zeros(1, 3), torch.tensor([4]))
    with pytest.raises(ValueError, match=message):
        TREES["given"].path_loss(torch.zeros(1, 2), torch.zeros(3, 2), None, torch.tensor([4]))
