"""Overrides of `_target_` that replace a class in a config."""

from pathlib import Path

import pytest
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.saved import with_overrides
from omegaconf import OmegaConf

from tests.support.commands import exit_code

GRU = "nnzoo.layers.cells.gru.GRU"


def node(path: str, *overrides: str) -> object:
    found = OmegaConf.select(compose(overrides), path)
    return OmegaConf.to_container(found, resolve=True)


@pytest.mark.parametrize(
    "overrides",
    [
        [f"model.cell._target_={GRU}", "+model.cell.reset=after"],
        [f"+model.cell={{_target_: {GRU}, reset: after}}"],
        [f"++model.cell._target_={GRU}", "++model.cell.reset=after"],
    ],
)
def test_settings_of_the_replaced_class_are_dropped(overrides: list[str]) -> None:
    """Settings that the new class also has, such as hidden, are kept."""
    found = node("model.cell", "model=recurrent", "data=reber", *overrides)
    assert found == {"_target_": GRU, "_partial_": True, "hidden": 32, "reset": "after"}


def test_settings_are_dropped_for_networks_and_optimizers() -> None:
    linear = "nnzoo.models.linear.Linear"
    assert node("model", "model=mlp", f"model._target_={linear}") == {"_target_": linear, "bias": True}
    sgd = node("optimizer", "optimizer._target_=torch.optim.SGD", "optimizer.lr=0.5")
    assert sgd == {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.5, "weight_decay": 0.0}


def test_settings_are_dropped_for_optimizers_without_a_schema() -> None:
    rprop = node("optimizer", "optimizer._target_=torch.optim.Rprop")
    assert rprop == {"_target_": "torch.optim.Rprop", "_partial_": True, "lr": 0.001}
    unknown = node("optimizer", "optimizer._target_=torch.optim.Rpropp")
    assert set(unknown) > {"betas", "weight_decay"}  # type: ignore[arg-type]


def test_extra_settings_of_the_scheduler_are_kept() -> None:
    step = "torch.optim.lr_scheduler.StepLR"
    found = node("scheduler", "scheduler=plateau", f"scheduler._target_={step}", "scheduler.interval=step")
    assert found["interval"] == "step"  # type: ignore[index]


@pytest.mark.parametrize(
    "override", ["model.cell.activation=relu", "model.cell={activation: relu}", "++model.cell.activation=relu"]
)
def test_unknown_setting_of_an_override_is_refused(override: str) -> None:
    message = r"^unknown key 'model\.cell\.activation'; there are: hidden, reset$"
    with pytest.raises(UserError, match=message):
        compose(["model=recurrent", "data=reber", f"model.cell._target_={GRU}", override])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("${nothing}", "model.cell._target_: Interpolation key 'nothing' not found"),
        ("???", "model.cell._target_ must be given"),
        ("nothing.Much", "model.cell._target_ 'nothing.Much' is not allowed"),
    ],
)
def test_target_must_be_a_class(target: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(["model=recurrent", "data=reber", f"model.cell._target_={target}"])
    assert str(caught.value).startswith(message)


def test_new_setting_of_the_class_needs_a_plus() -> None:
    given = ["model=recurrent", "data=reber", f"model.cell._target_={GRU}"]
    with pytest.raises(UserError) as caught:
        compose([*given, "model.cell.hidden=3", "model.cell.reset=after"])
    assert str(caught.value) == "'model.cell.reset' is a new key of model.cell; +model.cell.reset=... adds it for GRU"
    with pytest.raises(
        UserError, match=r"^unknown key 'model\.cell\.actvation'; did you mean 'model\.cell\.activation'"
    ):
        compose([*given, "model.cell.actvation=relu"])


def test_user_defined_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All settings are kept if the class takes **settings."""
    own = "class Mine:\n    def __init__(self, in_features, hidden): ...\n"
    (tmp_path / "own_cells.py").write_text(own + own.replace("Mine", "Any").replace("hidden", "**settings"))
    monkeypatch.syspath_prepend(tmp_path)
    overrides = ("model=recurrent", "data=reber", "allow=[own_cells]")
    mine = node("model.cell", *overrides, "model.cell._target_=own_cells.Mine")
    assert mine == {"_target_": "own_cells.Mine", "_partial_": True, "hidden": 32}
    unknown = node("model.cell", *overrides, "model.cell._target_=own_cells.Any")
    assert unknown == {"_target_": "own_cells.Any", "_partial_": True, "hidden": 32, "activation": "tanh"}


def test_error_within_a_config_file_of_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "experiment"
    folder.mkdir()
    (folder / "mine.yaml").write_text("# @package _global_\ntrainer: {max_epoch: 3}\n")
    assert exit_code("train", "--config-dir", str(tmp_path), "experiment=mine") == 2
    error = capsys.readouterr().err
    assert error.startswith("nnzoo: In 'experiment/mine': ")
    assert "max_epoch" in error
    assert exit_code("train", "--config-dir", str(tmp_path), "experiment=mein") == 2
    assert "unknown experiment 'mein'; did you mean 'mine'?" in capsys.readouterr().err


def test_settings_are_dropped_when_a_run_is_rerun(tmp_path: Path) -> None:
    OmegaConf.save(compose(["model=recurrent", "data=reber", "model.cell.hidden=7"]), tmp_path / "config.yaml", True)
    config = with_overrides(RunDirectory(tmp_path), [f"model.cell._target_={GRU}"])
    assert config["model"]["cell"] == {"_target_": GRU, "_partial_": True, "hidden": 7}


def test_a_config_that_is_not_utf8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model" / "mine.yaml"
    file.parent.mkdir()
    file.write_bytes("defaults: [mlp]  # für\n".encode("latin-1"))
    assert exit_code("train", "--config-dir", str(tmp_path), "model=mine") == 2
    assert capsys.readouterr().err == f"nnzoo: {file} is not a UTF-8 text; save it as UTF-8\n"
