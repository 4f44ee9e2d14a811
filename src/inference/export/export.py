"""Export of trained networks."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

import torch

from ...card import VectorKind
from ...errors import UserError
from ...runs.atomic import write_json
from ...training.isolation import isolated
from ..load import load
from ..trained import Trained
from . import onnx_file, torchscript_file, vector_files, weight_files
from .comparison import compare_outputs, compare_tensors
from .description import describe
from .formats import FORMATS, find_format, output_path, vectors_of_format
from .graph import Graph
from .weight_files import Tensors

GRAPHS = {"onnx": onnx_file, "torchscript": torchscript_file}
WEIGHTS: dict[str, tuple[Callable[[Tensors, Path], None], Callable[[Path], Tensors]]] = {
    "state_dict": (weight_files.write_state_dict, weight_files.read_state_dict),
    "safetensors": (weight_files.write_safetensors, weight_files.read_safetensors),
}


class Export(NamedTuple):
    """An exported network.

    path: the file; description: the JSON file next to it; difference: the largest difference between outputs of the
    file and of the network, 0 for weights, which are equal.
    """

    path: Path
    description: Path
    difference: float


def export(
    source: str | Path,
    format: str,
    *,
    output: str | Path | None = None,
    vectors: VectorKind | None = None,
    which: str | None = None,
    allow: Sequence[str] = (),
    model: Any = None,
    loss: Any = None,
) -> Export:
    """Write the network of a run or checkpoint to a file for other programs, and a description next to it.

    format: onnx, torchscript, state_dict or safetensors; or word2vec, word2vec_binary or npy for the vectors of words,
    nodes or documents only, npy with their names in a .json file. output: the file, by default a file in the directory
    of the run; vectors: the kind of vectors, by default the input vectors; which, allow, model, loss: see `load`. The
    file is read again and compared with the network; a previous file stays until then. Raises UserError if the format
    cannot express the network, if the file differs from it, if a package is missing, and if the file cannot be written.
    """
    find_format(format)
    kind = vectors_of_format(format, vectors)
    target = output_path(source, format, output)
    trained = load(source, which=which, allow=allow, model=model, loss=loss)
    draft = target.with_name(f".{token_hex(4)}{target.suffix}")
    description = target.with_name(f"{target.name}.json")
    try:
        draft.touch()  # raises OSError, which torch replaces by a RuntimeError
        with isolated(), torch.no_grad():
            if FORMATS[format].vectors:
                content: Graph | Tensors = vector_files.write(trained, format, kind, draft)
                difference = 0.0
            else:
                content, difference = (write_graph if format in GRAPHS else write_weights)(trained, format, draft)
            described = describe(trained, format, content)
        os.replace(draft, target)
        if format == "npy":
            os.replace(draft.with_suffix(".json"), target.with_suffix(".json"))
        write_json(description, described)
    except OSError as error:
        raise UserError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
        draft.with_suffix(".json").unlink(missing_ok=True)
    return Export(target, description, difference)


def write_graph(trained: Trained, name: str, path: Path) -> tuple[Graph, float]:
    """Write the computation in a format; return it, and the largest difference. Raises UserError."""
    graph = Graph(trained)
    try:
        GRAPHS[name].write(graph, path)
        run = GRAPHS[name].Reader(graph, path)
        difference = compare_outputs(graph, run)
    except (UserError, OSError):
        raise
    except Exception as error:  # exporters raise any
        model = trained.config["choices"]["model"]
        raise UserError(f"model '{model}' cannot be exported as {name}: {reason(error)}") from error
    return graph, difference


def write_weights(trained: Trained, name: str, path: Path) -> tuple[Tensors, float]:
    """Write the weights in a format; return them, and the difference, which is 0. Raises UserError if they differ."""
    write, read = WEIGHTS[name]
    content = weight_files.tensors(trained)
    write(content, path)
    compare_tensors(content, read(path))
    return content, 0.0


def reason(error: BaseException) -> str:
    """Return the first line of the first cause of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
