"""From a run or checkpoint to a network that can be used."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from .. import runs
from ..building import build_data, build_loss, build_network, wrap
from ..checkpoints import read
from ..errors import UserError, unknown
from ..files.paths import expanded
from ..saved import plain, trusted
from ..spec import DataSpec
from ..surroundings import isolated
from .trained import Trained

WHICH = ("best", "last")


def checkpoint_of(source: str | Path, which: str | None = None) -> Path:
    """Return the checkpoint file of a run, best if there is one, or the file itself."""
    path = expanded(source)
    if path.is_file():
        return path
    runs.read_config(path)
    if which is not None and which not in WHICH:
        raise unknown("checkpoint", which, WHICH)
    best = path / "checkpoints" / "best.ckpt"
    return best if which == "best" or (which is None and best.is_file()) else path / "checkpoints" / "last.ckpt"


def load(source: str | Path, *, which: str | None = None, allow: Sequence[str] = ()) -> Trained:
    """Return the trained network of a run or checkpoint, ready to use: `net(x)` takes tensors of raw numbers.

    which: "best" or "last", None = best if there is one; allow: further packages whose classes may be built. It has
    `predict`, `spec` (DataSpec), `preprocessing` and `config`; `network` takes what training took. Raises UserError if
    the checkpoint is missing, damaged or does not fit.
    """
    from ..preprocessing.restore import restore  # pandas takes a while

    path = checkpoint_of(source, which)
    checkpoint = read(path)
    ours = checkpoint["nnzoo"]
    config, spec = plain(trusted(ours["config"], allow)), DataSpec.from_dict(ours["spec"])
    with isolated():
        loss = build_loss(config, spec)
        network = build_network(config, spec, loss)
    weights = {k.removeprefix("net."): v for k, v in checkpoint["state_dict"].items() if k.startswith("net.")}
    fill(network, weights, path)
    record = ours.get("data")  # runs of earlier versions have none
    preprocessing = restore(record["preprocessing"]) if record else build_data(config).preprocessing
    return Trained(network, wrap(config, spec, network, loss), preprocessing)


def fill(module: nn.Module, weights: Mapping[str, Any], path: Path) -> None:
    """Load weights. Raises UserError if they are of another network."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise UserError(f"{path} holds the weights of another network: {' '.join(lines[1:2])}") from error
