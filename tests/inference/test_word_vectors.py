"""Questions about the vectors of a run and of a file, from the command line and from Python, and their export."""

import json
from types import SimpleNamespace

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.errors import UserError
from nnzoo.evaluations.named_vectors import vectors_of
from nnzoo.models.linear import Linear
from nnzoo.models.recurrent.rnn import RNN
from nnzoo.text.named_vectors import NamedVectors
from nnzoo.text.vectors import read_named_vectors
from torch import nn

from tests.support.commands import command, exit_code

from .small_runs import SMALL

TEXT = "the cat saw the dog .\na dog saw the cat .\nthe mouse ran .\na cat ran to the dog .\n" * 20


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A language model of words."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "text.txt").write_text(TEXT)
    given = ("data=word_text", f"data.path={folder / 'text.txt'}", "loader.batch_size=4")
    small = [line for line in SMALL if line not in ("evaluate=[train,val,test]", "trainer.max_epochs=2")]
    return nnzoo.train(
        *small, *given, "model=rnn", "model.hidden=4", "model.embedding=3", "trainer.max_epochs=1", output_dir=folder
    ).directory


@pytest.fixture(scope="module")
def named(run):
    net = nnzoo.load(run)
    return NamedVectors(net.spec.vocabulary, net.model.embedding.weight)


@pytest.fixture(scope="module")
def file(run):
    return nnzoo.export(run, "word2vec_binary").path


def test_python_and_a_file_give_the_same(run, named, file):
    assert nnzoo.neighbors(run, "cat", top=2) == named.neighbors("cat", 2)
    assert nnzoo.analogy(run, "cat", "dog", "the", top=3) == named.analogy("cat", "dog", "the", 3)
    assert nnzoo.similarity(run, "cat", "dog") == named.similarity("cat", "dog")
    net = nnzoo.load(run)
    for source in (run / "checkpoints" / "last.ckpt", file):
        assert nnzoo.neighbors(source, "cat") == net.neighbors("cat")
        assert nnzoo.analogy(source, "cat", "dog", "the") == net.analogy("cat", "dog", "the")
        assert nnzoo.similarity(source, "cat", "dog") == net.similarity("cat", "dog")
    with pytest.raises(UserError, match="vectors=output is for runs"):
        nnzoo.neighbors(file, "cat", vectors="output")
    for top in ("3", 2.5):
        with pytest.raises(UserError, match=f"top is {top!r}; it takes an integer"):
            nnzoo.neighbors(file, "cat", top=top)


def table(found):
    return [["name", "similarity"], *([each.name, f"{each.similarity:.4f}"] for each in found)]


@pytest.mark.parametrize("source", ["run", "file"])
def test_commands(source, named, request):
    given = f"{source}={request.getfixturevalue(source)}"
    found = command("neighbors", given, "word=cat", "top=2")
    assert [line.split() for line in found.splitlines()] == table(named.neighbors("cat", 2))
    found = command("analogy", given, "words=[cat,dog,the]")
    assert [line.split() for line in found.splitlines()] == table(named.analogy("cat", "dog", "the"))
    assert command("similarity", given, "words=[cat,dog]") == f"{named.similarity('cat', 'dog'):.4f}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("neighbors", "run", "word=caat"), "names; did you mean 'cat'?"),
        (("neighbors", "run", "word=cat", "top=0"), "top is 0; it must be at least 1"),
        (
            ("neighbors", "run", "word=cat", "vectors=output"),
            "vectors=output: RNN has only input vectors; leave it out",
        ),
        (("neighbors", "run", "word=cat", "vectors=all"), "unknown vectors 'all'; one of: both, input, output, sum"),
        (("neighbors", "file", "word=cat", "vectors=sum"), "vectors=sum is for runs; leave it out with file=FILE"),
        (("neighbors", "run"), "word=... is required"),
        (("neighbors", "", "word=cat"), "give run=RUN or file=FILE, a file of vectors"),
        (("neighbors", "run", "word=cat", "file=x"), "give run=RUN or file=FILE, not both"),
        (("neighbors", "run", "word=cat", "words=dog"), "unknown argument 'words'; did you mean 'word'?"),
        (("analogy", "run", "words=[cat,dog]"), "words has 2 words; it takes 3, such as words=[man,king,woman]"),
        (("similarity", "file", "words=cat"), "words has 1 words; it takes 2, such as words=[king,queen]"),
        (("similarity", "run", "words=[cat,dog]", "top=3"), "unknown argument 'top'"),
    ],
)
def test_mistakes_are_one_line(arguments, message, request, capsys):
    name, source, *others = arguments
    given = [f"{source}={request.getfixturevalue(source)}"] if source else []
    capsys.readouterr()
    assert exit_code(name, *given, *others) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("format", "suffix"), [("word2vec", "txt"), ("word2vec_binary", "bin"), ("npy", "npy")])
def test_exported_vectors(run, named, format, suffix, tmp_path):
    path = tmp_path / f"words.{suffix}"
    out = command("export", f"run={run}", f"format={format}", f"output={path}", "vectors=input")
    assert out == f"vectors in {path}, described in {path}.json\nall vectors are equal to those of the run\n"
    found = read_named_vectors(path)
    assert found.names == named.names
    assert found.values.equal(named.values)
    described = json.loads((tmp_path / f"{path.name}.json").read_text())
    assert described["tensors"] == {"input": {"type": "float32", "shape": [len(named.names), 3]}}
    if format == "npy":
        assert np.array_equal(np.load(path), named.values.numpy())
        assert json.loads((tmp_path / "words.json").read_text()) == [*named.names]
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_names_that_word2vec_cannot_express(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("nnzoo.text.vectors.word2vec_names", lambda names: [b"same" for _ in names])
    with pytest.warns(nnzoo.errors.DataWarning), pytest.raises(UserError, match="the names read from a file"):
        nnzoo.export(run, "word2vec", output=tmp_path / "v.txt")
    assert not [*tmp_path.iterdir()]


class TwoTables(nn.Module):
    """A network with input and output vectors."""

    def vectors(self, which="input"):
        tables = {"input": torch.eye(3), "output": 2 * torch.eye(3)}
        return tables[which] if which in tables else torch.cat([*tables.values()], 1)


def test_vectors_of_a_network():
    spec = SimpleNamespace(vocabulary=("a", "b", "c"), labels=("x", "y", "z"), sizes=(), target="context")
    net = Network(TwoTables(), identity, masked=False)
    task = SimpleNamespace(net=net, spec=spec)
    assert vectors_of(task, "input").names == ("a", "b", "c")
    assert vectors_of(task, "output").names == ("x", "y", "z")
    assert vectors_of(task, "output").values.equal(2 * torch.eye(3))
    assert vectors_of(task, "both").values.shape == (3, 6)
    for which, name, other in (("input", "x", "output"), ("output", "a", "input")):
        with pytest.raises(UserError, match=f"'{name}' is not among the 3 names of these vectors; try vectors={other}"):
            vectors_of(task, which).index(name)
    embedding = Network(RNN(vocab_size=4, out_features=2, embedding=2), identity, masked=True)
    assert embedding.vectors() is embedding.model.embedding.weight
    with pytest.raises(UserError, match="unknown vectors 'outputs'; did you mean 'output'"):
        net.vectors("outputs")
    with pytest.raises(UserError, match="vectors=sum: RNN has only input vectors"):
        embedding.vectors("sum")
    with pytest.raises(UserError, match="Linear has no vectors"):
        Network(Linear(in_features=2, out_features=1), identity, masked=False).vectors()
    with pytest.raises(UserError, match="has 4 input vectors, and the data has 3 names"):
        vectors_of(SimpleNamespace(net=embedding, spec=spec), "input")
    spec.vocabulary = ("a", "b", "a")
    with pytest.raises(UserError, match=r"cannot be named: .*'a' twice"):
        vectors_of(task, "input")
