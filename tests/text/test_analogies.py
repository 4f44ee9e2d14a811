"""Accuracy on analogies and agreement with human scores: against loops in float64, and against gensim."""

import math

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.text.analogies import Section, answer, read_questions
from nnzoo.text.named_vectors import NamedVectors
from nnzoo.text.word_pairs import Pair, compare, read_pairs

WORDS = [f"{letter}{i}" for i in range(10) for letter in "abcd"]
NAMES = [*WORDS, "A0", "B1"]  # the last two differ from others by case


@pytest.fixture(scope="module")
def vectors():
    values = torch.randn(len(NAMES), 6, generator=torch.Generator().manual_seed(3))
    values[-2:] = values[[NAMES.index("a0"), NAMES.index("b1")]] + 0.01  # near their lower-case names
    base = torch.randn(4, 6, generator=torch.Generator().manual_seed(4))
    for row, name in enumerate(NAMES):
        values[row] += 1.5 * base["abcd".index(name[0].lower())]  # so that some analogies hold
    return NamedVectors(NAMES, values)


@pytest.fixture(scope="module")
def question_file(tmp_path_factory):
    random = np.random.default_rng(0)
    lines = []
    for section in ("first", "second", "gram1-third"):
        lines.append(f": {section}")
        for _ in range(60):
            i, j = random.integers(0, 10, 2)
            one, two = random.permutation(list("abcd"))[:2]
            lines.append(f"{one}{i} {two}{i} {one.upper()}{j} {two}{j}")
        lines.append("a1 b1 unheard b2")
    path = tmp_path_factory.mktemp("questions") / "questions.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def by_loop(vectors, questions):
    """The definition, word by word, in float64."""
    rows = vectors.values.double().numpy()
    unit = {}
    for name, row in zip(NAMES, rows, strict=True):
        unit.setdefault(name.upper(), row / math.sqrt(row @ row))
    correct = answered = 0
    for question in questions:
        a, b, c, d = (word.upper() for word in question)
        if not {a, b, c, d} <= unit.keys():
            continue
        answered += 1
        target = unit[b] - unit[a] + unit[c]
        scores = {
            name: row @ target / math.sqrt(row @ row)
            for name, row in zip(NAMES, rows, strict=True)
            if name.upper() not in (a, b, c)
        }
        correct += max(scores, key=scores.get).upper() == d
    return Section(correct, answered)


def test_accuracy_equals_a_loop(vectors, question_file, monkeypatch):
    questions = read_questions(question_file)
    assert [*questions] == ["first", "second", "gram1-third"]
    for block in (1 << 23, 300):
        monkeypatch.setattr("nnzoo.text.analogies.BLOCK", block)
        found = answer(vectors, questions)
        expected = {name: by_loop(vectors, asked) for name, asked in questions.items()}
        assert found.sections == expected
        assert found.left_out == 3
    correct = [section.correct for section in expected.values()]
    assert 0 < sum(correct) < 180
    assert found.accuracy() == pytest.approx(sum(correct) / 180)
    assert found.accuracy(syntactic=True) == pytest.approx(correct[2] / 60)
    assert found.accuracy(syntactic=False) == pytest.approx(sum(correct[:2]) / 120)


def test_words_of_the_question_are_no_answers():
    values = torch.tensor([[1, 0], [0.985, 0.174], [0, 1], [-0.5, 1]])  # b - a + c is nearest to c
    found = answer(NamedVectors(["a", "b", "c", "d"], values), {"one": [("a", "b", "c", "d")]})
    assert found.accuracy() == 1


def test_accuracy_without_questions_is_nan(vectors):
    found = answer(vectors, {"capitals": [("a1", "b1", "a2", "b2")]})
    assert math.isnan(found.accuracy(syntactic=True))


PAIRS = "# comment\nWord 1\tWord 2\tHuman\n" + "".join(
    f"{WORDS[i]}\t{WORDS[(7 * i + 3) % 40].upper()}\t{(i * i) % 11 / 2}\n" for i in range(40)
)


@pytest.fixture
def pair_file(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text(PAIRS + "a0\tunheard\t3\n")
    return path


def ranks(values):
    """Ranks of values, the mean rank for ties."""
    return np.array([sum(v < value for v in values) + (sum(v == value for v in values) + 1) / 2 for value in values])


def test_rank_correlation_equals_a_loop(vectors, pair_file):
    rows = dict(reversed([*zip([name.upper() for name in NAMES], vectors.values.double().numpy(), strict=True)]))
    pairs = [line.split("\t") for line in PAIRS.splitlines()[2:]]
    cosines = []
    for first, second, _ in pairs:
        x, y = rows[first.upper()], rows[second.upper()]
        cosines.append(x @ y / math.sqrt((x @ x) * (y @ y)))
    expected = np.corrcoef(ranks([float(score) for *_, score in pairs]), ranks(cosines))[0, 1]
    assert compare(vectors, read_pairs(pair_file)) == (pytest.approx(expected, abs=1e-6), 40, 1)


def test_equal_words_are_ties(vectors):
    assert math.isnan(compare(vectors, [Pair(name, name, score) for score, name in enumerate(NAMES)]).correlation)


def test_correlation_of_one_pair_is_nan(vectors, tmp_path):
    (tmp_path / "pairs").write_text("a1\tb1\t2\n")
    assert math.isnan(compare(vectors, read_pairs(tmp_path / "pairs")).correlation)


def test_both_equal_gensim(vectors, question_file, pair_file):
    reason = "gensim is not installed; it is in the optional extra 'bench'"
    keyed = pytest.importorskip("gensim.models.keyedvectors", reason=reason).KeyedVectors(6)
    keyed.add_vectors(NAMES, vectors.values.numpy())
    accuracy, sections = keyed.evaluate_word_analogies(str(question_file), restrict_vocab=10**9, case_insensitive=True)
    found = answer(vectors, read_questions(question_file))
    assert found.accuracy() == pytest.approx(accuracy)
    theirs = {each["section"]: len(each["correct"]) for each in sections[:-1]}
    assert {name: section.correct for name, section in found.sections.items()} == theirs
    _, spearman, unknown = keyed.evaluate_word_pairs(str(pair_file), case_insensitive=True)
    agreement = compare(vectors, read_pairs(pair_file))
    assert agreement.correlation == pytest.approx(float(spearman[0]), abs=1e-6)
    assert agreement.left_out / 41 == pytest.approx(unknown / 100, abs=0.02)  # it counts the headings as a pair


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "has no questions"),
        (": empty\n", "has no questions"),
        (": one\na b c\n", "line 2: 3 words; a question has 4"),
        ("a b c d\n", "line 1: a question before the first section"),
    ],
)
def test_damaged_questions_are_refused(content, reason, tmp_path):
    (tmp_path / "q").write_text(content)
    with pytest.raises(UserError, match=reason):
        read_questions(tmp_path / "q")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "has no pairs"),
        ("first\tsecond\tscore\n", "has no pairs"),
        ("a\tb\t1\nc\td\n", r"line 2: 'c\td' is not two words and a number"),
        ("a b 1\n", "line 1: 'a b 1' is not two words and a number"),
        ("a\tb\t1\n\nc\td\tx\n", "line 3"),
    ],
)
def test_damaged_pairs_are_refused(content, reason, tmp_path):
    (tmp_path / "p").write_text(content)
    with pytest.raises(UserError, match=reason):
        read_pairs(tmp_path / "p")
