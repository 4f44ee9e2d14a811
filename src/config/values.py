"""What a config alone says against its values: unknown names, numbers out of range. Imports no torch."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import unknown

LARGEST_SEED = (1 << 32) - 1
SPLITS = ("train", "val", "test")
STRATEGIES = ("auto", "ddp")
SHARDED = ("fsdp", "fsdp_cpu_offload", "deepspeed", "deepspeed_stage_1", "deepspeed_stage_2", "deepspeed_stage_3")
"""Strategies of Lightning that split the weights among GPUs."""
NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("trainer", "precision"): ("32-true", "64-true", "bf16-mixed"),
    ("trainer", "gradient_clip_algorithm"): ("norm", "value", "temporal"),
    ("trainer", "accelerator"): ("auto", "cpu", "cuda", "gpu", "mps"),
    ("trainer", "strategy"): (*STRATEGIES, *SHARDED),
    ("trainer", "matmul_precision"): ("highest", "high", "medium"),
    ("scheduler", "interval"): ("epoch", "step"),
}
"""Section and setting -> the names it takes, unless it is null."""
MINIMUM: dict[tuple[str, str], int] = {
    ("trainer", "max_epochs"): -1,
    ("trainer", "max_steps"): -1,
    ("trainer", "check_val_every_n_epoch"): 1,
    ("trainer", "limit_train_batches"): 1,
    ("trainer", "limit_val_batches"): 0,
    ("trainer", "overfit_batches"): 0,
    ("trainer", "steps_per_slice"): 1,
    ("trainer", "threads"): 1,
    ("trainer", "truncated_bptt_steps"): 1,
    ("trainer", "accumulate_grad_batches"): 1,
    ("loader", "batch_size"): 1,
    **{("optimizer", name): 0 for name in ("lr", "eps", "weight_decay", "momentum", "lr_decay")},
}
"""Section and setting -> its least value, unless it is null."""
LAYERS_BY = ("name", "order")  # how the layers of initial weights are found
MOST_THREADS = 1024  # more than any machine uses well; the libraries of torch crash at some higher number
PERIODS = ("T_max", "step_size", "total_iters")  # of schedules, in epochs or steps; torch accepts 0 but fails later
CALLBACK_PERIODS = ("every_n_epochs", "every_n_steps")


def value_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for each value that the constructors of this run would refuse or that would fail in training."""
    seeds = {config["data"].get("seed"): "data.seed", config["seed"]: "seed"}  # the data has the same by default
    for seed, key in seeds.items():
        if isinstance(seed, int) and not 0 <= seed <= LARGEST_SEED:
            yield f"{key} is {seed}; it must be from 0 to {LARGEST_SEED}"
    for split in config["evaluate"]:
        if split not in SPLITS:
            yield str(unknown("split to evaluate", split, SPLITS))
    for (section, name), known in NAMES.items():
        value = (config[section] or {}).get(name)
        if value is not None and value not in known:
            yield str(unknown(f"{section}.{name}", value, known))
    for (section, name), least in MINIMUM.items():
        yield from too_small(f"{section}.{name}", (config[section] or {}).get(name), least)
    if (threads := config["trainer"]["threads"]) is not None and threads > MOST_THREADS:
        yield f"trainer.threads is {threads}; it must be at most {MOST_THREADS}"
    yield from weights_errors(config["weights_by"])
    yield from factor_errors(config["lr_factors"])
    if config["freeze"] == []:
        yield "freeze is []; it is a list of name patterns, [layers.0]"
    yield from trainer_errors(config["trainer"])
    yield from optimizer_errors(config["optimizer"])
    yield from period_errors(config["scheduler"] or {})
    for name, node in config["callbacks"].items():
        for period in CALLBACK_PERIODS if node else ():
            yield from too_small(f"callbacks.{name}.{period}", node.get(period), 1)


def weights_errors(how: Any) -> Iterator[str]:
    """Yield an error for a value of `weights_by` that names no way to find layers."""
    ends = isinstance(how, Sequence) and not isinstance(how, str)
    if ends and not (len(how) == 2 and all(type(n) is int and n >= 0 for n in how) and any(how)):
        yield f"weights_by is {how}; as a list it has two numbers of layers: [4,3] takes the first 4 and the last 3"
    elif not ends and how not in (None, *LAYERS_BY):
        yield str(unknown("weights_by", how, LAYERS_BY))


def factor_errors(factors: Any) -> Iterator[str]:
    """Yield an error for each factor of `lr_factors` that is not positive."""
    if factors is None:
        return
    if not (isinstance(factors, dict) and factors):
        yield f"lr_factors is {factors}; it is a mapping from name patterns to factors, {{layers.0: 0.1}}"
        return
    for pattern, factor in factors.items():
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
            hint = "; freeze=[...] keeps layers as they are" if factor == 0 else ""
            yield f"lr_factors: {pattern} has {factor}; a factor must be above 0 and finite{hint}"


def too_small(key: str, value: Any, least: int) -> Iterator[str]:
    """Yield an error for a number below a bound; values of other types are accepted."""
    if isinstance(value, int | float) and not value >= least:
        yield f"{key} is {value}; it must be at least {least}"


def endless(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for a run without an end."""
    if config["trainer"]["max_epochs"] == config["trainer"]["max_steps"] == -1:
        yield "trainer.max_epochs=-1 has no end; set it or trainer.max_steps"


def trainer_errors(trainer: dict[str, Any]) -> Iterator[str]:
    """Yield the errors in the settings of the trainer that have a range of their own."""
    bound = trainer["gradient_clip_val"]
    if bound is not None and not bound > 0:
        yield f"trainer.gradient_clip_val is {bound}; it must be above 0, or null"
    devices = trainer.get("devices", 1)  # early runs have no such setting
    if devices == 0 or devices < -1:
        yield f"trainer.devices is {devices}; it must be at least 1, or -1 for all GPUs"


def optimizer_errors(optimizer: dict[str, Any]) -> Iterator[str]:
    """Yield the errors in the settings of the optimizer, which torch finds only when it is constructed."""
    lr = optimizer.get("lr")
    if isinstance(lr, float) and math.isinf(lr):
        yield f"optimizer.lr is {lr}; it must be finite"
    betas = optimizer.get("betas")
    if isinstance(betas, Sequence) and not (len(betas) == 2 and all(0 <= beta < 1 for beta in betas)):
        yield f"optimizer.betas is {betas}; it takes two numbers from 0 to below 1"


def period_errors(scheduler: dict[str, Any]) -> Iterator[str]:
    """Yield an error for each period of a schedule that is not positive."""
    for name in PERIODS:
        for error in too_small(f"scheduler.{name}", scheduler.get(name), 1):
            unset = scheduler[name] == -1  # max_epochs of a run that trainer.max_steps limits
            yield error + ("; set it, since trainer.max_steps determines the length of the run" if unset else "")
