"""The formats of exported networks. Does not import torch."""

from dataclasses import dataclass
from pathlib import Path

from ...config.packages import require_packages
from ...config.vector_kinds import check_vectors
from ...errors import UserError, join_names, unknown
from ...files.paths import expand_path


@dataclass(frozen=True)
class Format:
    """A format of exported networks.

    file: default name of the file, whose suffix is required; needs: optional packages; weights_only: the file holds the
    weights without the computation; vectors: it holds only the vectors of words, nodes or documents.
    """

    file: str
    needs: tuple[str, ...] = ()
    weights_only: bool = False
    vectors: bool = False


FORMATS = {
    "onnx": Format("model.onnx", ("onnx", "onnxruntime", "onnxscript")),
    "torchscript": Format("torchscript.pt"),
    "state_dict": Format("state_dict.pt", weights_only=True),
    "safetensors": Format("model.safetensors", ("safetensors",), weights_only=True),
    "word2vec": Format("vectors.txt", weights_only=True, vectors=True),
    "word2vec_binary": Format("vectors.bin", weights_only=True, vectors=True),
    "npy": Format("vectors.npy", weights_only=True, vectors=True),
}


def find_format(name: str) -> Format:
    """Return the format with a name. Raises UserError if there is none, or if its packages are not installed."""
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    found = FORMATS[name]
    require_packages(found.needs, purpose=f"format={name}", install="'nnzoo[export]'")
    return found


def vectors_of_format(name: str, vectors: str | None) -> str:
    """Return the kind of vectors to write, by default the input vectors.

    Raises UserError for a kind that does not exist, or if the format does not hold vectors.
    """
    if vectors is not None and not FORMATS[name].vectors:
        formats = join_names(each for each, found in FORMATS.items() if found.vectors)
        raise UserError(f"vectors={vectors} has no effect with format={name}; it is for {formats}")
    check_vectors(vectors or "input")
    return vectors or "input"


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
