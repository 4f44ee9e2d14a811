"""Evaluations of word vectors, after training and during it."""

import csv

import nnzoo
import pytest
from nnzoo.text.analogies import answer, read_questions
from nnzoo.text.word_pairs import compare, read_pairs

from tests.support.commands import exit_code

TEXT = "the cat saw the dog .\na dog saw the cat .\nthe mouse ran .\na cat ran to the dog .\n" * 20
QUESTIONS = ": one\nthe a cat dog\nTHE a dog cat\n: gram1\nsaw ran the to\nking queen man woman\n"
PAIRS = "the\ta\t3\ncat\tdog\t5\nran\tsaw\t2\nto\tmouse\t1\nking\tqueen\t9\n"
NETWORK = ("data=word_text", "loader.batch_size=4", "model=rnn", "model.hidden=4", "model.embedding=3")
BOTH = "evaluations=[analogies,word_similarity]"
QUICK = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "~callbacks.best")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluations")
    (folder / "text.txt").write_text(TEXT)
    (folder / "questions.txt").write_text(QUESTIONS)
    (folder / "pairs.tsv").write_text(PAIRS)
    return folder


@pytest.fixture(scope="module")
def settings(folder):
    return (
        *NETWORK,
        *QUICK,
        f"data.path={folder / 'text.txt'}",
        BOTH,
        f"evaluations.analogies.path={folder / 'questions.txt'}",
        f"evaluations.word_similarity.path={folder / 'pairs.tsv'}",
        f"output_dir={folder}",
    )


@pytest.fixture(scope="module")
def run(settings):
    return nnzoo.train(
        *settings,
        "trainer.max_epochs=2",
        "callbacks=[epoch_evaluations,neighbors]",
        "callbacks.epoch_evaluations.every_n_epochs=2",
        "callbacks.neighbors.words=[cat,the]",
        "callbacks.neighbors.top=2",
    )


def test_metrics_are_those_of_the_vectors(run, folder):
    metrics = run.metrics["test/last"]
    vectors = nnzoo.load(run.directory, which="last").vectors()
    answers = answer(vectors, read_questions(folder / "questions.txt"))
    assert metrics["analogy_acc"] == answers.accuracy()
    assert metrics["semantic_acc"] == answers.accuracy(syntactic=False)
    assert metrics["syntactic_acc"] == answers.accuracy(syntactic=True)
    assert (metrics["analogies_answered"], metrics["analogies_left_out"]) == (3, 1)
    agreement = compare(vectors, read_pairs(folder / "pairs.tsv"))
    assert metrics["word_similarity"] == pytest.approx(agreement.correlation)
    assert (metrics["pairs_compared"], metrics["pairs_left_out"]) == (4, 1)
    assert nnzoo.evaluate(run.directory)["test/last"] == pytest.approx(metrics)


def test_relative_paths_work_from_any_directory(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "vectors.txt").write_text("cat 1 2 3\ndog 4 5 6\n")
    paths = ("data.path=text.txt", "vectors=vectors.txt", "evaluations.analogies.path=questions.txt")
    given = (*NETWORK, *QUICK, *paths, "evaluations=analogies", "trainer.max_epochs=1", "logger=none")
    run = nnzoo.train(*given, output_dir=folder)
    monkeypatch.chdir(tmp_path)
    assert nnzoo.evaluate(run.directory)["test/last"] == pytest.approx(run.metrics["test/last"])
    assert nnzoo.resume(run.directory, "trainer.max_epochs=2").status == "done"


def test_curves(run):
    with (run.directory / "metrics.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["val/word_similarity"] for row in rows] == ["", str(run.metrics["test/last"]["word_similarity"])]
    assert rows[1]["val/analogy_acc"] == str(run.metrics["test/last"]["analogy_acc"])


def test_neighbors_by_epoch(run):
    text = (run.directory / "neighbors.txt").read_text()
    assert text.count("After epoch") == 2
    last = [line.split() for line in text.splitlines() if line][-3:]
    assert last[0] == ["word", "1", "2"]
    for word, row in zip(("cat", "the"), last[1:], strict=True):
        found = nnzoo.neighbors(run.directory, word, top=2, which="last")
        assert row == [word, *(cell for each in found for cell in (each.name, f"{each.similarity:.2f}"))]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["evaluations.analogies.vectors=output"], "vectors=output: RNN has only input vectors"),
        (["evaluations.analogies.path=question.txt", "evaluations.analogies.root={0}"], "did you mean 'questions.txt'"),
        (["evaluations.analogies.path={0}/pairs.tsv"], "line 1: 3 words; a question has 4"),
        (["evaluations.analogies.path={0}/unknown.txt"], "all 1 questions in"),
        (["evaluations.word_similarity.path={0}/few.tsv"], "1 of the 2 pairs in"),
        (["model=linear", "~evaluations.word_similarity"], "has no vectors of words or nodes"),
        (["callbacks=neighbors", "callbacks.neighbors.words=[catt]"], "callbacks.neighbors: 'catt' is not among the"),
        (["callbacks=neighbors", "callbacks.neighbors.top=0"], "callbacks.neighbors: top is 0; it must be at least 1"),
        (["callbacks=epoch_evaluations", "~evaluations"], "has no effect without evaluations"),
        (
            ["callbacks=epoch_evaluations", "callbacks.epoch_evaluations.every_n_epochs=0"],
            "every_n_epochs is 0; it must be at least 1",
        ),
    ],
)
def test_what_does_not_fit_is_refused(settings, folder, overrides, message, capsys):
    (folder / "unknown.txt").write_text(": one\na b c d\n")
    (folder / "few.tsv").write_text("the\ta\t1\nthe\tking\t2\n")
    given = [line for line in settings if "~evaluations" not in overrides or "evaluations" not in line]
    named = {line.partition("=")[0] for line in overrides}
    given = [line for line in given if line.partition("=")[0] not in named and not line.startswith("~callbacks")]
    if "model=linear" in overrides:
        given = [line for line in given if not line.startswith(("model", "evaluations.word"))]
    before = {*folder.iterdir()}
    assert exit_code("train", *given, *(line.format(folder) for line in overrides)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert {*folder.iterdir()} == before


def test_pairs_by_the_count_of_the_rarer_word(folder):
    """The rarer words of the pairs occur 40, 60, 40 and 20 times in the whole text, a few times less in training."""
    path = f"evaluations.word_similarity.path={folder / 'pairs.tsv'}"
    text = ("model=cbow", "model.dimension=3", "data=corpus", f"data.path={folder / 'text.txt'}", "data.min_count=1")
    settings = (*text, "data.subsample=null", *QUICK, "evaluations=word_similarity", path, "trainer.max_epochs=1")
    compared = []
    for bounds in ((), ("max_count=45",), ("min_count=30",), ("min_count=30", "max_count=45")):
        further = [f"evaluations.word_similarity.{each}" for each in bounds]
        result = nnzoo.train(*settings, *further, f"output_dir={folder}")
        compared.append(result.metrics["test/last"]["pairs_compared"])
    assert compared == [4, 3, 3, 2]


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (("min_count=9", "max_count=8"), "min_count is 9; it must be at most max_count, 8"),
        (("min_count=1",), "min_count and max_count need the counts of the words, which data=corpus has"),
    ],
)
def test_wrong_bounds_of_counts(settings, bounds, message, capsys):
    assert exit_code("train", *settings, *(f"evaluations.word_similarity.{each}" for each in bounds)) == 2
    assert message in capsys.readouterr().err
