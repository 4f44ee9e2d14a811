"""Loading of trained networks from runs and checkpoints."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..builders.data import build_data, build_transforms
from ..builders.heads import build_head
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..builders.ranges import with_input_range
from ..errors import UserError
from ..files.paths import expand_path
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..training.isolation import isolated
from ..training.saved import plain, validated
from ..transforms import Transforms
from .trained import Trained


def checkpoint_of(source: str | Path, which: str | None = None) -> Path:
    """Return the checkpoint file of a run, by default the best if there is one, or the file itself."""
    path = expand_path(source)
    if path.is_file():
        return path
    run = RunDirectory(path)
    run.config()  # raises UserError if it is not a run
    if which is not None:
        return run.checkpoint(which)
    best = run.checkpoint("best")
    return best if best.is_file() else run.checkpoint("last")


def load(source: str | Path, *, which: str | None = None, allow: Sequence[str] = ()) -> Trained:
    """Return the trained network of a run or checkpoint. `net(x)` takes tensors of raw numbers.

    which: "best" or "last", None = best if there is one; allow: further packages whose classes may be built. The result
    has `predict`, `spec` (DataSpec), `preprocessing`, `head` and `config`; its `network` takes preprocessed inputs, as
    in training. Raises UserError if the checkpoint is missing, damaged or does not fit.
    """
    from ..preprocessing.restore import restore  # pandas is slow to import

    path = checkpoint_of(source, which)
    checkpoint = Checkpoint.read(path)
    config, spec = plain(validated(checkpoint.config, allow)), checkpoint.spec
    with isolated():
        loss = build_loss(config, spec)
        network = build_network(config, spec, loss)
    load_weights(network, checkpoint.weights, checkpoint.path)
    fitted = checkpoint.preprocessing
    preprocessing = build_data(config).fitted_preprocessing if fitted is None else restore(fitted)
    transforms = build_transforms(config, checkpoint.transforms) or Transforms()
    return Trained(
        network=network,
        head=build_head(config, spec, loss),
        preprocessing=with_input_range(preprocessing, config, spec, loss, transforms),
        transforms=transforms,
        config=config,
        run=run_of(path),
    )


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
