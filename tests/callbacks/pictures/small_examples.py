"""Examples for pictures of autoencoders, without a run."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from nnzoo.builders.adapters import Network, flatten
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.data.loader import Loader
from nnzoo.losses.base import Loss
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from torch import nn

from tests.support.tasks import make

PRECISION = SimpleNamespace(forward_context=nullcontext, convert_input=lambda batch: batch)
TRAINER: Any = SimpleNamespace(precision_plugin=PRECISION)


def examples_of(
    model: nn.Module, data: DataSpec, batch: Batch, *, loss: Loss | None = None, record: Any = None
) -> Examples:
    """Return examples whose input is the target; data: their spec with y as the target."""
    net = Network(model.eval(), flatten, masked=False)
    task = make(Task, net, loss or Squared(), data.with_input_as_target(), record=record)
    return Examples(TRAINER, task, Loader(batch, batch_size=50, unsupervised=True, original_spec=data))
