"""Arguments of commands."""

from pathlib import Path

import pytest
from nnzoo.cli.arguments import (
    allowed_packages,
    changes_allowed,
    parse_arguments,
    parse_flag,
    parse_list,
    parse_number,
    refuse_unknown,
)
from nnzoo.cli.run_arguments import parse_form, parse_names
from nnzoo.cli.teaching_arguments import check_picture, refuse_misspelled
from nnzoo.cli.vector_arguments import parse_question, parse_top, parse_words
from nnzoo.errors import UserError


def test_pairs_with_known_keys() -> None:
    args = ["run=a=b", "other=1", "run", "input=", "run=c"]
    assert parse_arguments(args, ("run", "input"), ("run",)) == ({"run": "c", "input": ""}, ["other=1", "run"])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "run=... is required"),
        (["run="], "run=... is required"),
        (["input=1", "outputs/a", "b"], "run=... is required; cannot use 'outputs/a'"),
    ],
)
def test_required_keys(args: list[str], message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_arguments(args, ("run", "input"), ("run",))
    assert str(error.value) == message


def test_other_keys() -> None:
    refuse_unknown([], ("run",))
    with pytest.raises(UserError, match=r"^unknown argument 'inptu'; did you mean 'input'\?$"):
        refuse_unknown(["inptu=input", "b"], ("run", "input"))


def test_numbers() -> None:
    assert parse_number("top", "-3", int) == -3
    assert parse_number("lr", "1e-3", float) == 0.001
    with pytest.raises(UserError, match=r"^top is '3\.5'; it takes an integer$"):
        parse_number("top", "3.5", int)
    with pytest.raises(UserError, match=r"^lr is 'a'; it takes a number$"):
        parse_number("lr", "a", float)


def test_truth_values() -> None:
    assert parse_flag("force", "true") is True
    assert parse_flag("force", "false") is changes_allowed({}) is False
    assert changes_allowed({"allow_changed_data": "true"})
    with pytest.raises(UserError, match=r"^force is 'True'; it takes true or false$"):
        parse_flag("force", "True")


@pytest.mark.parametrize("text", ["[a,b c]", "a,b c", " a , b c,", "[a, b c]"])
def test_lists(text: str) -> None:
    assert parse_list(text) == ["a", "b c"]
    assert allowed_packages({"allow": text}) == ["a", "b c"]
    assert parse_list("[]") == allowed_packages({}) == []


def test_forms_of_the_output() -> None:
    known = ("--json", "--csv")
    assert parse_form(["a", "--csv", "b"], known) == ("--csv", ["a", "b"])
    assert parse_form(["a", "--csv", "--csv"], known) == ("--csv", ["a"])
    assert parse_form(["a"], known) == ("", ["a"])
    with pytest.raises(UserError, match=r"^choose one of --csv and --json$"):
        parse_form(["--csv", "--json"], known)
    with pytest.raises(UserError, match=r"^unknown argument '--jsn'; did you mean '--json'\?$"):
        parse_form(["--csv", "--jsn"], known)


def test_runs_and_their_directory() -> None:
    args = ["a", "output_dir=x", "lr<1", "tag=b"]
    assert parse_names(args, more=("tag",)) == (Path("x"), ["a", "lr<1"], {"output_dir": "x", "tag": "b"})
    assert parse_names(["a"])[0] == Path("outputs")
    with pytest.raises(UserError, match=r"^unknown argument '--tag'"):
        parse_names(["a", "--tag=b"], more=("tag",))


def test_questions_are_about_a_run_or_a_file() -> None:
    assert parse_question(["run=a", "word=b", "vectors=output", "top=3"], "word", "top") == {
        "run": "a",
        "word": "b",
        "vectors": "output",
        "top": "3",
    }
    assert parse_question(["file=a", "word=b"], "word") == {"file": "a", "word": "b"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["run=a"], "word=... is required"),
        (["word=a"], "give run=RUN or file=FILE, a file of vectors"),
        (["word=a", "run=a", "file=b"], "give run=RUN or file=FILE, not both"),
        (["word=a", "file=b", "vectors=sum"], "vectors=sum is for runs; leave it out with file=FILE"),
        (["word=a", "file=b", "checkpoint=last"], "checkpoint=last is for runs; leave it out with file=FILE"),
        (["word=a", "file=b", "allow=x"], "allow=x is for runs; leave it out with file=FILE"),
        (["word=a", "run=b", "tpo=3"], "unknown argument 'tpo'; did you mean 'top'?"),
    ],
)
def test_questions_that_are_refused(args: list[str], message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_question(args, "word", "top")
    assert str(error.value) == message


def test_words_of_a_question() -> None:
    assert parse_words({"words": "[king, queen]"}, 2) == ["king", "queen"]
    with pytest.raises(UserError, match=r"^words has 1 words; it takes 2, such as words=\[king,queen\]$"):
        parse_words({"words": "king"}, 2)
    with pytest.raises(UserError, match=r"^words has 4 words; it takes 3, such as words=\[man,king,woman\]$"):
        parse_words({"words": "a,b,c,d"}, 3)


def test_number_of_answers() -> None:
    assert parse_top({}) == 10
    assert parse_top({"top": "1"}) == 1
    with pytest.raises(UserError, match=r"^top is 0; it must be at least 1$"):
        parse_top({"top": "0"})


def test_misspelled_arguments_of_a_class() -> None:
    refuse_misspelled(["model=mlp", "trainer.stpes=3", "seed=1"], ("steps", "seeds"))
    with pytest.raises(UserError, match=r"^unknown argument 'stpes'; did you mean 'steps'\?$"):
        refuse_misspelled(["stpes=3"], ("steps",))


def test_files_of_pictures() -> None:
    for name in ("a.png", "a.PDF", "b/a.svg"):
        check_picture(name)
    with pytest.raises(UserError, match=r"^output is 'a\.jpg'; a picture is a file \.png, \.pdf or \.svg$"):
        check_picture("a.jpg")
