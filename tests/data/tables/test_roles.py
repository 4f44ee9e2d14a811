"""What each column of a table is for."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from nnzoo.data.tables.roles import ColumnChoice, assign_roles
from nnzoo.errors import UserError

N = 6
FRAME = pd.DataFrame(
    {
        "customer_id": [f"c{i}" for i in range(N)],
        "age": np.arange(N) * 2.5,
        "region": list("nnssww"),
        "floor": np.arange(N) % 2,
        "risk": list("lhlhlh"),
    }
)


def roles(
    frame: pd.DataFrame = FRAME, targets: tuple[str, ...] = ("risk",), *, header: bool = True, **choice: Any
) -> Any:
    return assign_roles("a.csv", tuple(frame.columns), frame, targets, ColumnChoice(**choice), header=header)


def test_all_but_target_and_id_are_read() -> None:
    found = roles()
    assert found.inputs == ("age", "region", "floor")
    assert found.categories == {"region"}
    assert (found.ids, found.left_out) == (("customer_id",), ())


def test_columns_by_name_and_number() -> None:
    found = roles(columns=["floor", 2], id="customer_id", categorical=["floor"])
    assert found.inputs == ("floor", "age")
    assert found.categories == found.named == {"floor"}
    assert found.left_out == ("region",)
    found = roles(drop=["age", 1])
    assert (found.inputs, found.ids, found.left_out) == (("region", "floor"), (), ("age", "customer_id"))


@pytest.mark.parametrize("name", ["id", "ID", "index", "userId", "row", "order id", "order-id", "order_id", "uuid"])
@pytest.mark.parametrize("cells", [list(range(N)), [f"x{i}" for i in range(N)]], ids=["numbers", "text"])
def test_ids_are_detected_by_name(name: str, cells: list[Any]) -> None:
    found = roles(FRAME.drop(columns="customer_id").assign(**{name: cells}))
    assert found.ids == (name,)
    assert name not in found.inputs


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("id", [1, 1, 2, 3, 4, 5]),
        ("id", [1, 2, 3, 4, 5, None]),
        ("id", ["a", "b", "c", "d", "e", None]),
        ("id", [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]),
        ("paid", [1, 2, 3, 4, 5, 6]),
        ("grid", [1, 2, 3, 4, 5, 6]),
        ("key figure", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_columns_that_only_resemble_ids_are_inputs(name: str, cells: list[Any]) -> None:
    found = roles(FRAME.drop(columns="customer_id").assign(**{name: cells}))
    assert (found.ids, name in found.inputs) == ((), True)


@pytest.mark.parametrize("name", ["column 1", "Unnamed: 0"])
def test_an_unnamed_first_column_is_left_out(name: str) -> None:
    """The index that pandas writes."""
    frame = FRAME.drop(columns="customer_id")
    frame.insert(0, name, range(N))
    found = roles(frame)
    assert (found.ids, found.left_out) == ((), ("the unnamed first column",))
    assert name not in found.inputs
    assert name in roles(frame, columns=[1, 2]).inputs
    frame[name] = [0, 0, 1, 2, 3, 4]
    assert name in roles(frame).inputs


def test_numbers_of_columns_are_no_names() -> None:
    """Without a header nothing is known of what a column is."""
    frame = pd.DataFrame({str(i): range(N) for i in range(1, 4)})
    found = roles(frame, ("3",), header=False)
    assert (found.inputs, found.ids) == (("1", "2"), ())


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"columns": ["agee"]}, r"a\.csv: unknown column 'agee'; did you mean 'age'"),
        ({"drop": [9]}, r"a\.csv: there is no column 9; it has 5"),
        ({"drop": ["risk"]}, "column 'risk' is the target and in data.drop; it can have only one role"),
        ({"columns": ["risk", "age"]}, "column 'risk' is the target and in data.columns"),
        ({"id": "age", "columns": ["age"]}, "column 'age' is in data.id and in data.columns"),
        ({"id": "risk"}, "column 'risk' is the target and in data.id"),
        ({"categorical": ["x"]}, "unknown column 'x'"),
    ],
)
def test_choices_that_do_not_fit(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        roles(**choice)
    assert "\n" not in str(caught.value)
