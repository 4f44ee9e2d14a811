"""From a config to Lightning's trainer: device, callbacks, loggers, checks, and the measuring at the end."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from ..callbacks import watching
from ..callbacks.average import AveragedWeights
from ..config.instantiate import instantiate, locate
from ..data.base import Data, Loader
from ..errors import UserError, unknown
from ..runs.checkpoint import Checkpoint
from ..runs.checkpoint_io import AtomicIO
from ..runs.directory import RunDirectory
from ..spec import Batch
from ..tasks.base import Task
from ..tasks.modes import evaluation_mode
from ..tasks.stream import Stream
from . import schedules
from .one_device import OneProcess, first_rank, leave_signals, without_overrides

WORTH_THREADS = 2e6  # multiplications in an average operation, below which a second thread costs more than it gives
PRECISIONS = ("32-true", "64-true", "bf16-mixed")
SPLITS = ("train", "val", "test")


LEAST = {  # of settings that are given
    "max_epochs": -1,
    "max_steps": -1,
    "check_val_every_n_epoch": 1,
    "limit_train_batches": 1,
    "limit_val_batches": 0,
    "overfit_batches": 0,
    "steps_per_slice": 1,
    "threads": 1,
    "truncated_bptt_steps": 1,
}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Lightning's adverts and advice to itself, and whatever it makes of the variables of launchers."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with first_rank(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="pytorch_lightning|lightning_fabric")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def accelerator(config: dict[str, Any]) -> str:
    """Return the device: auto is CUDA where there is one, else the CPU, never MPS. Raises UserError if unknown."""
    name = config["trainer"]["accelerator"]
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in ("cpu", "cuda", "gpu", "mps"):
        raise unknown("trainer.accelerator", name, ("auto", "cpu", "cuda", "mps"))
    present = {"cpu": True, "mps": torch.backends.mps.is_available()}.get(name, torch.cuda.is_available())
    if not present:
        raise UserError(f"trainer.accelerator={name}: there is none here; auto takes what there is")
    return str(name)


def stream(config: dict[str, Any], data: Data) -> Stream:
    """Return the training batches."""
    trainer = config["trainer"]
    loader = train_loader(config, data)
    return Stream(loader, limit=trainer["limit_train_batches"], overfit=trainer["overfit_batches"])


def train_loader(config: dict[str, Any], data: Data) -> Loader:
    """Return the training batches by epoch. Raises UserError for segments that the data does not have."""
    return data.train_loader(segment=config["trainer"]["truncated_bptt_steps"], buckets=config["trainer"]["buckets"])


class First:
    """The first batches of a loader, in the order of its first epoch."""

    def __init__(self, loader: Loader, batches: int) -> None:
        self.loader = loader
        self.batches = min(batches, loader.steps(0))

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Batch]:
        return islice(self.loader.epoch(0), self.batches)

    def to(self, device: torch.device) -> None:
        """Move the data."""
        self.loader.to(device)


def validation(config: dict[str, Any], data: Data) -> Loader | First | None:
    """Return the validation batches, None if the data holds out none; when overfitting, what is trained on."""
    if config["trainer"]["overfit_batches"]:
        return First(train_loader(config, data), config["trainer"]["overfit_batches"])
    if config["trainer"]["limit_val_batches"] == 0:
        return None
    return data.eval_loader("val") if "val" in data.splits else None


def check(config: dict[str, Any], task: Task, data: Data) -> None:
    """Refuse what would fail late. Raises UserError."""
    trainer = config["trainer"]
    if trainer["precision"] not in PRECISIONS:
        raise unknown("trainer.precision", trainer["precision"], PRECISIONS)
    for key, least in LEAST.items():
        if trainer[key] is not None and trainer[key] < least:
            raise UserError(f"trainer.{key} is {trainer[key]}; it must be at least {least}")
    if trainer["max_epochs"] < 0 and trainer["max_steps"] < 0:
        raise UserError("trainer.max_epochs=-1 has no end; give it, or trainer.max_steps")
    if trainer["gradient_clip_val"] is not None and trainer["gradient_clip_val"] <= 0:
        raise UserError(f"trainer.gradient_clip_val is {trainer['gradient_clip_val']}; it must be above 0, or null")
    for split in config["evaluate"]:
        if split not in SPLITS:
            raise unknown("split to evaluate", split, SPLITS)
        if split not in data.splits:
            raise UserError(f"evaluate={split}: the data has no {split} split")
    accelerator(config)
    train_loader(config, data)
    if trainer["truncated_bptt_steps"] is not None and not task.net.causal:
        raise UserError("trainer.truncated_bptt_steps cuts sequences, which a network that looks ahead must see whole")
    for name in config["metrics"]:
        if name in ("loss", *task.measured["val"].metrics.modes):
            raise UserError(f"metrics.{name}: the task measures {name} already; choose another name")
    validated = validation(config, data) is not None
    valid = [name for split in (("val", "train") if validated else ("train",)) for name in task.metric_names(split)]
    watched = {f"callbacks.{name}": node.get("monitor") for name, node in config["callbacks"].items() if node}
    if config["scheduler"]:
        watched["scheduler"] = config["scheduler"].get("monitor")
    for where, monitor in watched.items():
        if monitor not in (None, "auto", *valid):
            raise unknown(f"metric {where}.monitor", monitor, valid)
    watching.check(config, task, validated=validated)
    for node in filter(None, config["callbacks"].values()):
        callback(node, config, task, RunDirectory(Path()), validated)
    schedules.check(config, task, steps=stream(config, data).steps)


def threads(config: dict[str, Any], task: Task, data: Data, available: int) -> int:
    """Return how many threads to use: one where the work of an operation is too small to be shared."""
    if config["trainer"]["threads"] is not None:
        return int(config["trainer"]["threads"])
    return available if work(task, data.batch_size) > WORTH_THREADS else 1


def work(task: Task, batch_size: int) -> float:
    """Return the multiplications of an average layer on a batch, from the sizes of weights and outputs."""
    sizes: list[float] = []

    def count(layer: torch.nn.Module, _: Any, output: Any) -> None:
        weights = sum(p.numel() for p in layer.parameters(recurse=False) if p.ndim > 1)
        first = output[0] if isinstance(output, tuple) else output
        if weights and isinstance(first, torch.Tensor):
            places = first[0].numel() / first.shape[1] if isinstance(layer, torch.nn.Conv2d) else 1
            sizes.append(batch_size * weights * places)

    hooks = [layer.register_forward_hook(count) for layer in task.net.modules()]
    state = torch.get_rng_state()
    with evaluation_mode(task.net), torch.no_grad():
        batch = task.spec.fake_batch(2, torch.Generator().manual_seed(0))
        task.net(batch.x, batch.mask)
    torch.set_rng_state(state)
    for hook in hooks:
        hook.remove()
    return sum(sizes) / max(1, len(sizes))


@without_overrides()
def build(
    config: dict[str, Any], task: Task, data: Data, directory: RunDirectory, *, from_epoch: int | None = None
) -> pl.Trainer:
    """Return Lightning's trainer for a run in a directory, which may be resumed from an epoch."""
    node = config["trainer"]
    nodes = [n for n in config["callbacks"].values() if n]
    has_val = validation(config, data) is not None
    trainable = any(p.requires_grad for p in task.net.parameters())
    callbacks = [made for n in nodes if (made := callback(n, config, task, directory, has_val))]
    callbacks.sort(key=lambda each: not isinstance(each, AveragedWeights))  # what others look at is in place by then
    trainer = pl.Trainer(
        default_root_dir=directory.path,
        max_epochs=node["max_epochs"] if trainable else 0,
        max_steps=node["max_steps"],
        check_val_every_n_epoch=node["check_val_every_n_epoch"],
        limit_val_batches=node["limit_val_batches"] if node["limit_val_batches"] is not None else 1.0,
        accelerator=accelerator(config),
        devices=1,
        precision=node["precision"],
        callbacks=callbacks,
        logger=[logger(n, config, directory, from_epoch) for n in config["logger"].values() if n],
        plugins=[AtomicIO(), OneProcess()],
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=any("Checkpoint" in n["_target_"] for n in nodes),
    )
    leave_signals(trainer)
    trainer.precision_plugin.convert_module(task)  # before a checkpoint is loaded, which would else be rounded
    return trainer


@without_overrides()
def bare_trainer(config: dict[str, Any], task: Task) -> pl.Trainer:
    """Return a trainer that only measures a task."""
    trainer = pl.Trainer(
        accelerator=accelerator(config),
        devices=1,
        precision=config["trainer"]["precision"],
        logger=False,
        plugins=[OneProcess()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    leave_signals(trainer)
    trainer.precision_plugin.convert_module(task)
    return trainer


def callback(
    node: dict[str, Any], config: dict[str, Any], task: Task, directory: RunDirectory, has_val: bool
) -> pl.Callback | None:
    """Return a callback; one that watches `auto` watches the task's own measure, and falls away without validation.

    Raises UserError for what its constructor refuses.
    """
    resolved = watching.resolved(node, task, allow=config["allow"], validated=has_val)
    if resolved is None:
        return None
    if issubclass(locate(resolved["_target_"], allow=config["allow"]), ModelCheckpoint):
        resolved.setdefault("dirpath", str(directory.checkpoints))
    try:
        made: pl.Callback = instantiate(resolved, allow=config["allow"])
    except MisconfigurationException as error:
        raise UserError(f"{resolved['_target_'].rpartition('.')[2]}: {error}") from error
    return made


def logger(node: dict[str, Any], config: dict[str, Any], directory: RunDirectory, from_epoch: int | None) -> Logger:
    """Return a logger; ours write into the run's directory and go on where a resumed run stands."""
    ours = {"save_dir": str(directory.path), "from_epoch": from_epoch} if node["_target_"].startswith("nnzoo.") else {}
    made: Logger = instantiate({**ours, **node}, allow=config["allow"])
    return made


def measure(trainer: pl.Trainer, task: Task, data: Data, split: str) -> dict[str, float]:
    """Return the figures of the network as it is on a split."""
    task.split = split  # type: ignore[assignment]
    loader = data.eval_loader(split)
    loader.to(task.device)
    trainer.test(task, loader, verbose=False)
    return {name: float(trainer.callback_metrics[f"{split}/{name}"]) for name in bare(task)}


def bare(task: Task) -> list[str]:
    """Return the names of the figures without a split."""
    return [name.partition("/")[2] for name in task.metric_names("test")]


def measure_all(
    trainer: pl.Trainer, task: Task, data: Data, config: dict[str, Any], directory: RunDirectory
) -> dict[str, dict[str, float]]:
    """Return the figures of the last and the best weights on the splits to evaluate; the last ones stay loaded."""
    found = {f"{split}/last": measure(trainer, task, data, split) for split in config["evaluate"]}
    best = directory.checkpoint("best")
    if best.is_file():
        last = {k: v.detach().clone() for k, v in task.state_dict().items()}
        task.load_state_dict(Checkpoint.read(best).task_state)
        found |= {f"{split}/best": measure(trainer, task, data, split) for split in config["evaluate"]}
        task.load_state_dict(last)
    return found
