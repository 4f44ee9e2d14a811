"""Closed forms of a linear network, solved on given data without a run."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from nnzoo.losses.base import Loss
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.components import Components
from nnzoo.tasks.learners.closed_form import ClosedForm

from tests.support.networks import Affine


def solved(
    kind: type[ClosedForm],
    x: np.ndarray,
    y: np.ndarray,
    *,
    penalty: float = 0.0,
    passes: int = 1,
    outputs: int | None = None,
    loss: Loss | None = None,
    bias: bool = True,
) -> ClosedForm:
    """Return a task after passes over the data in batches of 32; y: classes (N,), or real targets (N, K)."""
    real = np.ndim(y) == 2
    classes = 0 if real else int(max(y)) + 1
    outputs = outputs or (np.shape(y)[1] if real else 1 if classes == 2 else classes)
    net = Affine(x.shape[1], outputs, bias=bias)
    with torch.no_grad():
        net.linear.weight.zero_()
    spec = DataSpec("real", (x.shape[1],), *(("real", outputs) if real else ("classes", max(classes, 2))))
    optimizer = partial(torch.optim.SGD, lr=0.1)
    default = Squared() if real else Logistic()
    components = Components(net=net, loss=loss or default, optimizer=optimizer, spec=spec, config={})
    task = kind(components=components, penalty=penalty)
    task.double()
    task._trainer = SimpleNamespace(precision_plugin=SimpleNamespace(convert_input=lambda batch: batch))
    data = Batch(torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(y))
    for _ in range(passes):
        task.solve(data.rows(slice(i, i + 32)) for i in range(0, len(x), 32))
    return task
