"""Every network on a GPU that is simulated: torch's fake tensors have a device but no numbers.

A tensor on another device than the network's, or a number that is read, is an error.
"""

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.spec import Batch
from torch import nn
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException, FakeTensorMode

from .test_zoo import NAMES, SPECS, make

GPU = torch.device("cuda")
COUNTED = ("cbow", "skip_gram")  # the first step makes a table of negatives from the counts of the tokens, on the CPU
NEEDS_A_DRIVER = ("CUDA driver", "hasPrimaryContext", "Found no NVIDIA driver")


def simulated(module: nn.Module, mode: FakeTensorMode) -> None:
    """Move a module to the simulated GPU."""
    for layer in module.modules():
        for name, value in layer._parameters.items():
            if value is not None:
                layer._parameters[name] = nn.Parameter(fake(value, mode), value.requires_grad)
        for name, value in layer._buffers.items():
            if value is not None:
                layer._buffers[name] = fake(value, mode)


def fake(value: torch.Tensor, mode: FakeTensorMode) -> torch.Tensor:
    """Return a tensor of the same shape on the simulated GPU."""
    with torch.no_grad():
        value = mode.from_tensor(value.detach())
    with mode:
        return value.to(GPU)


def first_task(name: str):
    """The task of a network for the first kind of data that it takes."""
    for spec in SPECS.values():
        try:
            return make(name, spec)
        except UserError:
            continue
    raise AssertionError(f"{name} takes none of the kinds of data")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in COUNTED])
def test_loss_and_metrics_need_one_device_and_read_nothing(name):
    task = first_task(name)
    mode = FakeTensorMode(allow_non_fake_inputs=False)
    batch = task.spec.fake_batch(4, torch.Generator().manual_seed(0))
    simulated(task, mode)
    batch = Batch(*(None if value is None else fake(value, mode) for value in batch[:3]))
    try:
        with mode:
            step = task.training_loss(batch)[1].detached()
            if step.output.numel():
                prediction, actual = task.predictions(step.output), task.actual(step.target)
                task.accumulators["val"].metrics.update(prediction, actual, batch.mask if task.spec.per_step else None)
    except RuntimeError as error:
        if isinstance(error, DataDependentOutputException | DynamicOutputShapeException):
            raise
        if not any(text in str(error) for text in NEEDS_A_DRIVER):
            raise
        pytest.skip("this step calls CUDA itself, which cannot be simulated")


def test_a_tensor_of_the_cpu_is_found():
    mode = FakeTensorMode(allow_non_fake_inputs=False)
    layer = nn.Linear(2, 2)
    simulated(layer, mode)
    with mode, pytest.raises(RuntimeError, match="same device"):
        layer(torch.zeros(3, 2))
