"""Files of weights: PyTorch's state dicts and safetensors."""

from pathlib import Path

import torch
from torch import Tensor

from ..trained import Trained

Tensors = dict[str, Tensor]


def tensors(trained: Trained) -> Tensors:
    """Return the state dict of a network, and the state of fitted transforms as `transforms.<name>.<key>`."""
    found = {name: value.detach().contiguous().clone() for name, value in trained.model.state_dict().items()}
    for name, state in trained.transforms.state_dict().items():
        found |= {f"transforms.{name}.{key}": value.contiguous() for key, value in state.items()}
    return found


def write_state_dict(values: Tensors, path: Path) -> None:
    """Write tensors with `torch.save`."""
    torch.save(values, path)


def read_state_dict(path: Path) -> Tensors:
    """Read tensors with `torch.load`, which executes no code."""
    found: Tensors = torch.load(path, weights_only=True)
    return found


def write_safetensors(values: Tensors, path: Path) -> None:
    """Write tensors in the safetensors format."""
    from safetensors.torch import save

    path.write_bytes(save(values, metadata={"format": "pt"}))


def read_safetensors(path: Path) -> Tensors:
    """Read a file in the safetensors format."""
    from safetensors.torch import load_file

    found: Tensors = load_file(path)
    return found
