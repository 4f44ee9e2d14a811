from collections import Counter
from random import Random

import pytest
import torch
from nnzoo.data.sequences.reber import GRAMMARS, REBER, SYMBOLS, Grammar, Reber, decode, embed, encode, multi_hot
from nnzoo.errors import UserError

EMBEDDED = embed(REBER)


def test_states_of_the_text():
    assert REBER.states("BTSSXXTVVE") == [0, 1, 2, 2, 2, 4, 3, 3, 5, 6, 7]
    assert REBER.states("BPTVVE") == [0, 1, 3, 3, 5, 6, 7]


def test_invalid_string_of_the_text():
    assert not REBER.accepts("BPTXSE")
    with pytest.raises(ValueError, match="no edge X out of state 3"):
        REBER.states("BPTXSE")


@pytest.mark.parametrize("string", ["", "B", "BPTVV", "BPTVVEE", "TSXSE", "BTXZ"])
def test_invalid_strings(string):
    assert not REBER.accepts(string)


def test_next_symbols_of_the_text():
    assert REBER.next_symbols("BPTVVE") == ["PT", "TV", "TV", "PV", "E", ""]


def test_encoding_of_the_text():
    batch = encode(["BPTVVE"], REBER)
    # the two tables of the text: a column for each step, rows B E P S T V X
    x = """1 0 0 0 0 0
           0 0 0 0 0 1
           0 1 0 0 0 0
           0 0 0 0 0 0
           0 0 1 0 0 0
           0 0 0 1 1 0
           0 0 0 0 0 0"""
    y = """0 0 0 0 0 0
           0 0 0 0 1 0
           1 0 0 1 0 0
           0 0 0 0 0 0
           1 1 1 0 0 0
           0 1 1 1 0 0
           0 0 0 0 0 0"""
    for found, table in [(batch.x, x), (batch.y, y)]:
        rows = [[float(v) for v in line.split()] for line in table.splitlines()]
        assert torch.equal(found[0], torch.tensor(rows).T)
    assert batch.mask.all()


def test_padding_comes_last():
    batch = encode(["BPTVVE", "BTXSE"], REBER)
    assert batch.mask.tolist() == [[True] * 6, [True] * 5 + [False]]
    assert batch.x[1, 5].tolist() == batch.y[1, 5].tolist() == [0.0] * 7


def test_decode_inverts():
    batch = encode(["BPTVVE", "BTXSE"], REBER)
    assert "".join(decode(batch.x[0])) == "BPTVVE"
    assert "".join(decode(batch.x[1])) == "BTXSE"
    assert decode(batch.y[0]) == ["PT", "TV", "TV", "PV", "E", ""]
    assert decode(multi_hot(["", "XB"])) == ["", "BX"]


def test_embedded_string_of_the_text():
    string = "BTBTSSXXTVVETE"
    assert EMBEDDED.accepts(string)
    symbols = EMBEDDED.next_symbols(string)
    assert symbols[:2] == ["PT", "B"]
    assert symbols[2:11] == REBER.next_symbols("BTSSXXTVVE")[:-1]
    assert symbols[11:] == ["T", "E", ""]
    assert not EMBEDDED.accepts("BTBTSSXXTVVEPE")


def test_embedding_a_grammar():
    """B, then T or P, a string of the grammar, the same letter again, E."""
    inner = Grammar(((("S", 0), ("X", 1)), ()))  # S any number of times, then X
    assert embed(inner).edges == (
        (("B", 1),),
        (("T", 2), ("P", 4)),
        (("S", 2), ("X", 3)),
        (("T", 6),),
        (("S", 4), ("X", 5)),
        (("P", 6),),
        (("E", 7),),
        (),
    )
    assert GRAMMARS["embedded"] == EMBEDDED


def test_embedded_is_the_grammar_in_brackets():
    random = Random(0)
    for _ in range(200):
        string = EMBEDDED.sample(random)
        assert string[0] == "B"
        assert string[-1] == "E"
        assert string[1] == string[-2] in "TP"
        assert REBER.accepts(string[2:-2])
        assert EMBEDDED.accepts(f"BP{string[2:-2]}PE")


def free(grammar, random):
    """A string by the text's own procedure: a fair choice at every node."""
    string, state = "", 0
    while grammar.edges[state]:
        symbol, state = random.choice(grammar.edges[state])
        string += symbol
    return string


def test_sample_has_the_distribution_of_rejection_sampling():
    random = Random(0)
    kept = [string for string in (free(REBER, random) for _ in range(60000)) if len(string) >= 12]
    drawn = [REBER.sample(random, 12) for _ in range(len(kept))]
    assert len(kept) > 4000
    for feature in (len, lambda s: s[1], lambda s: s[:4], lambda s: s[-3]):
        ours, theirs = Counter(map(feature, drawn)), Counter(map(feature, kept))
        for value in theirs.keys() | ours.keys():
            # difference of two binomial counts, five standard deviations
            assert abs(ours[value] - theirs[value]) <= 5 * (ours[value] + theirs[value]) ** 0.5


def test_probability_of_survival():
    random = Random(0)
    lengths = [len(free(REBER, random)) for _ in range(20000)]
    table = REBER.survival(12)
    for k in (5, 6, 8, 12):
        assert table[k][0] == pytest.approx(sum(n >= k for n in lengths) / 20000, abs=0.015)
    assert table[5][0] == 1  # the shortest string has five symbols


@pytest.mark.parametrize(("grammar", "min_length", "published"), [("reber", 30, 52), ("embedded", 40, 64)])
def test_lengths_are_like_the_published_ones(grammar, min_length, published):
    longest = []
    for seed in range(20):
        strings = Reber(grammar=grammar, min_length=min_length, val=0, test=1, seed=seed).strings()["train"]
        assert min(map(len, strings)) == min_length
        longest.append(max(map(len, strings)))
    assert min(longest) <= published <= max(longest)


def test_strings_are_valid_unseen_and_reproducible():
    data = Reber(train=200, val=50, test=60, min_length=6)
    strings = data.strings()
    assert {name: len(part) for name, part in strings.items()} == {"train": 200, "val": 50, "test": 60}
    assert all(REBER.accepts(s) and len(s) >= 6 for part in strings.values() for s in part)
    assert not set(strings["val"]) & set(strings["train"])
    assert not set(strings["test"]) & (set(strings["train"]) | set(strings["val"]))
    assert data.strings() == strings
    assert Reber(train=200, val=50, test=60, min_length=6, seed=1).strings() != strings


def test_splits_hold_the_strings():
    data = Reber(train=20, val=0, test=5)
    assert list(data.splits) == ["train", "test"]
    for name, part in data.splits.items():
        found = ["".join(decode(x[m])) for x, m in zip(part.x, part.mask, strict=True)]
        assert found == data.strings()[name]
    assert "".join(data.spec.vocabulary) == SYMBOLS


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"grammar": "embeded"}, "did you mean 'embedded'"),
        ({"train": 0}, "train is 0"),
        ({"val": -1}, "val is -1"),
        ({"test": 0}, "test is 0"),
        ({"min_length": -1}, "min_length is -1"),
        ({"min_length": 501}, "min_length is 501"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Reber(**wrong)
