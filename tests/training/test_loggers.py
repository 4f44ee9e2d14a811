from inspect import signature
from pathlib import Path

import nnzoo
import pytest
import pytorch_lightning.loggers
from nnzoo import api
from nnzoo.config import packages
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.loggers import PROGRAMS, Program, build_logger, check_loggers, hyperparameters

from tests.support.loggers import KeptLogger

FAST = ("trainer.max_epochs=2", "trainer.accelerator=cpu", "callbacks=none", "logger=none", "evaluate=[val]")


def test_another_logger_gets_metrics_and_once_the_config(tmp_path):
    KeptLogger.made.clear()
    logger = "+logger.kept._target_=tests.support.loggers.KeptLogger"
    nnzoo.train("model=linear", "data=iris", *FAST, logger, "allow=[tests]", "seed=3", output_dir=tmp_path)
    (kept,) = KeptLogger.made
    (params,) = kept.params
    assert params["model"] == "linear"
    assert params["data"] == "iris"
    assert params["seed"] == 3
    assert params["trainer.max_epochs"] == 2
    assert all(isinstance(value, bool | int | float | str) for value in params.values())
    assert len(kept.metrics["val/loss"]) == 2


def test_hyperparameters_are_flat_and_plain():
    config = {
        "choices": {"model": "mlp", "penalties": None, "logger": "wandb"},
        "model": {"_target_": "nnzoo.models.mlp.MLP", "hidden": [8, 4], "dropout": 0.5, "norm": None},
        "trainer": {"max_steps": float("inf")},
        "logger": {"wandb": {"project": "nnzoo"}},
        "output_dir": "outputs",
    }
    assert hyperparameters(config) == {
        "model": "mlp",
        "model.hidden": "[8, 4]",
        "model.dropout": 0.5,
        "trainer.max_steps": "inf",
    }


@pytest.mark.parametrize("name", ["mlflow", "wandb"])
def test_a_logger_of_another_program_comes_on_top_of_ours(name, monkeypatch, tmp_path):
    config = api.plain(compose(["data=iris", f"logger={name}"]))
    assert list(config["logger"]) == ["tensorboard", "history", name]
    node = config["logger"][name]
    program = PROGRAMS[node["_target_"]]
    given = {key: value for key, value in node.items() if key != "_target_"}
    given |= program.arguments(RunDirectory(Path("outputs/iris/mlp")))
    assert "mlp" in given.values(), "the name of the run"
    assert "outputs/iris" in " ".join(map(str, given.values())), "written next to the runs"
    accepted = signature(getattr(pytorch_lightning.loggers, node["_target_"].rpartition(".")[2])).parameters
    assert given.keys() <= accepted.keys()
    monkeypatch.setattr(packages, "is_installed", lambda each: False)
    with pytest.raises(UserError, match=rf"^logger\.{name} needs {name}: pip install {name}$"):
        nnzoo.train("model=linear", "data=iris", *FAST[:3], f"logger={name}", output_dir=tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(packages, "is_installed", lambda each: True)
    check_loggers(config)


def test_wandb_is_offline_and_mlflow_local():
    wandb, mlflow = (api.plain(compose([f"logger={name}"]))["logger"][name] for name in ("wandb", "mlflow"))
    assert wandb["offline"] is True
    assert mlflow["tracking_uri"] is None
    filled = PROGRAMS[mlflow["_target_"]].arguments(RunDirectory(Path("outputs/iris/mlp")))
    assert filled["tracking_uri"] == "sqlite:///outputs/iris/mlflow.db"


def test_a_class_that_is_no_logger() -> None:
    config = {"allow": ["tests"], "logger": {"none": None, "own": {"_target_": "tests.support.loggers.KeptLogger"}}}
    check_loggers(config)
    config["logger"]["own"] = {"_target_": "nnzoo.models.mlp.MLP"}
    with pytest.raises(
        UserError, match=r"^logger\.own is nnzoo\.models\.mlp\.MLP, which is not derived from .*Logger$"
    ):
        check_loggers(config)
    config["logger"] = {"own": {"_target_": "tests.support.loggers.KeptLogger"}}
    with pytest.raises(UserError, match="allow"):
        check_loggers({**config, "allow": []})


def test_arguments_of_loggers(tmp_path, monkeypatch):
    """What the config gives counts; null is filled in."""
    target = "tests.support.loggers.GivenLogger"
    program = Program("told", lambda run: {"run": run.path.name, "place": "here"})
    monkeypatch.setitem(PROGRAMS, target, program)
    config = {"allow": ["tests"], "choices": {}, "seed": 3}
    run = RunDirectory(tmp_path / "one")
    for given, expected in (({}, "here"), ({"place": None}, "here"), ({"place": "there"}, "there")):
        made = build_logger({"_target_": target, **given}, config, run, 2)
        assert made.arguments == ("one", expected)
        assert made.params == [{"seed": 3}]
    ours = build_logger({"_target_": "nnzoo.callbacks.history.History"}, config, run, 2)
    assert ours.save_dir == str(run.path)


def test_ours_continue_from_an_epoch(tmp_path):
    """Rows of later epochs are dropped."""
    (tmp_path / "metrics.csv").write_text("epoch,val/loss\n1,0.5\n2,0.25\n3,0.125\n")
    ours = build_logger({"_target_": "nnzoo.callbacks.history.History"}, {"allow": []}, RunDirectory(tmp_path), 2)
    ours.log_metrics({"val/loss": 0.75}, step=3)
    assert (tmp_path / "metrics.csv").read_text().splitlines()[1:] == ["1,0.5", "2,0.25", "3,0.75"]
