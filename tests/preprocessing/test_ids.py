"""Encoding of ids of users and items."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.errors import DataWarning, UserError
from nnzoo.files.tables import TableOptions
from nnzoo.preprocessing.ids import IdPreprocessing, ids_to_text, in_order
from nnzoo.preprocessing.restore import restore

FITTED = IdPreprocessing(
    columns=("who", "film"), names=("user", "item"), ids=(("1", "2", "10"), ("E.T.", "Nero")), unseen="refuse"
)
UNNAMED = IdPreprocessing(columns=("3", "1"), names=("user", "item"), ids=FITTED.ids, unseen="refuse", header=False)
PAIRS = [[1, 1], [3, 2]]


def mean(fitted: IdPreprocessing) -> IdPreprocessing:
    return fitted.reading({"unseen": "mean"})


@pytest.mark.parametrize(
    "raw",
    [
        pd.DataFrame({"film": ["E.T.", "Nero"], "stars": [1, 2], "who": [1, 10]}),
        pd.DataFrame({"who": [1.0, 10.0], "film": ["E.T.", "Nero"]}),
        {"who": ["1", "10"], "film": ["E.T.", "Nero"]},
        [{"who": 1, "film": "E.T."}, {"who": 10, "film": "Nero"}],
        [("1", "E.T."), ("10", "Nero")],
        np.array([["1", "E.T."], ["10", "Nero"]], dtype=object),
    ],
)
def test_encode_objects_from_python(raw: Any) -> None:
    found = FITTED.encode(raw)
    assert found.x.tolist() == PAIRS
    assert found.x.dtype == torch.int64
    assert found.mask is None
    assert list(found.names) == ["who", "film"]
    assert list(map(str, found.names["film"])) == ["E.T.", "Nero"]


def test_single_row() -> None:
    assert FITTED.encode(("10", "E.T.")).x.tolist() == [[3, 1]]


def test_numbers_as_ids() -> None:
    numbers = IdPreprocessing(columns=("user", "item"), names=("user", "item"), ids=(("1", "2"), ("5", "7")))
    assert numbers.encode(np.array([[2, 5], [1, 7]])).x.tolist() == [[2, 1], [1, 2]]
    assert numbers.encode(torch.tensor([[2.0, 5.0]])).x.tolist() == [[2, 1]]
    assert numbers.sizes == (3, 3)


@pytest.mark.parametrize(
    ("name", "text", "fitted"),
    [
        ("a.csv", "film,who\nE.T.,1\nNero,10\n", FITTED),
        ("a.tsv", "when\twho\tfilm\n5\t1\tE.T.\n5\t10\tNero\n", FITTED),
        ("a.csv", "E.T.;4;1\nNero;5;10\n", UNNAMED),
        ("a.csv", "1,E.T.\n10,Nero\n", UNNAMED),
    ],
)
def test_files(tmp_path: Path, name: str, text: str, fitted: IdPreprocessing) -> None:
    path = tmp_path / name
    path.write_text(text)
    (found,) = fitted.read(path)
    assert found.x.tolist() == PAIRS
    assert list(found.names) == (["who", "film"] if fitted.header else ["user", "item"])


def test_arrays_in_files(tmp_path: Path) -> None:
    numbers = IdPreprocessing(columns=("user", "item"), names=("user", "item"), ids=(("1", "2"), ("5", "7")))
    np.save(tmp_path / "a.npy", np.array([[2, 5], [1, 7]]))
    (found,) = numbers.read(tmp_path / "a.npy")
    assert found.x.tolist() == [[2, 1], [1, 2]]


def test_frame_with_role_names_after_training_without_header() -> None:
    assert UNNAMED.encode(pd.DataFrame({"item": ["Nero"], "user": [2]})).x.tolist() == [[2, 2]]


def test_unknown_ids_are_encoded_as_0_with_a_warning() -> None:
    raw = pd.DataFrame({"who": ["1", "Zoe", "Zoe"], "film": ["Nero", "E.T.", "Up"]})
    with pytest.warns(DataWarning) as notes:
        found = mean(FITTED).encode(raw)
    assert found.x.tolist() == [[1, 2], [0, 1], [0, 0]]
    assert found.names["unseen"] == ["", "user", "user item"]
    assert [str(each.message) for each in notes] == [
        "row 2, column who: user 'Zoe' is not in the training data; 2 rows are predicted for an average user",
        "row 3, column film: item 'Up' is not in the training data; 1 row is predicted for an average item",
    ]


def test_unknown_names_of_other_data_are_never_averaged() -> None:
    """The data of nodes and words has no setting `unseen`."""
    nodes = IdPreprocessing(columns=("node",), names=("node",), ids=(("Anna", "Bert"),), unseen="refuse")
    with pytest.raises(UserError) as caught:
        nodes.encode(["Ana"])
    assert str(caught.value) == "row 1, column 1: node 'Ana' is not in the training data; did you mean 'Anna'?"


def test_text_and_codes_are_not_numbers() -> None:
    with pytest.raises(UserError, match=r"row 1, column 1: user '01' is not in the training data"):
        FITTED.encode([("01", "Nero")])


def test_unknown_ids_are_refused_with_their_location(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("who,film\n1,Nero\n2,Nerro\n")
    with pytest.raises(UserError) as caught:
        list(FITTED.read(path))
    assert str(caught.value) == (
        f"{path}, line 3, column film: item 'Nerro' is not in the training data; "
        "data.unseen=mean predicts an average item; did you mean 'Nero'?"
    )


@pytest.mark.parametrize(
    ("fitted", "raw", "message"),
    [
        (FITTED, {"who": ["1"], "fil": ["Nero"]}, "the input has no column 'film', which the network reads; did you"),
        (FITTED, {"a": ["1"], "b": ["Nero"]}, "has no column 'who', which the network reads; its columns are a, b"),
        (FITTED, [(1, 2, 3)], "the input has 3 columns; the network takes 2, user, item"),
        (UNNAMED, [("1",)], "the input has 1 column; the network takes 2, user, item"),
        (FITTED, np.zeros((2, 2, 2)), r"the input has shape \(2, 2, 2\); the network takes \(B, 2\)"),
        (FITTED, {"who": ["1", None], "film": ["Nero", "Nero"]}, "row 2, column who: the user is missing"),
    ],
)
def test_unsuitable_input_is_refused(fitted: IdPreprocessing, raw: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        fitted.encode(raw)


def test_settings() -> None:
    changed = FITTED.reading({"separator": ";", "unseen": "mean"})
    assert (changed.options, changed.unseen) == (TableOptions(separator=";"), "mean")
    with pytest.raises(UserError, match=r"unknown setting of a file 'data\.sep'"):
        FITTED.reading({"sep": ";"})
    with pytest.raises(UserError, match=r"unknown data\.unseen 'zero'; one of: mean, refuse"):
        FITTED.reading({"unseen": "zero"})


def test_to_dict_is_plain_data(tmp_path: Path) -> None:
    for fitted in (FITTED, UNNAMED):
        torch.save(fitted.to_dict(), tmp_path / "fitted")
        assert restore(torch.load(tmp_path / "fitted", weights_only=True)) == fitted


def test_in_order() -> None:
    assert in_order(["10", "9", "9", "1"]) == ("1", "9", "10")
    assert in_order(["b", "10", "9"]) == ("10", "9", "b")
    assert ids_to_text(pd.Series([1.0, 2.5])).tolist() == ["1", "2.5"]


def test_files_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.preprocessing.ids.PIECE", 32)
    path = tmp_path / "a.csv"
    path.write_text("film,who\nE.T.,1\nNero,10\nNero,2\n")
    first, second = FITTED.read(path)
    assert (first.x.tolist(), second.x.tolist()) == (PAIRS, [[2, 2]])
    path.write_text("film,who\nE.T.,1\nNero,10\nNero,2\nUp,2\n")
    with pytest.raises(UserError, match=r"line 5, column film: item 'Up' is not"):
        list(FITTED.read(path))


def test_a_file_without_header_after_training_with_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,E.T.\n10,Nero\n")
    (found,) = FITTED.reading({"header": False}).read(tmp_path / "a.csv")
    assert found.x.tolist() == PAIRS
    assert list(found.names) == ["who", "film"]


def test_other_settings_do_not_change_how_unknown_ids_are_handled() -> None:
    assert FITTED.reading({"separator": ";"}).unseen == "refuse"
    assert mean(FITTED).reading({"separator": ";"}).unseen == "mean"


def test_one_of_the_columns() -> None:
    assert UNNAMED.only(0) == IdPreprocessing(
        columns=("3",), names=("user",), ids=(("1", "2", "10"),), unseen="refuse", header=False
    )
    items = UNNAMED.only(1)
    assert (items.columns, items.names, items.ids) == (("1",), ("item",), (("E.T.", "Nero"),))
    assert items.encode(["Nero", "E.T."]).x.tolist() == [[2], [1]]


def test_columns_by_position_must_exist() -> None:
    rows = [("E.T.", 4, "1"), ("Nero", 5, "10")]
    assert UNNAMED.encode(rows).x.tolist() == PAIRS
    fourth = IdPreprocessing(columns=("4", "1"), names=UNNAMED.names, ids=UNNAMED.ids, header=False)
    with pytest.raises(UserError, match="the input has 3 columns; the network takes 2, user, item"):
        fourth.encode(rows)
