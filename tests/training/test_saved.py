"""Saved configs, and the locations of their data."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from nnzoo.config.compose import compose
from nnzoo.config.schema import Config
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.saved import as_text, is_file, plain, set_locations, validated, with_overrides, with_types
from omegaconf import OmegaConf


@pytest.mark.parametrize(
    "text", ["plain", "${oc.env:HOME}", r"\${x}", r"\\${x}", "a${b}c${d}", "$x", "{x}", "a\\", "\\", "${", "???x"]
)
def test_texts_of_a_saved_config_stay_as_they_are(text: str) -> None:
    config = {"a": text, "b": [text, {"c": text}], "d": (text, 1), "e": None}
    found = OmegaConf.to_container(OmegaConf.create(as_text(config)), resolve=True)
    assert found == {"a": text, "b": [text, {"c": text}], "d": [text, 1], "e": None}


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=mlp", "data=iris", "transforms=[standardize]"],
        ["model=autoencoder", "optimizer=sgd", "scheduler=step", "evaluate=[val, test]"],
        ["experiment=aggarwal/vae_samples", "trainer.max_steps=3", "trainer.accumulate_grad_batches=2"],
    ],
    ids=["table", "images", "experiment"],
)
def test_a_saved_config_has_the_values_and_types_of_one_that_omegaconf_merges(overrides: list[str]) -> None:
    config = plain(compose(overrides))
    merged = OmegaConf.merge(OmegaConf.structured(Config), as_text(config))
    assert plain(with_types(as_text(config))) == config == plain(merged)
    assert metadata(with_types(as_text(config))) == metadata(merged)


def metadata(node: Any) -> Any:
    """Return the types of a node and of those in it, by key."""
    value = node._value()
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    known = (node._metadata.ref_type, node._metadata.object_type, node._metadata.optional)
    return type(node), known, [(key, metadata(part)) for key, part in parts]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"seed": "a"}, "seed: Value 'a' of type 'str' could not be converted to Integer"),
        ({"seed": None}, "seed: field 'seed' is not Optional"),
        ({"sed": 1}, "sed: Key 'sed' not in 'Config'"),
        ({"trainer": {"max_epochs": 2.5}}, "trainer.max_epochs: Value '2.5' of type 'float' could not be converted"),
        ({"trainer": {"epochs": 2}}, "trainer.epochs: Key 'epochs' not in 'Trainer'"),
        ({"transforms": [1]}, "transforms: Invalid type assigned: list is not a subclass of Dict[str, Any]"),
        ({"evaluate": "test"}, "evaluate: Invalid value assigned: str is not a ListConfig, list or tuple."),
    ],
    ids=str,
)
def test_damaged_configs_are_one_line_errors(changed: dict[str, Any], error: str) -> None:
    with pytest.raises(UserError) as found:
        validated({**plain(compose(["model=mlp", "data=iris"])), **changed})
    assert str(found.value).startswith(f"the config of the run is damaged: {error}")


def test_settings_that_are_missing_in_a_saved_config_have_their_defaults() -> None:
    config = plain(compose(["model=mlp", "data=iris", "seed=3"]))
    assert with_types({**config, "seed": "???"}).seed == 0
    del config["fold"]
    assert with_types(config).fold is None


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


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return {**plain(compose(["model=mlp", "data=array", "data.path=a.csv"])), "name": "${oc.env:HOME}"}


@pytest.fixture
def saved(run: RunDirectory, config: dict[str, Any]) -> RunDirectory:
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    return run


def test_single_values_of_a_saved_config_change(saved: RunDirectory, config: dict[str, Any]) -> None:
    assert with_overrides(saved, []) == config
    found = with_overrides(saved, ["model.hidden=[5]", "trainer.max_epochs=9", "data.val=0.25", "seed=1", "seed=2"])
    assert (found["model"]["hidden"], found["trainer"]["max_epochs"], found["data"]["val"]) == ([5], 9, 0.25)
    assert found["seed"] == 2
    changed = {"model", "trainer", "data", "seed"}
    assert {key: found[key] for key in found.keys() - changed} == {key: config[key] for key in config.keys() - changed}
    assert with_overrides(saved, ["allow=[a]", "allow=[b]"])["allow"] == ["b"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+model.more=3", r"^'\+model\.more=3': only single values of a run can change, as key=value$"),
        ("~model.hidden", "^'~model.hidden': only single values of a run can change"),
        ("seed=1,2", "^'seed=1,2': only single values of a run can change"),
        ("model=linear", "^'model=linear': a run keeps its model; only single values can change$"),
        ("model.hiden=[3]", r"^unknown key .model\.hiden.; did you mean .model\.hidden.[?]$"),
        ("seed=x", "^'seed=x': "),
        ("seed=-1", "^seed is -1; "),
    ],
)
def test_other_changes_of_a_saved_config_are_refused(saved: RunDirectory, override: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        with_overrides(saved, [override])


def test_a_saved_config_is_not_trusted(config: dict[str, Any]) -> None:
    assert validated({**config, "allow": ["evil"]})["allow"] == []
    assert validated({**config, "allow": ["evil"]}, ["mine"])["allow"] == ["mine"]
    assert plain(validated(config))["name"] == "${oc.env:HOME}"
    with pytest.raises(UserError, match=r"^the config of the run is damaged: .*"):
        validated({**config, "seed": "x"})
    with pytest.raises(UserError, match="allow is 5; it takes a list"):
        validated(config, 5)  # type: ignore[arg-type]


def test_targets_of_earlier_versions_are_not_scaled(config: dict[str, Any]) -> None:
    data = {key: value for key, value in config["data"].items() if key != "standardize_target"}
    assert "standardize_target" in config["data"]
    assert validated({**config, "data": data})["data"]["standardize_target"] is False
    for value in (True, False):
        kept = validated({**config, "data": {**data, "standardize_target": value}})
        assert kept["data"]["standardize_target"] is value
    other = {"_target_": "nnzoo.data.tables.bundled.Iris"}
    assert "standardize_target" not in validated({**config, "data": other})["data"]
