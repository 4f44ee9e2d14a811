"""Initial weights from another run: `weights=RUN` in a config."""

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..config.files import options
from ..config.inventory import other_settings, to_text
from ..config.torchvision_weights import PUBLISHED, TORCHVISION
from ..data.base import Data
from ..errors import DataWarning, UserError, did_you_mean
from ..files.paths import expand_path
from ..runs.checkpoint import Checkpoint
from ..runs.lookup import run_named
from ..runs.trained_weights import checkpoint_of
from ..spec import DataSpec
from ..transforms.chain import State
from .adapters import Network
from .preprocessing_changes import preprocessing_change
from .torchvision_weights import download
from .weight_matching import by_name, in_order, is_in

MODEL = "model."  # prefix of the network in the state of a `Network`


class Taken(NamedTuple):
    """Which weights of a network are taken, in words, and the names of those that are not."""

    summary: str
    new: list[str]


@dataclass(frozen=True)
class InitialWeights:
    """The weights with which a network begins, and what the inputs of the network were.

    name: as in messages; weights: by name; classes: what the last layer predicts, see `predicted`; preprocessing,
    transforms: those of the inputs, the fitted transforms with their settings by name; preprocessing is None if it is
    unknown; ordered: the layers have other names than here and are found by their order.
    """

    name: str
    weights: Mapping[str, Tensor]
    classes: tuple[Any, ...]
    preprocessing: Mapping[str, Any] | None
    transforms: Mapping[str, Any]
    state: State
    ordered: bool = False

    @property
    def digest(self) -> str:
        """A checksum of the weights."""
        found = hashlib.sha256()
        for name, value in self.weights.items():
            found.update(f"{name} {value.dtype} {list(value.shape)}".encode())
            found.update(value.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
        return found.hexdigest()[:16]


def initial_weights(config: Mapping[str, Any]) -> InitialWeights | None:
    """Return the initial weights of a config, None if it has none. Raises UserError if they cannot be read."""
    if config["weights"] is None:
        return None
    if config["weights"] == TORCHVISION:
        return of_torchvision(PUBLISHED[config["choices"]["model"]])
    if not str(config["weights"]).strip():
        raise UserError("weights is empty; it takes a run, a checkpoint or torchvision")
    try:
        path = checkpoint_of(run_named(config["weights"], expand_path(config["output_dir"])))
        return of_checkpoint(path, path.stat().st_mtime_ns)
    except (UserError, OSError) as error:
        hint = did_you_mean(config["weights"], [TORCHVISION])
        raise UserError(f"weights: {error}{hint}") from error


@lru_cache(maxsize=1)
def of_checkpoint(path: Path, changed: int) -> InitialWeights:
    """Return the weights of a checkpoint. changed: time of its last change."""
    del changed
    checkpoint = Checkpoint.read(path)
    return InitialWeights(
        name=str(path),
        weights={name.removeprefix(MODEL): value for name, value in checkpoint.weights.items()},
        classes=predicted(checkpoint.spec),
        preprocessing=checkpoint.preprocessing,
        transforms={name: checkpoint.config["transforms"][name] for name in checkpoint.transforms},
        state=checkpoint.transforms,
    )


def check_pictures(config: Mapping[str, Any], spec: DataSpec) -> None:
    """Raise UserError unless inputs are pictures of 3 channels, before weights of torchvision are downloaded."""
    if config["weights"] == TORCHVISION and (spec.form != "image" or spec.shape[0] != 3):
        raise UserError(f"weights={TORCHVISION} are for pictures with 3 channels; the data gives {spec}")


def of_torchvision(name: str) -> InitialWeights:
    """Return the weights that torchvision publishes for a network by its name there, and what its inputs were."""
    found = download(name)
    mean, scale = (torch.tensor(values).view(-1, 1, 1) for values in (found.mean, found.scale))
    return InitialWeights(
        name=TORCHVISION,
        weights=found.weights,
        classes=("classes", len(found.classes), found.classes),
        preprocessing={"kind": "images", "numbers": "unit", "divisor": 255.0},
        transforms={"standardize": {"_target_": "nnzoo.transforms.standardize.Standardize", "per": "channel"}},
        state={"standardize": {"mean": mean, "scale": scale}},
        ordered=True,
    )


def predicted(spec: DataSpec) -> tuple[Any, ...]:
    """Return what the last layer of a network predicts: the kind of target, its size, and the names of the classes."""
    return spec.target, spec.target_size, spec.classes or spec.labels


def state_of_transforms(
    initial: InitialWeights, config: Mapping[str, Any], fitted: Iterable[str], spec: DataSpec
) -> State:
    """Return the state of the transforms with which the initial weights were trained.

    fitted: names of the fitted transforms of the config; spec: of the data before them. Raises UserError if they are
    not the same, and for statistics of each pixel of images of another size.
    """
    ours, theirs = {name: config["transforms"][name] for name in fitted}, initial.transforms
    if list(ours) != list(theirs):
        raise UserError(
            f"weights={initial.name} were trained with transforms={listed(theirs)}, not {listed(ours)}; use the same"
        )
    for name, node in ours.items():
        for key, value in node.items():
            if value != theirs[name].get(key):
                raise UserError(
                    f"transforms.{name}.{key} is {value}; weights={initial.name} were trained with "
                    f"{theirs[name].get(key)}"
                )
    sizes = image_sizes(initial, spec)
    for name, values in initial.state.items():
        if sizes and any(tuple(each.shape[-2:]) == sizes[0] for each in values.values()):
            raise UserError(
                f"transforms.{name} of weights={initial.name} has statistics of each pixel of {by(sizes[0])} images, "
                f"here they are {by(sizes[1])}; in both runs, use those of channels, such as "
                "transforms.standardize.per=channel"
            )
    return initial.state


def image_sizes(initial: InitialWeights, spec: DataSpec) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return height and width of the images of initial weights and of the data, None unless known and different."""
    before = (initial.preprocessing or {}).get("shape", ())
    if spec.form != "image" or len(before) != 3 or tuple(before[1:]) == tuple(spec.shape[1:]):
        return None
    return tuple(before[1:]), tuple(spec.shape[1:])


def by(size: Iterable[int]) -> str:
    """Return height and width as in 16x16."""
    return "x".join(map(str, size))


def listed(names: Iterable[str]) -> str:
    """Return names of transforms as in an override."""
    return ",".join(names) or "null"


def check_inputs(initial: InitialWeights, data: Data) -> None:
    """Raise UserError if the same raw example was another input of the network than it is now."""
    before = initial.preprocessing
    if before is not None and (change := preprocessing_change(before, data.fitted_preprocessing.to_dict())):
        raise UserError(f"weights={initial.name} were trained on other inputs: {change}")


def load_initial_weights(net: Network, initial: InitialWeights, spec: DataSpec, how: Any) -> Taken:
    """Load initial weights into a network, and return which were taken.

    The last layer keeps its own weights if it predicts something else. how: `weights_by` of the config. Raises
    UserError if the weights are those of another network.
    """
    model = net.model
    own = model.state_dict()
    head = next((name for name, layer in model.named_modules() if layer is getattr(model, "head", None)), "")
    try:
        if how == "name" and not initial.ordered:
            pairs = by_name(own, initial.weights, head)
        else:
            pairs = in_order(own, initial.weights, None if isinstance(how, str) else (how[0], how[1]))
    except UserError as error:
        reason = f"are those of another network: {error}"
        if sizes := image_sizes(initial, spec):
            reason = (
                f"are of a network for {by(sizes[0])} images, here they are {by(sizes[1])} ({error}); networks that "
                "average their maps, such as resnet20, go on with another size"
            )
        raise UserError(f"weights={initial.name} {reason}") from error
    if initial.classes != predicted(spec):
        pairs = {mine: other for mine, other in pairs.items() if not is_in(mine, head)}
    if not pairs:
        raise UserError(f"weights={initial.name} has no layer of this network except the last one")
    model.load_state_dict(own | {mine: initial.weights[other] for mine, other in pairs.items()})
    new = [name for name in own if name not in pairs]
    summary = f"{len(pairs)} of {len(own)} tensors from {initial.name}" + (f"; new: {', '.join(new)}" if new else "")
    return Taken(summary, new)


def check_init(config: Mapping[str, Any], initial: InitialWeights, taken: Taken) -> None:
    """Raise UserError if the user chose an initialization and initial weights replace all that it sets."""
    model, init = str(config["choices"].get("model")), config["init"]
    own = other_settings("model", options("model")[model]) if model in options("model") else ()
    if init != "default" and not taken.new and f"init={to_text(init)}" not in own:
        raise UserError(f"init={init} has no effect: weights={initial.name} replace all layers; leave it out")


def with_digest(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with the checksum of its initial weights. Warns if a run of it began with others."""
    initial, before = initial_weights(config), config["weights_digest"]
    if initial is None:
        return config
    if before not in (None, initial.digest):
        warnings.warn(
            f"weights={initial.name} are not those with which the run began; the metrics will change as well",
            DataWarning,
            stacklevel=2,
        )
    return config | {"weights_digest": initial.digest}
