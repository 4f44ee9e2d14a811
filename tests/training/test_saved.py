"""Saved configs, and the locations of their data."""

from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.saved import as_text, is_file, set_locations
from omegaconf import OmegaConf


@pytest.mark.parametrize(
    "text", ["plain", "${oc.env:HOME}", r"\${x}", r"\\${x}", "a${b}c${d}", "$x", "{x}", "a\\", "\\", "${", "???x"]
)
def test_texts_of_a_saved_config_stay_as_they_are(text: str) -> None:
    config = {"a": text, "b": [text, {"c": text}], "d": (text, 1), "e": None}
    found = OmegaConf.to_container(OmegaConf.create(as_text(config)), resolve=True)
    assert found == {"a": text, "b": [text, {"c": text}], "d": [text, 1], "e": None}


@pytest.mark.parametrize(
    ("target", "expected"),
    [("y.npy", True), ("Y.NPY", True), ("y", False), ("npy", False), (["a", "b.npy"], False), (None, False)],
)
def test_targets_in_a_file(target: object, expected: bool) -> None:
    assert is_file(target) is expected


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "run")


def locate(run: RunDirectory, node: dict[str, Any], *overrides: str, source: Any = None) -> dict[str, Any]:
    config = {"data": {"_target_": "nnzoo.data.tables.array.Array", **node}}
    set_locations(run, config, overrides, source)
    found: dict[str, Any] = config["data"]
    return found


def test_given_locations(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Existing files have a full path, so that the run can be used from another folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("moved=1.csv", "y.npy"):
        (tmp_path / name).touch()
    node = {"path": "/gone/a.npy", "target": "/gone/y.npy"}
    found = locate(run, node, "data.path=moved=1.csv", "data.target=y.npy")
    assert (found["path"], found["target"]) == (str(tmp_path / "moved=1.csv"), str(tmp_path / "y.npy"))
    assert locate(run, {"path": "/gone/a.csv", "target": "y"}, "data.path=nosuch.csv")["path"] == "nosuch.csv"
    assert locate(run, {"root": "/gone"}, f"data.root={tmp_path}")["root"] == str(tmp_path)


@pytest.mark.parametrize(
    ("node", "overrides", "message"),
    [
        ({"path": "a.csv", "target": "y"}, ["data.target=z"], "'data.target=z': only data.path can be set here"),
        (
            {"path": "a.npy", "root": None, "target": "y.npy"},
            ["seed=1"],
            "'seed=1': only data.path and data.root and data.target can be set here",
        ),
        ({}, ["data.path=a.csv"], "'data.path=a.csv': nothing can be set here"),
        (
            {"path": "a.npy", "target": "y.npy"},
            ["data.path=b.npy"],
            "b.npy has its targets in another file; set data.target=FILE as well",
        ),
        (
            {"root": "/gone"},
            [],
            "the folder of the run's data, /gone, no longer exists; set data.root=... to its new location",
        ),
        (
            {"path": "/gone/a.csv"},
            [],
            "the data of the run, /gone/a.csv, no longer exists; set data.path=... to its new",
        ),
    ],
)
def test_locations_that_are_refused(
    run: RunDirectory, node: dict[str, Any], overrides: list[str], message: str
) -> None:
    with pytest.raises(UserError) as error:
        locate(run, node, *overrides)
    assert str(error.value).startswith(message)


def test_data_from_python_replaces_the_path(run: RunDirectory) -> None:
    assert locate(run, {"path": "/gone/a.csv"}, source=object())["path"] is None
    for node, overrides in (({"path": "a.csv"}, ["data.path=b.csv"]), ({"root": None}, [])):
        with pytest.raises(UserError, match=r"^data=\.\.\. is for runs on data of your own, and replaces data\.path$"):
            locate(run, node, *overrides, source=object())


def test_data_from_python_is_passed_again_unless_the_run_has_a_copy(run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"run \S+run\S* was trained on data from Python; pass the same data as data="):
        locate(run, {"path": None})
    assert locate(run, {"_target_": "own.Data", "path": None})["path"] is None
    run.data_copy.touch()
    assert locate(run, {"path": None})["path"] == str(run.data_copy.resolve())
    assert locate(run, {"path": "/gone/a.csv"})["path"] == str(run.data_copy.resolve())
    table = tmp_path / "a.csv"
    table.touch()
    assert locate(run, {"path": str(table)})["path"] == str(table)
