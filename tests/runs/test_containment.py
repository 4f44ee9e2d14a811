"""A run writes into its own directory only."""

import os
from pathlib import Path
from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.containment import check_links, check_outputs


def test_links_inside_the_run_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "run" / "a.log").write_text("")
    (tmp_path / "run" / "b.log").symlink_to("a.log")
    (tmp_path / "link").symlink_to("run")
    check_links(tmp_path / "run")
    check_links(tmp_path / "link")


@pytest.mark.parametrize("name", ["metrics.csv", "run.lock", "checkpoints", "figures/a.png"])
@pytest.mark.parametrize("target", ["{0}/other", "../../other", "/dev/zero"])
def test_links_that_lead_out_are_refused(tmp_path: Path, name: str, target: str) -> None:
    place = tmp_path / "run" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(target.format(tmp_path))
    with pytest.raises(UserError, match="outside of the run directory; remove it first"):
        check_links(tmp_path / "run")


def test_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.csv")
    with pytest.raises(UserError, match=r"metrics\.csv is neither a file nor a folder"):
        check_links(tmp_path)


OUTSIDE: list[dict[str, Any]] = [
    {"logger": {"csv": {"save_dir": "/tmp"}}},
    {"logger": {"csv": {"save_dir": "logs"}}},
    {"logger": {"csv": {"name": "../../x"}}},
    {"logger": {"csv": {"version": "/tmp/x"}}},
    {"logger": {"mlflow": {"tracking_uri": "http://somewhere"}}},
    {"logger": {"other": {"options": [{"root": "~/x"}]}}},
    {"callbacks": {"best": {"dirpath": "elsewhere"}}},
    {"callbacks": {"best": {"filename": "a/../../../x"}}},
    {"callbacks": {"best": {"filename": "$HOME/x"}}},
    {"callbacks": {"best": {"dirpath": "s3://bucket"}}},
]
INSIDE: list[dict[str, Any]] = [
    {"logger": {"csv": {"save_dir": None, "name": "a", "flush_logs_every_n_steps": 1}}},
    {"callbacks": {"best": {"filename": "{epoch}-best", "monitor": "val/acc"}, "last": None}},
]


@pytest.mark.parametrize("changed", OUTSIDE)
def test_outputs_outside_are_given_again(tmp_path: Path, changed: dict[str, Any]) -> None:
    config = {"logger": {}, "callbacks": {}} | changed
    (section, nodes), *_ = changed.items()
    (name, settings), *_ = nodes.items()
    key = f"{section}.{name}.{next(iter(settings))}"
    for directory in (tmp_path, None):
        with pytest.raises(UserError, match=rf"{key}.* of the saved run is '.*give it again"):
            check_outputs(config, set(), directory)
    if "options" not in settings:
        check_outputs(config, {key}, tmp_path)


@pytest.mark.parametrize("changed", INSIDE)
def test_outputs_inside(tmp_path: Path, changed: dict[str, Any]) -> None:
    check_outputs({"logger": {}, "callbacks": {}} | changed, set(), None)


def test_absolute_paths_inside_the_run(tmp_path: Path) -> None:
    config: dict[str, Any] = {"logger": {}, "callbacks": {"best": {"dirpath": str(tmp_path / "run" / "checkpoints")}}}
    check_outputs(config, set(), tmp_path / "run")
    for directory in (None, tmp_path / "ru"):
        with pytest.raises(UserError, match=r"callbacks\.best\.dirpath"):
            check_outputs(config, set(), directory)


def test_files_that_vanish_while_another_process_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.walk", lambda folder: [(str(folder), [], [".last.ckpt.123"])])
    check_links(tmp_path)
