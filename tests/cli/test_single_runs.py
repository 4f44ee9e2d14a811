"""Single runs are composed without Hydra's own settings, unless they are used."""

from argparse import Namespace
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hydra.types import RunMode
from nnzoo.cli import hydra_app
from nnzoo.config.composition import compose_unchecked
from omegaconf import DictConfig

from tests.support.commands import exit_code

RUN = ["model=linear", "data=xor"]


class Runs:
    """Records the runs that a command would perform, with their overrides, and which of them Hydra launched."""

    def __init__(self) -> None:
        self.configs: list[tuple[dict[str, Any], list[str]]] = []
        self.launched: list[list[str]] = []

    def run(self, whole: DictConfig, config: DictConfig, *, resume: bool) -> int:
        self.configs.append(hydra_app.checked_config(whole, config))
        return 0


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    found = Runs()
    launch = hydra_app.launch

    def record(args: list[str], flags: Namespace, keys: Collection[str], *, resume: bool) -> tuple[bool, int]:
        found.launched.append(args)
        return launch(args, flags, keys, resume=resume)

    monkeypatch.setattr(hydra_app, "run_single", found.run)
    monkeypatch.setattr(hydra_app, "launch", record)
    return found


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["model=mlp", "data=iris", "model.hidden=[3,4]", "++optimizer.lr=0.2", "~callbacks.figures"],
        ["experiment=aggarwal/vae_samples", "seed=3", "output_dir=a=b"],
    ],
    ids=["defaults", "values", "experiment"],
)
def test_the_config_is_that_of_hydra(overrides: list[str], runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code("train", *overrides) == 0
    assert runs.launched == []
    monkeypatch.setattr(hydra_app, "compose_single", lambda flags: None)
    assert exit_code("train", *overrides) == 0
    assert len(runs.launched) == 1
    assert runs.configs[0] == runs.configs[1]


@pytest.mark.parametrize(
    "args",
    [
        ["hydra.verbose=false"],
        ["+hydra.more=1"],
        ["hydra/job_logging=none"],
        ["output_dir=${hydra:runtime.cwd}"],
        ["--config-dir", "."],
    ],
    ids=lambda args: args[0],
)
def test_settings_and_flags_of_hydra_are_for_hydra(args: list[str], runs: Runs, tmp_path: Path) -> None:
    assert exit_code("train", *RUN, *args) == 0
    assert len(runs.configs) == len(runs.launched) == 1
    assert runs.configs[0][0]["output_dir"] in ("outputs", str(Path.cwd()))


def test_settings_of_hydra_in_a_config_file(tmp_path: Path) -> None:
    folder = tmp_path / "experiment"
    folder.mkdir()
    (folder / "grid.yaml").write_text("# @package _global_\nhydra: {mode: MULTIRUN}\n")
    assert compose_unchecked(["experiment=grid"], tmp_path).hydra.mode == RunMode.MULTIRUN
    assert compose_unchecked(RUN).hydra.keys() == {"runtime", "overrides"}
