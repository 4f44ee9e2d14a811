"""Loading of trained networks from runs and checkpoints."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..builders.data import build_data, build_transforms
from ..builders.heads import build_head
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..builders.objects import passed_again
from ..builders.ranges import with_input_range
from ..builders.size_limit import SizeLimit
from ..config.from_python import is_from_python
from ..config.given import Given
from ..config.instantiate import check_allow
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.directory import CONFIG, RunDirectory
from ..runs.trained_weights import checkpoint_of
from ..training.contradictions import warn_of_config
from ..training.isolation import isolated
from ..training.saved import plain, validated
from ..transforms import Transforms
from .trained import Trained


def load(
    source: str | Path,
    *,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> Trained:
    """Return the trained network of a run or checkpoint. `net(x)` takes tensors of raw numbers.

    which: "best" or "last", None = best if there is one; allow: further packages whose classes may be built; model,
    loss: the same objects again if those of the run came from Python; the weights are loaded into a copy. The result
    has `predict`, `spec` (DataSpec), `preprocessing`, `head` and `config`; its `network` takes preprocessed inputs, as
    in training. Raises UserError if the checkpoint is missing, damaged or does not fit.
    """
    from ..preprocessing.restore import restore  # pandas is slow to import

    check_allow(allow)
    path = checkpoint_of(source, which)
    checkpoint = Checkpoint.read(path)
    if (run := run_of(path)) is not None and (run.path / CONFIG).is_file():
        warn_of_config(run, checkpoint, path.name)
    objects = {"model": model, "loss": loss}
    given, packages = passed_again(checkpoint.config, objects, f"nnzoo.load({str(source)!r}", objects)
    given = given.copies()
    config, spec = plain(validated(checkpoint.config, [*allow, *packages])), checkpoint.spec
    with isolated(), SizeLimit.of_saved(checkpoint.weights):
        built_loss = build_loss(config, spec, given=given)
        network = build_network(config, spec, built_loss, given=given)
    load_weights(network, checkpoint.weights, checkpoint.path)
    fitted = checkpoint.preprocessing
    preprocessing = build_data(config).fitted_preprocessing if fitted is None else restore(fitted)
    transforms = build_transforms(config, checkpoint.transforms) or Transforms()
    return Trained(
        network=network,
        head=build_head(config, spec, built_loss),
        preprocessing=with_input_range(preprocessing, config, spec, built_loss, transforms, given),
        transforms=transforms,
        config=config,
        run=run,
    )


def given_for_evaluation(
    config: Mapping[str, Any], source: str | Path, objects: Mapping[str, Any]
) -> tuple[Given, list[str]]:
    """Return copies of the objects that an evaluation needs again, and the packages of those that can be imported."""
    given, packages = passed_again(config, objects, f"nnzoo.evaluate({str(source)!r}", objects)
    return given.copies(), packages


def without_training_objects(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config without optimizer and schedule from Python, which an evaluation does not use."""
    if is_from_python(config["optimizer"]["_target_"]):
        config = config | {"optimizer": {"_target_": "torch.optim.SGD", "_partial_": True}}
    if config["scheduler"] and is_from_python(config["scheduler"]["_target_"]):
        config = config | {"scheduler": None}
    return config


def run_of(checkpoint: Path) -> RunDirectory | None:
    """Return the run that a checkpoint file belongs to, None if it lies elsewhere."""
    run = RunDirectory(checkpoint.parent.parent)
    return run if checkpoint.parent == run.checkpoints else None


def load_weights(module: nn.Module, weights: Mapping[str, Any], path: Path) -> None:
    """Load weights into a module. Raises UserError if they are from another network."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise UserError(f"{path} holds the weights of another network: {' '.join(lines[1:2])}") from error
