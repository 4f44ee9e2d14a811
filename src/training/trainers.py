"""Builds Lightning's trainer for a plan: device, threads, callbacks, loggers."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint, EarlyStopping, ModelCheckpoint
from pytorch_lightning.utilities.exceptions import MisconfigurationException
from torch.jit import ScriptModule

from ..callbacks.average import AveragedWeights
from ..callbacks.checks import resolve_monitor
from ..callbacks.epoch_evaluations import EpochEvaluations
from ..callbacks.neighbors import Neighbors
from ..config.given import Given
from ..config.instantiate import instantiate, locate
from ..config.schema import Trainer
from ..errors import UserError
from ..layers.embeddings.ids import IdEmbedding
from ..runs.checkpoint_io import AtomicIO
from ..runs.directory import RunDirectory
from ..runs.lock import Place
from ..tasks.base import Task
from ..tasks.modes import evaluation_mode
from .device_settings import set_memory_format
from .loggers import build_logger
from .one_device import OneProcess, disable_signal_handlers, first_rank, without_environment_overrides
from .plan import Plan
from .strategy import SummedGradients

MIN_PARALLEL_WORK = 2e6  # multiplications per operation above which several threads are faster


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Suppress Lightning's hints and warnings, and ignore the environment variables of launchers."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with first_rank(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="pytorch_lightning|lightning_fabric")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        warnings.filterwarnings("ignore", message="RNN module weights are not part of")  # of small cells on a GPU
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def accelerator(trainer: Trainer) -> str:
    """Return the accelerator: auto is CUDA if available, else the CPU, never MPS. Raises UserError if unavailable."""
    name = trainer.accelerator
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    present = {"cpu": True, "mps": torch.backends.mps.is_available()}.get(name, torch.cuda.is_available())
    if not present:
        raise UserError(f"trainer.accelerator={name}: not available; auto selects an available one")
    return name


def num_threads(plan: Plan, available: int) -> int:
    """Return the number of threads: one if the operations are too small to be parallel."""
    if plan.trainer.threads is not None:
        return plan.trainer.threads
    return available if count_multiplications(plan.task, plan.batch_size) > MIN_PARALLEL_WORK else 1


def count_multiplications(task: Task, batch_size: int) -> float:
    """Return the mean number of multiplications per layer on a batch, from the sizes of weights and outputs."""
    sizes: list[float] = []

    def count(layer: torch.nn.Module, _: Any, output: Any) -> None:
        weights = sum(p.numel() for p in layer.parameters(recurse=False) if p.ndim > 1)
        first = output[0] if isinstance(output, tuple) else output
        if weights and isinstance(first, torch.Tensor):
            if isinstance(layer, IdEmbedding):  # a lookup reads one row
                weights = layer.weight.shape[1]
            places = first[0].numel() / first.shape[1] if isinstance(layer, torch.nn.Conv2d) else 1
            sizes.append(batch_size * weights * places)

    hooks = [layer.register_forward_hook(count) for layer in task.net.modules() if not isinstance(layer, ScriptModule)]
    state = torch.get_rng_state()
    with evaluation_mode(task.net), torch.no_grad():
        batch = task.spec.fake_batch(2, torch.Generator().manual_seed(0))
        task.net(batch.x, batch.mask)
    torch.set_rng_state(state)
    for hook in hooks:
        hook.remove()
    return sum(sizes) / max(1, len(sizes))


@without_environment_overrides()
def build(plan: Plan, directory: RunDirectory, *, from_epoch: int | None = None) -> pl.Trainer:
    """Return Lightning's trainer for a run in a directory. from_epoch: the epoch from which it is resumed."""
    config, task, settings = plan.config, plan.task, plan.trainer
    nodes = [n for n in config["callbacks"].values() if n]
    trainable = any(p.requires_grad for p in task.net.parameters())
    callbacks = build_callbacks(config["callbacks"], plan, directory)
    ranks, place = task.ranks, Place.of(directory)
    first = ranks is None or ranks.rank == 0
    if not first:
        callbacks = [made for made in callbacks if affects_training(made)]
    callbacks.sort(key=lambda each: not isinstance(each, AveragedWeights))  # loads the average for the others
    trainer = pl.Trainer(
        default_root_dir=directory.path,
        max_epochs=settings.max_epochs if trainable else 0,
        max_steps=settings.max_steps,
        check_val_every_n_epoch=settings.check_val_every_n_epoch,
        limit_val_batches=settings.limit_val_batches if settings.limit_val_batches is not None else 1.0,
        accelerator=accelerator(settings),
        devices=1 if ranks is None else ranks.size,
        strategy="auto" if ranks is None else SummedGradients(ranks),
        precision=settings.precision,  # type: ignore[arg-type]  # checked
        callbacks=callbacks,
        logger=[build_logger(n, config, directory, from_epoch) for n in config["logger"].values() if n and first],
        plugins=[AtomicIO(place), OneProcess()] if ranks is None else [AtomicIO(place)],
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=any("Checkpoint" in n["_target_"] for n in nodes)
        or any(isinstance(made, Checkpoint) for made in callbacks),
    )
    disable_signal_handlers(trainer)
    convert(plan, trainer)  # before loading a checkpoint, which would be rounded otherwise
    return trainer


@without_environment_overrides()
def build_evaluator(plan: Plan) -> pl.Trainer:
    """Return a trainer that only evaluates a task."""
    trainer = pl.Trainer(
        accelerator=accelerator(plan.trainer),
        devices=1,
        precision=plan.trainer.precision,  # type: ignore[arg-type]  # checked
        logger=False,
        plugins=[OneProcess()],
        enable_checkpointing=False,
        enable_progress_bar=False,
    )
    disable_signal_handlers(trainer)
    convert(plan, trainer)
    return trainer


def convert(plan: Plan, trainer: pl.Trainer) -> None:
    """Convert the weights of a task to the precision and the memory format of the settings."""
    trainer.precision_plugin.convert_module(plan.task)
    set_memory_format(plan.task.net, plan.trainer.channels_last, accelerator(plan.trainer))


def affects_training(made: pl.Callback) -> bool:
    """Return whether a callback must run in all processes: it changes weights or stops, or it is not of nnzoo."""
    ours = type(made).__module__.startswith("nnzoo.callbacks.")
    return not ours or isinstance(made, Checkpoint | EarlyStopping | AveragedWeights)


def build_callbacks(nodes: Mapping[str, Any], plan: Plan, directory: RunDirectory) -> list[pl.Callback]:
    """Return the callbacks of nodes of a config by name."""
    has_val = plan.validation() is not None
    return [made for name, node in nodes.items() if node and (made := callback(name, node, plan, directory, has_val))]


def callback(name: str, node: dict[str, Any], plan: Plan, directory: RunDirectory, has_val: bool) -> pl.Callback | None:
    """Return a callback with `auto` monitors resolved, or None if it monitors a missing validation set.

    name: of the callback in the config. Raises UserError if its constructor refuses the settings.
    """
    allow = plan.config["allow"]
    if f"callbacks.{name}" in plan.given.objects:
        given: pl.Callback = plan.given.objects[f"callbacks.{name}"]
        return given
    resolved = resolve_monitor(node, plan.task, allow=allow, validated=has_val)
    if resolved is None:
        return None
    if issubclass(locate(resolved["_target_"], allow=allow), ModelCheckpoint):
        resolved.setdefault("dirpath", str(directory.checkpoints))
    try:
        made: pl.Callback = instantiate(resolved, allow=allow)
    except (UserError, MisconfigurationException) as error:
        raise UserError(f"callbacks.{name}: {error}") from error
    if isinstance(made, EpochEvaluations):
        made.bind(plan.evaluations.values(), plan.data)
    if isinstance(made, Neighbors):
        made.check(plan.task)
    return made


@contextmanager
def checkpoints_in(directory: RunDirectory, given: Given) -> Iterator[None]:
    """Let checkpoint callbacks from Python without a directory save into that of the run."""
    found = [each for each in given.objects.values() if isinstance(each, ModelCheckpoint) and each.dirpath is None]
    for each in found:
        each.dirpath = str(directory.checkpoints)
    try:
        yield
    finally:
        for each in found:
            each.dirpath = None  # another run has another directory
