import pytest
import torch
from nnzoo.data.text.conll import FOLDER, CoNLL2000, sentences
from nnzoo.errors import UserError
from nnzoo.files.contents import describe_change

from tests.support.files import write_conll2000

TRAIN = """\
The DT B-NP
cat NN I-NP
ran VBD B-VP
. . O

The DT B-NP
IBM NNP I-NP
cat NN I-NP
sat VBD B-VP
in IN B-PP
. . O


"""
TEST = """\
A DT B-NP
Cat NN I-NP
ran VBD B-VP
up RP B-PRT
"""


@pytest.fixture
def root(tmp_path):
    return write_conll2000(tmp_path, TRAIN, TEST)


def test_words_and_tags(root):
    data = CoNLL2000(root=str(root), min_count=2, val=0)
    assert data.spec.vocabulary == ("<pad>", "<unk>", ".", "cat", "the")
    assert data.spec.labels == ("B-NP", "B-PP", "B-PRT", "B-VP", "I-NP", "O")
    assert list(data.splits) == ["train", "test"]
    train, test = data.splits["train"], data.splits["test"]
    assert train.x.tolist() == [[4, 3, 1, 2, 0, 0], [4, 1, 3, 1, 1, 2]]
    assert train.y.tolist() == [[0, 4, 3, 5, 0, 0], [0, 4, 4, 3, 1, 5]]
    assert train.mask.tolist() == [[True] * 4 + [False] * 2, [True] * 6]
    assert test.x.tolist() == [[1, 3, 1, 1]]
    assert test.y.tolist() == [[0, 4, 3, 2]]


def test_features_are_further_tokens(root):
    data = CoNLL2000(root=str(root), min_count=1, val=0, features=True)
    assert data.spec.shape == (3,)
    train, test = data.splits["train"], data.splits["test"]
    assert train.x.shape == (2, 6, 3)
    assert not train.x[0, 4:].any()
    names = [data.vocabulary.decode(step) for step in train.x[1]]
    assert names == [
        ["the", "POS:DT", "CASE:title"],
        ["ibm", "POS:NNP", "CASE:upper"],
        ["cat", "POS:NN", "CASE:lower"],
        ["sat", "POS:VBD", "CASE:lower"],
        ["in", "POS:IN", "CASE:lower"],
        [".", "POS:.", "CASE:none"],
    ]
    # no such part of speech in the training sentences
    assert data.vocabulary.decode(test.x[0, 3]) == ["<unk>", "<unk>", "CASE:lower"]
    plain = CoNLL2000(root=str(root), min_count=1, val=0).splits["train"]
    assert torch.equal(plain.x, train.x[..., 0])
    assert torch.equal(plain.y, train.y)
    assert data.decode(train.x[0]) == "the cat ran ."
    (step,) = data.preprocessing.encode("Cat").x[0]
    assert data.vocabulary.decode(step) == ["cat", "<unk>", "CASE:title"]


def test_words_there_and_back(root):
    data = CoNLL2000(root=str(root), min_count=1, val=0)
    assert data.decode(data.preprocessing.encode("The CAT ran .").x[0]) == "the cat ran ."
    assert data.decode(data.splits["train"].x[0]) == "the cat ran ."


@pytest.mark.parametrize("features", [False, True])
def test_sentences_become_what_they_are_in_training(root, features):
    text = "10\xa0000 CD B-NP\nx\x85y NN I-NP\nCafe\u0301 NN I-NP\n\n" * 2
    for name in ("train", "test"):
        (root / "text" / "conll2000" / f"{name}.txt").write_text(text, encoding="utf-8")
    data = CoNLL2000(root=str(root), val=0, features=features)
    found = data.preprocessing.encode(["10\xa0000 x\x85y Caf\xe9"])
    x = data.splits["train"].x[:1]
    assert torch.equal(found.x[..., 0::2] if features else found.x, x[..., 0::2] if features else x)
    assert (x > 1).all()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("10\xa0000 CD B-NP\ncats  NNS I-NP \n", ["10\xa0000", "cats"]),
        ("New York\tNNP\tB-NP\nrose\tVBD\tB-VP\n", ["New York", "rose"]),
        ("x\x85y NN B-NP\na\u2028b NN I-NP\r\n", ["x\x85y", "a\u2028b"]),
    ],
)
def test_white_space_inside_a_word(tmp_path, lines, words):
    (tmp_path / "a.txt").write_bytes(lines.encode())
    (sentence,) = sentences(tmp_path / "a.txt")
    assert sentence.words == words
    assert sentence.tags[0] == "B-NP"


def test_no_sentence(tmp_path):
    (tmp_path / "a.txt").write_text("-DOCSTART- -X- O\n\n")
    with pytest.raises(UserError, match=r"a\.txt has no sentences"):
        sentences(tmp_path / "a.txt")


def test_the_beginning_of_a_document_is_no_sentence(tmp_path):
    (tmp_path / "a.txt").write_text("-DOCSTART- -X- O\n\na DT B-NP\n\n-DOCSTART- -X- -X- O\nb DT B-NP\n")
    assert [sentence.words for sentence in sentences(tmp_path / "a.txt")] == [["a"], ["b"]]


def test_held_out_sentences_give_no_words(root):
    many = "".join(f"w{i} NN B-NP\nthe DT O\n\n" for i in range(20))
    (root / "text" / "conll2000" / "train.txt").write_text(many)
    held = []
    for seed in range(2):
        data = CoNLL2000(root=str(root), min_count=1, val=0.25, seed=seed)
        assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 15, "val": 5, "test": 1}
        assert (data.splits["val"].x[:, 0] == 1).all()
        assert len(data.spec.vocabulary) == 2 + 1 + 15
        held.append(set(data.parts["val"][0].words + data.parts["val"][1].words))
    assert held[0] != held[1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a DT B-NP\ncat NN\n", "line 2: 'cat NN' is not a word"),
        ("a DT B-NP X\n", "line 1: 'a DT B-NP X' is not a word"),
        ("\na DT NP\n", "line 2: 'NP' is not a chunk tag"),
        ("a DT B-\n", "'B-' is not a chunk tag"),
        ("a DT E-NP\n", "'E-NP' is not a chunk tag"),
        ("", "is empty"),
    ],
)
def test_damaged_file(root, content, reason):
    path = root / "text" / "conll2000" / "train.txt"
    path.write_text(content)
    with pytest.raises(UserError, match=f"{path}.*{reason}") as caught:
        CoNLL2000(root=str(root))
    assert "\n" not in str(caught.value)


def test_missing_file(root):
    (root / "text" / "conll2000" / "test.txt").unlink()
    with pytest.raises(UserError, match=r"no file test\.txt in .*conll2000"):
        CoNLL2000(root=str(root))


@pytest.mark.parametrize(("wrong", "message"), [({"val": 1.0}, "val is 1.0"), ({"min_count": 0}, "min_count is 0")])
def test_values_out_of_range(root, wrong, message):
    with pytest.raises(UserError, match=message):
        CoNLL2000(root=str(root), **wrong)


def test_the_digest_is_of_both_files(root):
    before = CoNLL2000(root=str(root))
    assert before.has_digest(CoNLL2000(root=str(root), val=0.5, seed=3).digest)
    for name in ("train", "test"):
        path = root / FOLDER / f"{name}.txt"
        path.write_text(path.read_text() + "\nso RB B-NP\n")
        after = CoNLL2000(root=str(root))
        assert not after.has_digest(before.digest)
        assert describe_change(before.contents, after.contents).startswith("it has ")
        before = after


def test_real_conll2000(real):
    data = CoNLL2000(root=str(real("text/conll2000").parents[1]))
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 8042, "val": 894, "test": 2012}
    # the published sizes: 211727 and 47377 words, 23852 chunks in the test set
    words = {name: int(part.mask.sum()) for name, part in data.splits.items()}
    assert words["train"] + words["val"] == 211727
    assert words["test"] == 47377
    begins = torch.tensor([name.startswith("B-") for name in data.spec.labels])
    test = data.splits["test"]
    assert int(begins[test.y][test.mask].sum()) == 23852
    assert len(data.spec.labels) == 23
