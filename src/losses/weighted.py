"""A loss whose examples count by their class. Shapes as in `base`, K classes."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .base import Loss


class Weighted(Loss):
    """Another loss, times the weight of the right class.

    weights: (K,), at least 0. A mean over examples is divided by their number, not by the sum of their weights, as with
    `class_weight` in scikit-learn.
    """

    weights: Tensor

    def __init__(self, loss: Loss, weights: Float[Tensor, " K"]) -> None:
        super().__init__()
        self.loss = loss
        self.targets = loss.targets  # type: ignore[misc]  # of each its own
        self.register_buffer("weights", weights, persistent=False)

    def out_features(self, target_size: int) -> int:
        """Return how many outputs the network must have; raises ValueError if there is no right number."""
        return self.loss.out_features(target_size)

    def scores(self, output: Tensor) -> Tensor:
        """Return one number a class, the largest for the one to decide for."""
        return self.loss.scores(output)

    def probabilities(self, output: Tensor) -> Tensor | None:
        """Return the probability of each class, None where the loss is of no such model."""
        return self.loss.probabilities(output)

    def forward(self, output: Float[Tensor, "*n O"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the weighted loss of each example or step."""
        loss: Tensor = self.loss(output, target)
        return loss * self.weights.to(loss.dtype)[target]


def class_weights(given: object, labels: tuple[str, ...], counts: Sequence[int | float]) -> Float[Tensor, " K"]:
    """Return the weights of K classes.

    given: "balanced" for N / (K count), so that all classes weigh the same; a number a class, in order; or a mapping
    from labels to numbers, 1 for those left out. counts: of the training targets. Raises ValueError for anything else.
    """
    size = len(counts)
    if given == "balanced":
        return torch.tensor([sum(counts) / (size * count) if count else 0.0 for count in counts])
    if isinstance(given, dict):
        names = labels or tuple(map(str, range(size)))
        if strange := [str(name) for name in given if str(name) not in names]:
            raise ValueError(f"{given!r}: there is no class '{strange[0]}'; the classes are {', '.join(names[:20])}")
        named = {str(name): weight for name, weight in given.items()}
        given = [named.get(name, 1.0) for name in names]
    if not isinstance(given, list | tuple) or len(given) != size:
        raise ValueError(f"{given!r}; it takes balanced, {size} numbers, or a number for some of the classes by name")
    if not all(isinstance(w, int | float) and not isinstance(w, bool) and 0 <= w < float("inf") for w in given):
        raise ValueError(f"{given!r}; the weights must be numbers, at least 0 and finite")
    return torch.tensor([float(weight) for weight in given])
