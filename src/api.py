"""What `import nnzoo` offers: train, resume, rerun, evaluate, predict, encode, sample, load, create."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .builders.build import build_data, build_loss, build_task, build_transforms, with_input_range
from .config.compose import compose, model_config
from .config.instantiate import instantiate
from .config.overrides import override
from .config.signatures import REQUIRED, parameters
from .data.base import Data
from .errors import UserError, unknown
from .files.paths import TABLES, existing
from .inference.load import load, load_weights
from .inference.texts import continue_text
from .runs.checkpoint import Checkpoint
from .runs.directory import RunDirectory
from .runs.signals import forward_signal
from .training import existing_runs, trainers
from .training.evaluation import evaluate_split
from .training.isolation import isolated
from .training.plan import Plan
from .training.result import Result
from .training.run import run
from .training.saved import plain, set_locations, validated
from .transforms import Transforms

OWN_FILES = (*TABLES, ".npy", ".npz")


def train(
    *overrides: str,
    data: Any = None,
    target: str | int | Sequence[str | int] | None = None,
    keep_data: bool = False,
    **settings: Any,
) -> Result:
    """Train as `nnzoo train` does and return what came of it.

    Takes override strings ("optimizer.lr=0.1"), keywords (model="mlp", seed=3), and nested or dotted ones
    (trainer={"max_epochs": 5}, **{"model.hidden": [64]}). data: the name of a data set, or data of your own: the path
    of a table or array, (x, y) or (x, y, x_test, y_test) of arrays or tensors, a frame of pandas or polars or a mapping
    of columns with `target`, a map-style Dataset.
    keep_data: keep a copy of it with the run. Raises UserError for anything that does not fit.
    """
    if isinstance(data, str | Path) and Path(data).suffix.lower() in OWN_FILES:
        settings["data.path"], data = str(data), "array"
    named = (
        data is None or isinstance(data, str | Path) or (isinstance(data, Mapping) and not has_columns(data, target))
    )
    if keep_data and named:
        raise UserError("keep_data=True is for data that is passed as an object; files stay where they are")
    if named and data is not None:
        settings["data"] = data
    if target is not None:
        settings["data.target"] = target
    given = [*overrides, *(line for key, value in settings.items() for line in override(key, value))]
    if named:
        return forward_signal(partial(run, plain(compose(given)), given))
    if keep_data and any(line.startswith("data=") and line != "data=array" for line in given):
        raise UserError(
            "keep_data=True is for tables and arrays (data=array); save a series to a file, and pass its path"
        )
    chosen = given if any(line.startswith("data=") for line in given) else ["data=array", *given]
    config = plain(compose([*chosen, "data.path=null"]))
    return forward_signal(partial(run, config, chosen, source=data, keep=keep_data))


def has_columns(data: Mapping[str, Any], target: Any) -> bool:
    """Tell whether a mapping is data, of columns or a Bunch of scikit-learn's, not settings of a data set."""
    return (isinstance(target, str) and target in data) or {"data", "target"} <= data.keys()


def resume(directory: str | Path, *overrides: str, data: Any = None) -> Result:
    """Go on with a run in its own directory, exactly where its last checkpoint stands.

    overrides: further epochs and the like, and data.path=... where the data has moved; data: the same object again, of
    a run whose data came from Python. Raises UserError for other settings and for other data.
    """
    return forward_signal(partial(existing_runs.resume, directory, overrides, data))


def rerun(directory: str | Path, *overrides: str, data: Any = None) -> Result:
    """Train once more with the config of a run, in a new directory beside it: on the CPU, the same metrics.

    data: the same object again, of a run whose data came from Python.
    """
    return forward_signal(partial(existing_runs.rerun, directory, overrides, data))


def evaluate(
    source: str | Path, *overrides: str, data: Any = None, allow: Sequence[str] = ()
) -> dict[str, dict[str, float]]:
    """Measure the best and the last weights of a run again: the figures of its `results.json`.

    overrides: data.path=... where the data has moved; data: the object again, of a run whose data came from Python.
    Other data than the run was trained on, a table say, is measured as a whole, prepared as the training data was.
    Raises UserError for what does not fit.
    """
    run = RunDirectory(Path(source))
    config = plain(validated(run.config(), allow))
    set_locations(run, config, overrides, data)
    last = Checkpoint.read(run.checkpoint("last"))
    with isolated() as threads, trainers.quiet_lightning():
        measured = evaluation_data(config, last, data)
        task = build_task(config, measured)
        plan = Plan(config, measured, task)
        measured.announce()
        torch.set_num_threads(trainers.num_threads(plan, threads))
        trainer = trainers.build_evaluator(plan)
        found: dict[str, dict[str, float]] = {}
        for which in ("last", "best"):
            file = run.checkpoint(which)
            if which == "last" or file.is_file():
                load_weights(task, Checkpoint.read(file).task_state, file)
                splits = [split for split in config["evaluate"] if split in measured.splits]
                found |= {f"{s}/{which}": evaluate_split(trainer, task, measured, s) for s in splits}
    return found


def evaluation_data(config: dict[str, Any], checkpoint: Checkpoint, source: Any) -> Data:
    """Return the data of a run or, if what was given is other data, its examples as a test set.

    Raises UserError for other data than tables and arrays.
    """
    target = str(config["data"]["_target_"])
    if checkpoint.digest is None or not target.endswith(".Array"):
        data = build_data(config, source, checkpoint.transforms)
        if not data.has_digest(checkpoint.digest):
            if source is not None:
                raise UserError("the data is not what the run was trained on; pass the same data as data=...")
            raise UserError(f"{config['data'].get('path')} is not what the run was trained on: the content has changed")
        return data
    from .data.tables.fresh import Fresh  # pandas takes a while
    from .data.tables.sources import digest_of, from_object
    from .preprocessing.restore import restore

    given = from_object(source) if source is not None else None
    path = config["data"]["path"]
    if (given.digest if given else digest_of(existing(path), config["data"]["target"])) == checkpoint.digest:
        return build_data(config, source, checkpoint.transforms)
    config["evaluate"] = ["test"]
    assert checkpoint.preprocessing is not None
    spec = checkpoint.spec
    transforms = build_transforms(config, checkpoint.transforms) or Transforms()
    fitted = with_input_range(restore(checkpoint.preprocessing), spec, build_loss(config, spec), transforms)
    fresh = Fresh(spec=spec, preprocessing=fitted, given=given, settings=config["data"])
    fresh.transforms = transforms
    return fresh


def predict(
    source: str | Path,
    raw: Any,
    *,
    probabilities: bool = False,
    length: int | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return what the network of a run predicts for raw examples, prepared as the training data was.

    raw: a frame with named columns, an array or tensor in the user's units, pictures, sentences, a series, or the Path
    of a file of examples. prediction: classes as they are called in the data, real numbers in the target's units,
    reconstructed inputs in the shape in which the network takes them and in the user's units;
    output: the raw outputs; what tells the examples apart: index, file, time or columns of ids; mask: True at the steps
    of sentences of unequal length. probabilities: add those of each class. length: instead, so many next rows of a
    series. which, allow: see `load`. Raises UserError for what does not fit.
    """
    net = load(source, which=which, allow=allow)
    if length is not None:
        return net.forecast(raw, length)
    return net.predict(raw, probabilities=probabilities)


def encode(
    source: str | Path, raw: Any, *, which: str | None = None, allow: Sequence[str] = ()
) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return the codes that the network of a run, an autoencoder say, gives to raw examples.

    code: (N, K), or (N, T, K) with a code for each step; raw, mask, and what tells the examples apart: see `predict`.
    which, allow: see `load`. Raises UserError for networks without a code, and for what does not fit.
    """
    return load(source, which=which, allow=allow).encode(raw)


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
) -> str:
    """Return a text: the prompt, and how the language model of a run goes on from it.

    length: characters or words to add, None = 400 characters, or words to the end of the sentence. They are drawn;
    temperature and top_k: see `text.decoding.sample`. With `beam` the likeliest are searched for, which draws nothing.
    The vocabulary is that of the checkpoint; the text it was trained on is not needed. which, allow: see `load`.
    Points or images of a network that generates them: `load(source).sample(n)`.
    Raises UserError for values out of range, unknown characters, and runs on other data.
    """
    trained = load(source, which=which, allow=allow)
    return continue_text(trained, prompt, length=length, temperature=temperature, top_k=top_k, beam=beam, seed=seed)


def create_model(name: str, **settings: Any) -> nn.Module:
    """Return a network of the catalogue by name, untrained; settings are its constructor's.

    Raises UserError for an unknown name or setting, with the nearest one.
    """
    node = model_config(name)
    target = node["_target_"]
    known = parameters(target) or {}
    for key in settings:
        if key not in known:
            raise unknown(f"setting of {name}", key, known)
    required = [k for k, p in known.items() if p.default is REQUIRED and k not in {**node, **settings}]
    if required:
        raise UserError(f"{name} needs {', '.join(required)}")
    made: nn.Module = instantiate(node | settings)
    return made
