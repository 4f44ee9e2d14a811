"""The training loop in plain PyTorch, which shares nothing with the tasks but the batches."""

from collections.abc import Callable, Sequence
from typing import Any

from nnzoo.data.loader import Loader
from nnzoo.spec import Batch
from torch import Tensor, nn

from .tasks import SGD


def by_hand(
    net: nn.Module,
    train: Loader,
    mean_loss: Callable[[Tensor, Batch], Tensor],
    *,
    epochs: int = 3,
    clip: Callable[[Sequence[Tensor]], Any] = lambda _: None,
) -> list[list[tuple[float, Batch, Tensor]]]:
    """Train `net` by a loop; return loss, batch and output of every step of every epoch."""
    optimizer = SGD(net.parameters())
    history = []
    for epoch in range(epochs):
        steps = []
        for batch in train.epoch(epoch):
            output = net(batch.x, batch.mask)
            loss = mean_loss(output, batch)
            optimizer.zero_grad()
            loss.backward()
            clip(list(net.parameters()))
            optimizer.step()
            steps.append((loss.item(), batch, output.detach()))
        history.append(steps)
    return history
