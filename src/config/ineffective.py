"""Settings that were given although nothing reads them. Imports no torch."""

from collections.abc import Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import Override

from .signatures import ignored, traits_of

LEARNING = frozenset({"optimizer", "scheduler", "init", "trainer.gradient_clip_val", "trainer.gradient_clip_algorithm"})
CLIPPING = ("norm", "value", "temporal")
PLACE = "output_dir and name say where a run is kept"
HYDRA = {
    "hydra.run": PLACE,
    "hydra.sweep": PLACE,
    "hydra.output_subdir": PLACE,
    "hydra.job.chdir": "a run stays in the folder where it was started",
    "hydra.job.name": "name names a run",
    "hydra.mode": "nnzoo train -m starts several runs",
}


def ineffective(config: dict[str, Any], given: Sequence[Override]) -> Iterator[str]:
    """Yield what is wrong with overrides that the config's task, network or other settings leave without effect.

    What takes a setting away (null, ~) is no harm.
    """
    keys = [o.key_or_group for o in given if not o.is_delete() and o.value() is not None]
    ignores = ignored(config["task"]["_target_"]) if config["task"] else frozenset()
    traits = traits_of(config["model"]["_target_"])
    for key in keys:
        if inside(key, ignores):
            yield f"{key} has no effect with task '{name_of(config, 'task')}'; leave it out"
        elif traits is not None and not traits.trainable and inside(key, LEARNING):
            yield f"{key} has no effect: the weights of model '{name_of(config, 'model')}' are given, not learned"
    if "trainer.limit_train_batches" in keys and config["trainer"]["overfit_batches"]:
        yield "trainer.limit_train_batches has no effect beside trainer.overfit_batches"
    clipping, bound = (config["trainer"][f"gradient_clip_{name}"] for name in ("algorithm", "val"))
    if "trainer.gradient_clip_algorithm" in keys and clipping in CLIPPING and bound is None:
        yield "trainer.gradient_clip_algorithm has no effect without trainer.gradient_clip_val"
    every, epochs = config["trainer"]["check_val_every_n_epoch"], config["trainer"]["max_epochs"]
    if every > max(1, epochs) and epochs >= 0 and config["trainer"]["limit_val_batches"] != 0:
        yield f"trainer.check_val_every_n_epoch={every} is more than trainer.max_epochs={epochs}: nothing is validated"
    if "scheduler.monitor" in keys and config["scheduler"]:
        package, _, schedule = str(config["scheduler"]["_target_"]).rpartition(".")
        if package == "torch.optim.lr_scheduler" and schedule != "ReduceLROnPlateau":
            yield f"scheduler.monitor has no effect on {schedule}; scheduler=plateau has one"


def ineffective_for_hydra(given: Sequence[Override]) -> Iterator[str]:
    """Yield what is wrong with overrides of Hydra's own settings that nnzoo does not follow."""
    for key in (override.key_or_group for override in given):
        yield from (f"{key} has no effect; {instead}" for setting, instead in HYDRA.items() if inside(key, {setting}))


def inside(key: str, settings: frozenset[str] | set[str]) -> bool:
    """Tell whether a dotted key is one of some settings, or below one of them."""
    return any(f"{key}.".startswith(f"{setting}.") for setting in settings)


def name_of(config: dict[str, Any], group: str) -> str:
    """Return the name under which something was chosen, or that of its class."""
    return str(config["choices"].get(group) or config[group]["_target_"].rpartition(".")[2])
