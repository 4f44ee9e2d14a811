"""The functions of `import nnzoo`, such as train, sweep, resume, evaluate, predict and load."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from .builders.size_limit import SizeLimit
from .builders.tasks import build_task
from .config.compose import compose
from .config.instantiate import check_allow
from .config.learning_rate import LearningRateRange
from .config.overrides import to_overrides
from .errors import UserError
from .inference.evaluation_data import evaluation_data
from .inference.load import given_for_evaluation, load, load_weights, without_training_objects
from .inference.texts import continue_text
from .runs.checkpoint import Checkpoint
from .runs.directory import RunDirectory
from .runs.signals import forward_signal
from .sweeps.notebook import SweepResult
from .sweeps.objects import in_this_process
from .sweeps.plan import read_plan
from .sweeps.run import run_sweep
from .training import existing_runs, trainers
from .training.contradictions import check_config
from .training.evaluation import evaluate_split
from .training.isolation import isolated
from .training.lr_find import RangeTestResult, find_learning_rate
from .training.plan import Plan
from .training.request import Target, read_request
from .training.result import Result
from .training.run import run
from .training.saved import plain, set_locations, validated
from .training.unfinished import resume_or_run


def train(
    *overrides: str,
    data: Any = None,
    target: Target = None,
    keep_data: bool = False,
    resume: Literal["auto"] | None = None,
    **settings: Any,
) -> Result:
    """Train as `nnzoo train` does and return the result.

    overrides: strings such as "optimizer.lr=0.1"; settings: the same as keyword arguments (model="mlp", seed=3), nested
    (trainer={"max_epochs": 5}) or dotted (**{"model.hidden": [64]}). model, loss, optimizer, scheduler, metrics (by
    name) and callbacks (a list) also take objects of Python: classes, functions and instances, see docs/plugins.md. A
    network that is passed as an instance is itself trained, from its present weights.
    data: the name of a data set or your own data: the path of a table or array, (x, y) or (x, y, x_test, y_test) as
    arrays or tensors, a pandas or polars frame or a mapping of columns together with `target`, or a map-style Dataset.
    target: the column to predict. keep_data: whether to save a copy of data from Python with the run. resume: "auto"
    resumes the newest unfinished run with the same settings and data, if there is one.
    Raises UserError for an invalid setting or unsuitable data.
    """
    if resume not in (None, "auto"):
        raise UserError(f"resume is '{resume}'; it takes 'auto'; nnzoo.resume(RUN) resumes a given run")
    start = run if resume is None else resume_or_run
    lines, source, given = read_request(overrides, data, target, settings)
    if source is None:
        if keep_data:
            raise UserError("keep_data=True is for data that is passed as an object; files are not copied")
        return forward_signal(partial(start, plain(compose(lines)), lines, given=given))
    if keep_data and any(line.startswith("data=") and line != "data=array" for line in lines):
        raise UserError(
            "keep_data=True is for tables and arrays (data=array); save a series to a file, and pass its path"
        )
    config = plain(compose([*lines, "data.path=null"]))
    return forward_signal(partial(start, config, lines, source=source, given=given, keep=keep_data))


def lr_find(
    *overrides: str,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    data: Any = None,
    target: Target = None,
    **settings: Any,
) -> RangeTestResult:
    """Suggest a learning rate: train from the initial weights while it grows exponentially from low to high.

    Smith 2017 (arXiv:1506.01186). steps: optimizer steps; the test stops earlier if the smoothed loss is four times its
    minimum. The suggestion is where the smoothed loss falls most steeply. overrides, data, target, settings: see
    `train`; a network that is passed as an instance does not change. Raises UserError if the task takes no gradient
    steps, and as `train` does.
    """
    span = LearningRateRange(low=low, high=high, steps=steps)
    lines, source, given = read_request(overrides, data, target, settings)
    config = plain(compose(lines if source is None else [*lines, "data.path=null"]))
    return forward_signal(partial(find_learning_rate, config, lines, span, source=source, given=given))


def sweep(
    *overrides: str,
    params: Mapping[str, Any] | None = None,
    strategy: str | None = None,
    data: Any = None,
    target: Target = None,
    **settings: Any,
) -> SweepResult:
    """Run a sweep as `nnzoo train -m` does and return its table, best trial and figures.

    params: setting -> list of values or range, such as {"optimizer.lr": {"low": 1e-4, "high": 0.1, "log": True}};
    strategy: an option of `sweep=`, such as "random" or "tpe", None = "grid"; overrides, data, target, settings: see
    `train`; also seeds=5, cv=5, pruner="median", sweep={"trials": 40, "workers": 2}. The same call continues a sweep
    that was interrupted. Each run has a copy of the objects from Python. Raises UserError for invalid settings and
    unsuitable data.
    """
    chosen = [] if strategy is None else [f"sweep={strategy}"]
    given_lines, source, given = read_request(overrides, data, target, settings)
    lines = [*chosen, *given_lines, *to_overrides("sweep.params", params or {})]
    lines = in_this_process(lines, given)
    plan = read_plan(lines if source is None else [*lines, "data.path=null"])
    outcome = run_sweep(plan, source=source, given=given, arguments=lines)
    if outcome.signal is not None:
        raise KeyboardInterrupt(outcome.message)
    return SweepResult(outcome.directory)


def load_sweep(directory: str | Path) -> SweepResult:
    """Return the results of a sweep from its directory. Raises UserError if it is not the directory of a sweep."""
    return SweepResult(directory)


def resume(
    directory: str | Path,
    *overrides: str,
    data: Any = None,
    allow_changed_data: bool = False,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    metrics: Mapping[str, Any] | None = None,
    callbacks: Sequence[Any] | None = None,
    force: bool = False,
) -> Result:
    """Resume a run in its own directory, exactly from its last checkpoint.

    overrides: trainer.max_epochs=... and the like, and data.path=... if the data has moved; data: the same object again
    if the data of the run came from Python; allow_changed_data: continue with data that has changed; allow: further
    packages whose classes the config may name; model, loss, optimizer, scheduler, metrics, callbacks: the same objects
    again if they came from Python; a network takes the weights of the checkpoint and is itself trained; force: whether
    to take over a run that another process trains, and which then ends there. Raises UserError for other settings, for
    other data and for a run that is active.
    """
    objects = {"model": model, "loss": loss, "optimizer": optimizer, "scheduler": scheduler}
    objects |= {"metrics": metrics, "callbacks": callbacks}
    resumed = partial(existing_runs.resume, allow_changed_data=allow_changed_data, force=force)
    return forward_signal(partial(resumed, directory, with_allowed(overrides, allow), data, objects))


def rerun(
    directory: str | Path,
    *overrides: str,
    data: Any = None,
    allow_changed_data: bool = False,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    metrics: Mapping[str, Any] | None = None,
    callbacks: Sequence[Any] | None = None,
) -> Result:
    """Train again with the config of a run, in a new directory next to it; on the CPU the metrics are the same.

    overrides: settings to change; data: the same object again if the data of the run came from Python;
    allow_changed_data: train on data that has changed; allow: further packages whose classes the config may name;
    model, loss, optimizer, scheduler, metrics, callbacks: see `resume`, but a network is trained from its present
    weights.
    """
    objects = {"model": model, "loss": loss, "optimizer": optimizer, "scheduler": scheduler}
    objects |= {"metrics": metrics, "callbacks": callbacks}
    lines = with_allowed(overrides, allow)
    return forward_signal(
        partial(existing_runs.rerun, directory, lines, data, objects, allow_changed_data=allow_changed_data)
    )


def with_allowed(overrides: Sequence[str], allow: Sequence[str]) -> list[str]:
    """Return overrides with one for the allowed packages, if there are any."""
    check_allow(allow)
    return [*overrides, *(to_overrides("allow", allow) if allow else ())]


def evaluate(
    source: str | Path,
    *overrides: str,
    data: Any = None,
    allow_changed_data: bool = False,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
    metrics: Mapping[str, Any] | None = None,
) -> dict[str, dict[str, float]]:
    """Evaluate the best and the last weights of a run again and return the metrics, as in its `results.json`.

    overrides: data.path=... if the data has moved; data: the same object again if the data of the run came from Python.
    Another table or array is evaluated as one test set, preprocessed like the training data; allow_changed_data: so is
    the table or array of the run if it has changed, and other data is divided into splits again.
    allow: further packages whose classes the config may name; model, loss, metrics: the same objects again if they came
    from Python, which do not change.
    Raises UserError for unsuitable data and for a directory that is not a run.
    """
    check_allow(allow)
    run = RunDirectory(Path(source))
    given, packages = given_for_evaluation(run.config(), source, {"model": model, "loss": loss, "metrics": metrics})
    config = without_training_objects(plain(validated(run.config(), [*allow, *packages])))
    set_locations(run, config, overrides, data)
    last = Checkpoint.read(run.checkpoint("last"))
    check_config(run, last)
    with isolated() as threads, trainers.quiet_lightning():
        measured = evaluation_data(
            config, last, data, given, is_other=bool(overrides), allow_changed_data=allow_changed_data
        )
        with SizeLimit.of_saved(last.task_state):
            task = build_task(config, measured, given, restored=True)
        plan = Plan(config, measured, task)
        measured.log_summary()
        torch.set_num_threads(trainers.num_threads(plan, threads))
        trainer = trainers.build_evaluator(plan)
        found: dict[str, dict[str, float]] = {}
        for which in ("last", "best"):
            file = run.checkpoint(which)
            if which == "last" or file.is_file():
                load_weights(task, Checkpoint.read(file).task_state, file)
                splits = [split for split in config["evaluate"] if split in measured.splits]
                found |= {f"{s}/{which}": evaluate_split(trainer, plan, s) for s in splits}
    return found


def predict(
    source: str | Path,
    raw: Any,
    *,
    probabilities: bool = False,
    length: int | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return the predictions of a run's network for raw examples, which are preprocessed like the training data.

    raw: a frame with named columns, an array or tensor in the user's units, images, sentences, a series, or the Path
    of a file of examples. probabilities: whether to add the probability of each class. length: number of next rows of a
    series to predict instead. which, allow, model, loss: see `load`.
    Returns "prediction": classes as in the user's data, real numbers in the target's units, or reconstructed inputs in
    the network's input shape and the user's units; "box": left, top, right and lower border of the object in pixels of
    the user's picture, (N, 4), if the network predicts it; "output": raw outputs; "mask": True at real steps, for
    sentences of different lengths; and what identifies the examples: index, file, time or id columns.
    Raises UserError for unsuitable examples.
    """
    net = load(source, which=which, allow=allow, model=model, loss=loss)
    if length is not None:
        return net.forecast(raw, length)
    return net.predict(raw, probabilities=probabilities)


def encode(
    source: str | Path,
    raw: Any,
    *,
    layer: str | None = None,
    pool: Literal["mean", "max"] | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return the codes of raw examples, computed by the network of a run, for example an autoencoder.

    layer: the outputs of this layer of any network instead, flattened, or with pool="mean" or "max" the mean or maximum
    of each map; its name is one of `load(source).model.named_modules()`.
    Returns "code": (N, K), or (N, T, K) with a code for each step; raw and the other entries: see `predict`.
    which, allow, model, loss: see `load`. Raises UserError for a network without a code, for an unknown layer and for
    unsuitable examples.
    """
    return load(source, which=which, allow=allow, model=model, loss=loss).encode(raw, layer=layer, pool=pool)


def sample(
    source: str | Path,
    prompt: str = "",
    *,
    length: int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    beam: int | None = None,
    seed: int = 0,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> str:
    """Return the prompt and a continuation sampled from the language model of a run.

    length: number of characters or words to add, None = 400 characters, or words up to the end of the sentence.
    temperature, top_k: see `text.decoding.sample`. beam: width of a beam search that replaces sampling.
    The vocabulary is stored in the checkpoint; the training text is not needed. which, allow, model, loss: see
    `load`.
    To sample points or images from a generative network, use `load(source).sample(n)`.
    Raises UserError for values out of range, unknown characters, and networks that are not language models.
    """
    trained = load(source, which=which, allow=allow, model=model, loss=loss)
    return continue_text(trained, prompt, length=length, temperature=temperature, top_k=top_k, beam=beam, seed=seed)
