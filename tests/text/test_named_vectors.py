"""Neighbors, analogies and similarities: against loops in float64 and numbers by hand."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from nnzoo.text.named_vectors import NamedVectors, name_vectors

NAMES = [f"w{i}" for i in range(12)]


@pytest.fixture(scope="module")
def vectors():
    return NamedVectors(NAMES, torch.randn(12, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64))


def cosine(x, y):
    return float(x @ y / (math.sqrt(x @ x) * math.sqrt(y @ y)))


def ranked(vectors, direction, excluded):
    rows = vectors.values.numpy()
    found = [(name, cosine(rows[i], direction)) for i, name in enumerate(NAMES) if name not in excluded]
    return sorted(found, key=lambda each: -each[1])


def assert_same(found, expected):
    assert [each.name for each in found] == [name for name, _ in expected]
    assert [each.similarity for each in found] == pytest.approx([value for _, value in expected])


def test_neighbors(vectors):
    assert_same(vectors.neighbors("w3", top=5), ranked(vectors, vectors.values[3].numpy(), {"w3"})[:5])
    assert len(vectors.neighbors("w3", top=99)) == 11


def test_analogy(vectors):
    unit = [row / np.linalg.norm(row) for row in vectors.values.numpy()]
    expected = ranked(vectors, unit[7] - unit[2] + unit[5], {"w2", "w7", "w5"})
    assert_same(vectors.analogy("w2", "w7", "w5", top=99), expected)


def test_ten_names_unless_another_number_is_given():
    vectors = NamedVectors([f"w{i}" for i in range(20)], torch.eye(20))
    assert len(vectors.neighbors("w3")) == len(vectors.analogy("w1", "w2", "w3")) == 10


def test_analogy_by_hand():
    values = torch.tensor([[1.0, 0, 0], [1, 0, 1], [0, 2, 0], [0, 1, 1.3], [-1, 0, 0]])  # man, king, woman, queen
    vectors = NamedVectors(["man", "king", "woman", "queen", "other"], values)
    assert vectors.analogy("man", "king", "woman", top=1)[0].name == "queen"


def test_similarity(vectors):
    assert vectors.similarity("w1", "w8") == pytest.approx(cosine(*vectors.values[[1, 8]].numpy()))
    assert vectors.similarity("w1", "w1") == pytest.approx(1)


def test_a_zero_vector_has_cosine_zero():
    vectors = NamedVectors(["a", "b"], torch.tensor([[0.0, 0], [1, 1]]))
    assert vectors.similarity("a", "b") == 0
    assert vectors.neighbors("a") == [("b", 0)]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda v: v.neighbors("kings"), "'kings' is not among the 3 names; did you mean 'king'"),
        (lambda v: v.analogy("king", "quen", "a"), "'quen' is not among .* did you mean 'queen'"),
        (lambda v: v.similarity("king", "zzz"), "'zzz' is not among the 3 names$"),
        (lambda v: v.neighbors("king", top=0), "top is 0; it must be at least 1"),
        (lambda v: v.neighbors(["king"]), r"\['king'\] is not a name; it must be a string, such as 'king'"),
        (lambda v: v.similarity("king", 3), "3 is not a name"),
    ],
)
def test_wrong_questions_are_refused(ask, reason):
    with pytest.raises(UserError, match=reason):
        ask(NamedVectors(["king", "queen", "a"], torch.eye(3)))


def test_invalid_vectors_are_refused():
    make = partial(NamedVectors, values=torch.eye(2))
    with pytest.raises(ValueError, match="3 names need as many vectors"):
        make(["a", "b", "c"])
    with pytest.raises(ValueError, match="'a' twice"):
        make(["a", "a"])


def test_vectors_of_documents_and_words_have_their_own_names():
    spec = DataSpec("tokens", (), "context", 2, vocabulary=("a.txt", "b.txt", "c.txt"), labels=("cat", "dog"))
    documents, words = name_vectors(spec, "input", torch.eye(3)), name_vectors(spec, "output", torch.eye(2))
    assert documents.names == ("a.txt", "b.txt", "c.txt")
    assert words.names == ("cat", "dog")
    with pytest.raises(UserError, match="'cat' is not among the 3 names of these vectors; try vectors=output"):
        documents.index("cat")
    with pytest.raises(UserError, match=r"'b\.txt' is not among the 2 names of these vectors; try vectors=input"):
        words.index("b.txt")


def test_a_context_of_the_same_words_has_their_names():
    spec = DataSpec("tokens", (), "next_token", 2, sequence=True, per_step=True, vocabulary=("cat", "dog"))
    for which in ("input", "output"):
        found = name_vectors(spec, which, torch.eye(2))
        assert found.names == ("cat", "dog")
        with pytest.raises(UserError, match="'cta' is not among the 2 names; did you mean 'cat'"):
            found.index("cta")


def test_outputs_of_pairs_of_nodes_have_the_names_of_the_inputs():
    spec = DataSpec("ids", (2,), "classes", 2, sizes=(3, 3), vocabulary=("p", "q", "r"), labels=("no", "yes"))
    assert name_vectors(spec, "output", torch.eye(3)).names == ("p", "q", "r")
    with pytest.raises(UserError, match="the network has 2 output vectors, and the data has 3 names"):
        name_vectors(spec, "output", torch.eye(2))


def test_two_vectors_with_one_name_cannot_be_named():
    spec = DataSpec("tokens", (), "classes", 2, sizes=(2,), labels=("no", "no"))
    with pytest.raises(UserError, match=r"the vectors cannot be named: .*'no' twice"):
        name_vectors(spec, "output", torch.eye(2))
