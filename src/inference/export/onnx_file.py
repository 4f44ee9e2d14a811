"""ONNX files, written by PyTorch and read by ONNX Runtime."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from .graph import EXAMPLE_SIZE, Graph
from .loops import use_scan


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress notes of the exporter about names of sizes and empty lists; the file is checked on several sizes."""
    log = logging.getLogger("onnx_ir")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*axis name: .* will not be used", category=UserWarning)
            yield
    finally:
        log.setLevel(level)


def write(graph: Graph, path: Path) -> None:
    """Write a graph with its weights to one file. Any exception of PyTorch's exporter may be raised."""
    recorded = deepcopy(graph)
    use_scan(recorded)
    sizes = {name: torch.export.Dim(name) for axes in graph.axes.values() for name in axes.values()}
    axes = {name: {axis: sizes[size] for axis, size in axes.items()} for name, axes in graph.axes.items()}
    inputs = graph.given(graph.sample(*EXAMPLE_SIZE, seed=0))
    torch.compiler.reset()  # scan is compiled, and after several networks in a process torch refuses to compile again
    with quiet():
        program = torch.onnx.export(
            recorded,
            inputs,
            dynamo=True,
            verbose=False,
            dynamic_shapes=axes,
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
        )
    assert program is not None
    program.save(path, external_data=False)


class Reader:
    """The computation of an ONNX file."""

    def __init__(self, graph: Graph, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3  # errors
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.inputs, self.outputs = graph.inputs, graph.outputs

    def __call__(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the outputs for inputs."""
        feed = {name: value.numpy() for name, value in zip(self.inputs, inputs, strict=True)}
        return tuple(torch.from_numpy(value) for value in self.session.run(list(self.outputs), feed))
