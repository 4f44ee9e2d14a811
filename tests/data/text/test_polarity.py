import pytest
import torch
from nnzoo.data.holdout import stratified
from nnzoo.data.text.polarity import SentencePolarity
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "text" / "sentence_polarity"
    folder.mkdir(parents=True)
    for name in ("neg", "pos"):
        lines = [f"{name}{i} a {'very ' * (i % 3)}{'bad' if name == 'neg' else 'good'} film .\n" for i in range(20)]
        (folder / f"rt-polarity.{name}").write_text("".join(lines))
    return tmp_path


def test_splits(root):
    data = SentencePolarity(root=str(root), val=0.25, test=0.2, min_count=1)
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 24, "val": 8, "test": 8}
    words = data.vocabulary.tokens
    assert data.spec == DataSpec(
        "tokens", (), "classes", 2, sequence=True, vocabulary=words, labels=("negative", "positive")
    )
    seen = []
    for name, part in data.splits.items():
        assert part.y.sum() * 2 == len(part.y)
        for x, y, mask in zip(part.x, part.y, part.mask, strict=True):
            words = data.decode(x).split()
            assert len(words) == mask.sum()
            assert words[-3] == ("good" if y else "bad")
            first = words[0]
            assert (first == "<unk>") == (name != "train")  # only words of the training sentences are known
            seen.append(first)
    assert len({word for word in seen if word != "<unk>"}) == 24


def test_test_set_does_not_depend_on_seed(root):
    one, other = (SentencePolarity(root=str(root), seed=seed) for seed in (0, 1))
    assert torch.equal(one.parts["test"], other.parts["test"])
    assert one.parts["test"].tolist() == stratified(one.y, 4, 0)[1].tolist()
    assert not torch.equal(one.parts["val"], other.parts["val"])


def test_the_digest_is_of_both_files(root):
    found = {SentencePolarity(root=str(root)).digest}
    for name in ("neg", "pos"):
        path = root / "text" / "sentence_polarity" / f"rt-polarity.{name}"
        path.write_text(path.read_text().replace("film", "show"))
        found.add(SentencePolarity(root=str(root)).digest)
    assert len(found) == 3
    assert found >= {SentencePolarity(root=str(root), seed=1).digest}


def test_padding_comes_last(root):
    data = SentencePolarity(root=str(root), val=0)
    assert list(data.splits) == ["train", "test"]
    part = data.splits["train"]
    assert part.x.shape == part.mask.shape == (36, 7)
    assert ((part.x == 0) == ~part.mask).all()
    assert set(part.mask.sum(1).tolist()) == {5, 6, 7}


def test_words_there_and_back(root):
    data = SentencePolarity(root=str(root), min_count=2)
    ids = data.preprocessing.encode(["A very GOOD film .", "a strange film"]).x
    assert data.decode(ids[0]) == "a very good film ."
    assert data.decode(ids[1]) == "a <unk> film"
    assert data.spec.vocabulary[:2] == ("<pad>", "<unk>")
    assert "neg1" not in data.spec.vocabulary


def test_sentences_become_what_they_are_in_training(root):
    path = root / "text" / "sentence_polarity" / "rt-polarity.pos"
    path.write_text("Un film de\u0301ja\u0300\xa0vu .\r\n" * 20, encoding="utf-8", newline="")
    data = SentencePolarity(root=str(root), val=0)
    row = data.splits["train"].x[data.splits["train"].y == 1][0]
    found = data.preprocessing.encode("UN film d\xe9j\xe0\xa0vu .").x[0]
    assert row[: len(found)].tolist() == found.tolist()
    assert data.decode(found) == "un film d\xe9j\xe0 vu ."


def test_original_is_latin_1(root):
    path = root / "text" / "sentence_polarity" / "rt-polarity.pos"
    text = "un film na\xefve \x85 charm\xe9\n" * 20
    for encoding in ("latin-1", "utf-8"):
        path.write_bytes(text.encode(encoding))
        data = SentencePolarity(root=str(root))
        # the control character next line is white space
        assert ["un", "film", "na\xefve", "charm\xe9"] in data.words
        assert len(data.y) == 40


def test_missing_and_empty_files(root):
    path = root / "text" / "sentence_polarity" / "rt-polarity.pos"
    path.write_text("\n \n")
    with pytest.raises(UserError, match=f"{path} is empty"):
        SentencePolarity(root=str(root))
    path.unlink()
    with pytest.raises(UserError, match=r"no file rt-polarity\.pos in .*NNZOO_DATA"):
        SentencePolarity(root=str(root))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"val": 1.0}, "val is 1.0"),
        ({"test": 1.5}, "test is 1.5"),
        ({"test": 0.0}, "test is 0"),
        ({"min_count": 0}, "min_count is 0"),
    ],
)
def test_values_out_of_range(root, wrong, message):
    with pytest.raises(UserError, match=message):
        SentencePolarity(root=str(root), **wrong)


def test_real_sentence_polarity(real):
    data = SentencePolarity(root=str(real("text/sentence_polarity").parents[1]))
    sizes = {name: len(part.x) for name, part in data.splits.items()}
    assert sizes == {"train": 8636, "val": 960, "test": 1066}
    assert sum(int(part.y.sum()) for part in data.splits.values()) == 5331
    assert [data.splits[name].y.sum().item() * 2 for name in sizes] == list(sizes.values())
    assert data.words[0] == ["simplistic", ",", "silly", "and", "tedious", "."]
    assert not any("\xc3" in word for words in data.words for word in words)  # UTF-8 read as Latin-1
