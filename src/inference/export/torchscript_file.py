"""TorchScript files, read by `torch.jit.load` and by LibTorch in C++."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor

from .graph import EXAMPLE_SIZE, Graph
from .loops import use_script


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the deprecation of TorchScript, and the warnings of its tracer: the file is checked on several sizes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.\w+` is (deprecated|not supported)")
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", message=r"The \.grad attribute of a Tensor", module=r"torch\.jit")
        yield


def write(graph: Graph, path: Path) -> None:
    """Write a graph with its weights. Any exception of PyTorch's tracer may be raised."""
    recorded = deepcopy(graph).requires_grad_(False)
    with quiet():
        use_script(recorded)
        inputs = graph.given(graph.sample(*EXAMPLE_SIZE, seed=0))
        torch.jit.trace(recorded, inputs, check_trace=False).save(str(path))


class Reader:
    """The computation of a TorchScript file."""

    def __init__(self, graph: Graph, path: Path) -> None:
        del graph
        with quiet():
            self.module = torch.jit.load(str(path))

    def __call__(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the outputs for inputs."""
        outputs: tuple[Tensor, ...] = self.module(*inputs)
        return outputs
