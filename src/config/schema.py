"""Types of the settings of a config: of its root and of classes of other packages. Imports no torch.

The types for networks, data sets and losses of nnzoo are read from their constructors (`signatures.py`).
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from omegaconf import MISSING


@dataclass
class Trainer:
    """Duration and device of training; names are those of Lightning's Trainer where it has them.

    max_epochs: null = 20, and more for small data: at least 2000 optimizer steps, at most 500 epochs; -1 = unlimited,
    the default if only trainer.max_steps is set; devices: number of processes that train
    the network together, each on its own GPU or, on the CPU, its own cores, -1 = all GPUs; strategy: how they share the
    work, auto = ddp: each computes the gradient on its part of every batch; threads: number of CPU threads, null =
    chosen from the size of the network and batch; steps_per_slice: optimizer steps per Lightning batch, null = as many
    as take 50 ms; engine: what computes gradients, autograd, direct (derivatives that are written out), or auto: direct
    where it applies; compile: apply torch.compile to the step; overfit_batches: number of batches, unshuffled, on which
    to train and validate, 0 = all; truncated_bptt_steps: length of the segments in which sequences are read, with an
    optimizer step for each, passing on the state but no gradient; accumulate_grad_batches: batches per optimizer step,
    null = 1; cuda_graphs: replay the step of full batches as a CUDA graph, which is faster for small networks;
    channels_last: order of the weights and outputs of convolutions in memory, null = true on the CPU, where it is
    faster; matmul_precision: of matrix products of float32 numbers on CUDA, "highest", "high" (TF32) or "medium",
    null = highest.
    """

    max_epochs: int | None = None
    max_steps: int = -1
    check_val_every_n_epoch: int = 1
    limit_train_batches: int | None = None
    limit_val_batches: int | None = None
    gradient_clip_val: float | None = None
    gradient_clip_algorithm: str = "norm"
    accelerator: str = "auto"
    devices: int = 1
    strategy: str = "auto"
    precision: str = "32-true"
    threads: int | None = None
    steps_per_slice: int | None = None
    engine: str = "auto"
    compile: bool = False
    overfit_batches: int = 0
    truncated_bptt_steps: int | None = None
    accumulate_grad_batches: int | None = None
    cuda_graphs: bool = False
    channels_last: bool | None = None
    matmul_precision: str | None = None


@dataclass
class Loader:
    """How training examples are grouped into mini-batches.

    batch_size: examples per batch, at most the whole training set, null = the default of the data set; for a text, the
    number of rows into which it is cut; buckets: group sequences of similar length.
    """

    batch_size: int | None = None
    buckets: bool = False


SECTIONS: dict[str, type] = {"trainer": Trainer, "loader": Loader}
"""Section of a config that has settings but no `_target_` -> its schema."""


@dataclass
class Config:
    """The config of a run.

    cv: number of folds of a cross-validation, null = the validation split of the data; fold: the fold on which the run
    validates, 0 to cv - 1; init: an initializer or a mapping from name patterns to initializers (`layers/init.py`);
    vectors: file of word vectors with which to initialize the embedding; freeze_vectors: training does not change the
    embedding; weights: run or checkpoint with whose weights training begins, or torchvision; weights_by: how its layers
    are found, name (the default), order, or [first, last], numbers of layers from both ends; weights_digest: checksum
    of these weights, filled in; freeze: name patterns of layers and parameters that training does not change;
    update_frozen_statistics: whether frozen layers normalize by the batch and update their running statistics, as in
    training; lr_factors: mapping from name patterns to factors of optimizer.lr, the last match counts; class_weight:
    weights of the classes in the loss, "balanced", a list or a mapping; members: number of networks of an ensemble,
    each with its own initial weights, whose outputs are averaged, null = a single network; evaluate: splits to evaluate
    after training; evaluations: further metrics of these splits by name; name: name of the run directory, null = made
    from the overrides; choices: chosen options, filled in when composing; allow: further packages whose classes a
    `_target_` may name; claim: published result that an experiment reproduces; trial: the place of the run in a sweep,
    filled in by the sweep: {number, params}, where params are the swept keys and their values, without the seed and the
    fold.
    """

    seed: int = 0
    cv: int | None = None
    fold: int | None = None
    data: Any = MISSING
    transforms: dict[str, Any] = field(default_factory=dict)
    model: Any = MISSING
    head: Any = None
    task: Any = None
    loss: Any = None
    rule: Any = None
    init: Any = "default"
    vectors: str | None = None
    freeze_vectors: bool = False
    weights: str | None = None
    weights_by: Any = None
    weights_digest: str | None = None
    freeze: list[str] | None = None
    update_frozen_statistics: bool = False
    lr_factors: Any = None
    class_weight: Any = None
    members: int | None = None
    penalties: dict[str, Any] = field(default_factory=dict)
    optimizer: Any = MISSING
    scheduler: Any = None
    trainer: Trainer = field(default_factory=Trainer)
    loader: Loader = field(default_factory=Loader)
    metrics: dict[str, Any] = field(default_factory=dict)
    evaluations: dict[str, Any] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    logger: dict[str, Any] = field(default_factory=dict)
    evaluate: list[str] = field(default_factory=lambda: ["test"])
    output_dir: str = "outputs"
    name: str | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    allow: list[str] = field(default_factory=list)
    claim: Any = None
    trial: Any = None


@dataclass
class Sweep:
    """How the trials of a sweep are chosen, run and compared.

    trials: number of trials, null = as many as the values of a grid give; strategy: what chooses the parameters of each
    trial; pruner: what stops poor trials early, null = nothing; launcher: what runs the jobs on other machines, null =
    worker processes of this machine; params:
    parameter -> list of values, range {low, high, log, step}, or a text as on the command line, in addition to the
    command line; metric: what trials are compared by, auto = the head's first metric on the validation split;
    direction: minimize or maximize, auto = that of the metric; workers: processes or, with a launcher, jobs that train
    at the same time, 0 = train in the main process; vectorized: train runs of one architecture at once, in the main
    process; runs_per_worker: a worker is replaced after so many runs; max_failures: failed trials after which the sweep
    stops, null = no limit; timeout: seconds after which no further trial starts; storage: URL of an Optuna storage,
    null = a journal file in the directory of the sweep; study: name of the Optuna study, null = that of the directory;
    dir: directory of the sweep, null = chosen by the overrides; resume: whether the same command continues an
    unfinished sweep; top: trials in the printed table.
    """

    trials: int | None = None
    strategy: Any = MISSING
    pruner: Any = None
    launcher: Any = None
    params: dict[str, Any] = field(default_factory=dict)
    metric: str = "auto"
    direction: str = "auto"
    workers: int = 1
    vectorized: bool = False
    runs_per_worker: int = 50
    max_failures: int | None = 10
    timeout: float | None = None
    storage: str | None = None
    study: str | None = None
    dir: str | None = None
    resume: bool = True
    top: int = 10


@dataclass
class TrainConfig(Config):
    """The config of `nnzoo train`: that of a run, and the settings of sweeps.

    seeds: number of seeds with which to train, null = one; sweep: see `Sweep`.
    """

    seeds: int | None = None
    sweep: Sweep = field(default_factory=Sweep)


SWEEP_KEYS = ("seeds", "sweep")
"""Keys of `TrainConfig` that are not part of the config of a run."""


@dataclass
class MedianPruner:
    """optuna.pruners.MedianPruner."""

    n_startup_trials: int
    n_warmup_steps: int
    interval_steps: int
    n_min_trials: int


@dataclass
class SuccessiveHalvingPruner:
    """optuna.pruners.SuccessiveHalvingPruner."""

    min_resource: int
    reduction_factor: int
    min_early_stopping_rate: int


@dataclass
class HyperbandPruner:
    """optuna.pruners.HyperbandPruner."""

    min_resource: int
    max_resource: int
    reduction_factor: int


@dataclass
class TPESampler:
    """optuna.samplers.TPESampler."""

    multivariate: bool
    constant_liar: bool
    n_startup_trials: int


@dataclass
class GPSampler:
    """optuna.samplers.GPSampler."""

    n_startup_trials: int


@dataclass
class SGD:
    """torch.optim.SGD."""

    lr: float
    momentum: float
    dampening: float
    weight_decay: float
    nesterov: bool


@dataclass
class Adam:
    """torch.optim.Adam and AdamW."""

    lr: float
    betas: list[float]
    eps: float
    weight_decay: float
    amsgrad: bool


@dataclass
class RMSprop:
    """torch.optim.RMSprop."""

    lr: float
    alpha: float
    eps: float
    weight_decay: float
    momentum: float
    centered: bool


@dataclass
class Adagrad:
    """torch.optim.Adagrad."""

    lr: float
    lr_decay: float
    weight_decay: float
    initial_accumulator_value: float
    eps: float


@dataclass
class Adadelta:
    """torch.optim.Adadelta."""

    lr: float
    rho: float
    eps: float
    weight_decay: float


@dataclass
class StepLR:
    """torch.optim.lr_scheduler.StepLR."""

    step_size: int
    gamma: float


@dataclass
class ExponentialLR:
    """torch.optim.lr_scheduler.ExponentialLR."""

    gamma: float


@dataclass
class CosineAnnealingLR:
    """torch.optim.lr_scheduler.CosineAnnealingLR."""

    T_max: int
    eta_min: float


@dataclass
class LinearLR:
    """torch.optim.lr_scheduler.LinearLR."""

    start_factor: float
    end_factor: float
    total_iters: int


@dataclass
class ReduceLROnPlateau:
    """torch.optim.lr_scheduler.ReduceLROnPlateau."""

    mode: Literal["min", "max"]
    factor: float
    patience: int
    threshold: float
    min_lr: float


@dataclass
class EarlyStopping:
    """pytorch_lightning.callbacks.EarlyStopping."""

    monitor: str
    mode: Literal["auto", "min", "max"] = "min"
    patience: int = 3
    min_delta: float = 0.0
    stopping_threshold: float | None = None


@dataclass
class ModelCheckpoint:
    """pytorch_lightning.callbacks.ModelCheckpoint."""

    monitor: str | None = None
    mode: Literal["auto", "min", "max"] = "min"
    filename: str | None = None
    auto_insert_metric_name: bool = True
    enable_version_counter: bool = True
    save_top_k: int = 1


@dataclass
class MulticlassF1Score:
    """torchmetrics.classification.MulticlassF1Score."""

    average: Literal["micro", "macro", "weighted", "none"]


@dataclass
class MLFlowLogger:
    """pytorch_lightning.loggers.MLFlowLogger."""

    experiment_name: str
    tracking_uri: str | None


@dataclass
class WandbLogger:
    """pytorch_lightning.loggers.WandbLogger."""

    project: str
    offline: bool


EXTERNAL: dict[str, type] = {
    "torch.optim.SGD": SGD,
    "torch.optim.Adam": Adam,
    "torch.optim.AdamW": Adam,
    "torch.optim.RMSprop": RMSprop,
    "torch.optim.Adagrad": Adagrad,
    "torch.optim.Adadelta": Adadelta,
    "torch.optim.lr_scheduler.StepLR": StepLR,
    "torch.optim.lr_scheduler.ExponentialLR": ExponentialLR,
    "torch.optim.lr_scheduler.CosineAnnealingLR": CosineAnnealingLR,
    "torch.optim.lr_scheduler.LinearLR": LinearLR,
    "torch.optim.lr_scheduler.ReduceLROnPlateau": ReduceLROnPlateau,
    "pytorch_lightning.callbacks.EarlyStopping": EarlyStopping,
    "pytorch_lightning.callbacks.ModelCheckpoint": ModelCheckpoint,
    "optuna.samplers.TPESampler": TPESampler,
    "optuna.samplers.GPSampler": GPSampler,
    "optuna.pruners.MedianPruner": MedianPruner,
    "optuna.pruners.SuccessiveHalvingPruner": SuccessiveHalvingPruner,
    "optuna.pruners.HyperbandPruner": HyperbandPruner,
    "torchmetrics.classification.MulticlassF1Score": MulticlassF1Score,
    "pytorch_lightning.loggers.MLFlowLogger": MLFlowLogger,
    "pytorch_lightning.loggers.WandbLogger": WandbLogger,
}
