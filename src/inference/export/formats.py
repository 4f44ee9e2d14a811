"""The formats of exported networks. Does not import torch."""

from dataclasses import dataclass
from pathlib import Path

from ...config.packages import require_packages
from ...errors import UserError, unknown
from ...files.paths import expand_path


@dataclass(frozen=True)
class Format:
    """A format of exported networks.

    file: default name of the file, whose suffix is required; needs: optional packages; weights_only: the file holds the
    weights without the computation.
    """

    file: str
    needs: tuple[str, ...] = ()
    weights_only: bool = False


FORMATS = {
    "onnx": Format("model.onnx", ("onnx", "onnxruntime", "onnxscript")),
    "torchscript": Format("torchscript.pt"),
    "state_dict": Format("state_dict.pt", weights_only=True),
    "safetensors": Format("model.safetensors", ("safetensors",), weights_only=True),
}


def find_format(name: str) -> Format:
    """Return the format with a name. Raises UserError if there is none, or if its packages are not installed."""
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    found = FORMATS[name]
    require_packages(found.needs, purpose=f"format={name}", install="'nnzoo[export]'")
    return found


def output_path(source: str | Path, name: str, output: str | Path | None) -> Path:
    """Return the path of the exported file: `output`, or the default name in the directory of the run.

    Raises UserError for another suffix than that of the format.
    """
    default, run = FORMATS[name].file, expand_path(source)
    if output is None:
        return (run if run.is_dir() else Path()) / default
    target, suffix = expand_path(output), Path(default).suffix
    if target.suffix.lower() != suffix:
        raise UserError(f"output={output}: with format={name} it must end in {suffix}")
    return target
