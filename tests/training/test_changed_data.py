"""Data that is not what a run was trained on."""

from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs.checkpoint import DataRecord
from nnzoo.training.changed_data import DataChanged, change_of, check_unchanged, suggesting_to_allow

DATA: Any = SimpleNamespace(has_digest=lambda digest: digest == "new", contents={})
SAME, OTHER = DataRecord("new", {}), DataRecord("old", {})


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"path": "a.csv", "root": "folder"}, "a.csv"),
        ({"path": None, "root": "folder"}, "folder"),
        ({"root": None}, "the data"),
        ({}, "the data"),
    ],
)
def test_the_change_names_the_data(settings: dict[str, Any], name: str) -> None:
    config = {"data": settings}
    assert change_of(DATA, config, SAME) is None
    check_unchanged(DATA, config, SAME)
    change = change_of(DATA, config, OTHER)
    assert change is not None
    assert change.startswith(f"{name} is not what the run was trained on: ")
    with pytest.raises(DataChanged) as error:
        check_unchanged(DATA, config, OTHER)
    assert str(error.value) == change
    with pytest.warns(DataWarning) as warned:
        called_by(config)
    assert str(warned[0].message) == change
    assert warned[0].filename == __file__


def called_by(config: dict[str, Any]) -> None:
    check_unchanged(DATA, config, OTHER, allowed=True)


def test_the_setting_that_allows_it() -> None:
    with (
        pytest.raises(DataChanged, match=r"^changed; set allow_changed_data=true to use it anyway$"),
        suggesting_to_allow(),
    ):
        raise DataChanged("changed")
    with pytest.raises(UserError, match=r"^other$"), suggesting_to_allow():
        raise UserError("other")
