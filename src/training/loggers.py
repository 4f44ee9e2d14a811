"""Builds the loggers of a run: ours and those of Lightning for other programs."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pytorch_lightning.loggers import Logger

from ..config.instantiate import check_kind, instantiate, locate
from ..config.packages import require_packages
from ..runs.directory import RunDirectory
from ..runs.record import leaves
from ..runs.settings import Plain, plain

NOT_LOGGED = ("allow", "callbacks", "choices", "claim", "evaluate", "logger", "name", "output_dir")
"""Sections of the config that do not affect learning, and `choices`, whose entries are logged by themselves."""


class Program(NamedTuple):
    """A program to which a logger of Lightning writes.

    package: the package that it needs; arguments: of the constructor, by run, where the config does not give them.
    """

    package: str
    arguments: Callable[[RunDirectory], dict[str, Any]]


PROGRAMS = {
    "pytorch_lightning.loggers.MLFlowLogger": Program(
        "mlflow",
        lambda run: {"run_name": run.path.name, "tracking_uri": f"sqlite:///{run.path.parent / 'mlflow.db'}"},
    ),
    "pytorch_lightning.loggers.WandbLogger": Program(
        "wandb", lambda run: {"name": run.path.name, "save_dir": str(run.path)}
    ),
}


def check_loggers(config: dict[str, Any]) -> None:
    """Raise UserError if a logger needs a package that is not installed, or is none."""
    for name, node in config["logger"].items():
        if node:
            check_kind(locate(node["_target_"], allow=config["allow"]), Logger, f"logger.{name}")
        if node and (program := PROGRAMS.get(node["_target_"])):
            require_packages([program.package], purpose=f"logger.{name}", install=program.package)


def build_logger(
    node: dict[str, Any], config: dict[str, Any], directory: RunDirectory, from_epoch: int | None
) -> Logger:
    """Return a logger for a run. from_epoch: the epoch from which the run is resumed.

    Ours write into the run directory and continue the logs of a resumed run. Others get the config as hyperparameters.
    """
    target = node["_target_"]
    ours = target.startswith("nnzoo.")
    given: dict[str, Any] = {}
    if ours:
        given = {"save_dir": str(directory.path), "from_epoch": from_epoch}
    elif target in PROGRAMS:
        given = PROGRAMS[target].arguments(directory)
    filled = {key: value for key, value in given.items() if node.get(key) is None}
    made: Logger = instantiate({**node, **filled}, allow=config["allow"])
    if not ours:
        made.log_hyperparams(hyperparameters(config))
    return made


def hyperparameters(config: dict[str, Any]) -> dict[str, Plain]:
    """Return a config as plain values by `group.key`, and the chosen option of each group by its name.

    None and `_target_` and the like are left out. Lists and non-finite numbers are strings.
    """
    learning = {key: value for key, value in config.items() if key not in NOT_LOGGED}
    values = {key: plain(value) for key, value in leaves(learning) if not key.rpartition(".")[2].startswith("_")}
    options = {group: str(option) for group, option in config["choices"].items() if option and group in learning}
    return {key: value for key, value in values.items() if value is not None} | options
