"""From a run or checkpoint to a network that can be used."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from ..builders.build import build_data, build_head, build_loss, build_network, build_transforms, for_loss
from ..errors import UserError
from ..files.paths import expand_path
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..training.saved import plain, validated
from ..training.surroundings import isolated
from ..transforms import Transforms
from .trained import Trained


def checkpoint_of(source: str | Path, which: str | None = None) -> Path:
    """Return the checkpoint file of a run, best if there is one, or the file itself."""
    path = expand_path(source)
    if path.is_file():
        return path
    run = RunDirectory(path)
    run.config()  # else it is no run
    if which is not None:
        return run.checkpoint(which)
    best = run.checkpoint("best")
    return best if best.is_file() else run.checkpoint("last")


def load(source: str | Path, *, which: str | None = None, allow: Sequence[str] = ()) -> Trained:
    """Return the trained network of a run or checkpoint, ready to use: `net(x)` takes tensors of raw numbers.

    which: "best" or "last", None = best if there is one; allow: further packages whose classes may be built. It has
    `predict`, `spec` (DataSpec), `preprocessing`, `head` and `config`; `network` takes what training took. Raises
    UserError if the checkpoint is missing, damaged or does not fit.
    """
    from ..preprocessing.restore import restore  # pandas takes a while

    checkpoint = Checkpoint.read(checkpoint_of(source, which))
    config, spec = plain(validated(checkpoint.config, allow)), checkpoint.spec
    with isolated():
        loss = build_loss(config, spec)
        network = build_network(config, spec, loss)
    fill(network, checkpoint.weights, checkpoint.path)
    fitted = checkpoint.preprocessing
    preprocessing = build_data(config).preprocessing if fitted is None else restore(fitted)
    transforms = build_transforms(config, checkpoint.transforms) or Transforms()
    return Trained(
        network=network,
        head=build_head(config, spec, loss),
        preprocessing=for_loss(preprocessing, spec, loss, transforms),
        transforms=transforms,
        config=config,
    )


def fill(module: nn.Module, weights: Mapping[str, Any], path: Path) -> None:
    """Load weights. Raises UserError if they are of another network."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise UserError(f"{path} holds the weights of another network: {' '.join(lines[1:2])}") from error
