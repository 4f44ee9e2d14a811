"""A loss with class weights. Shapes as in `base`; K classes."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from .base import Loss, LossWithDerivative


class Weighted(LossWithDerivative):
    """A loss multiplied by the weight of the right class.

    weights: (K,), at least 0. The mean over examples is divided by their number, not by the sum of their weights, as
    with `class_weight` in scikit-learn.
    """

    weights: Tensor

    def __init__(self, loss: Loss, weights: Float[Tensor, " K"]) -> None:
        super().__init__()
        self.loss = loss
        self.targets = loss.targets  # type: ignore[misc]  # differs by instance
        self.register_buffer("weights", weights, persistent=False)

    def out_features(self, target_size: int) -> int:
        """Return the required number of outputs. Raises ValueError if the loss cannot be used with `target_size`."""
        return self.loss.out_features(target_size)

    def scores(self, output: Tensor) -> Tensor:
        """Return one score per class; the class with the largest score is predicted."""
        return self.loss.scores(output)

    def probabilities(self, output: Tensor) -> Tensor | None:
        """Return the probability of each class, or None if the loss defines no probabilities."""
        return self.loss.probabilities(output)

    def states_derivative(self) -> bool:
        """Return whether the loss without weights states its derivative."""
        return self.loss.states_derivative()

    def with_derivative(
        self, output: Float[Tensor, "*n O"], target: Int[Tensor, "*n"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n O"]]:
        """Return the weighted losses and derivatives, of a loss that states them."""
        assert isinstance(self.loss, LossWithDerivative)
        losses, slope = self.loss.with_derivative(output, target)
        weights = self.weights.to(losses.dtype)[target]
        return losses * weights, slope.mul_(weights.unsqueeze(-1))

    def forward(self, output: Float[Tensor, "*n O"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the weighted loss of each example or step."""
        loss: Tensor = self.loss(output, target)
        return loss * self.weights.to(loss.dtype)[target]


def class_weights(given: object, labels: tuple[str, ...], counts: Sequence[int | float]) -> Float[Tensor, " K"]:
    """Return the weights of K classes.

    given: "balanced" for N / (K count), so that all classes have the same total weight; one number per class, in order;
    or a mapping from labels to numbers, where missing labels have weight 1. counts: examples of each class in the
    training set. Raises ValueError for anything else.
    """
    size = len(counts)
    if given == "balanced":
        return torch.tensor([sum(counts) / (size * count) if count else 0.0 for count in counts])
    if isinstance(given, dict):
        names = labels or tuple(map(str, range(size)))
        if unknown := [str(name) for name in given if str(name) not in names]:
            raise ValueError(f"{given!r}: there is no class '{unknown[0]}'; the classes are {', '.join(names[:20])}")
        named = {str(name): weight for name, weight in given.items()}
        given = [named.get(name, 1.0) for name in names]
    if not isinstance(given, list | tuple) or len(given) != size:
        raise ValueError(f"{given!r}; it must be balanced, {size} numbers, or a mapping from class names to numbers")
    if not all(isinstance(w, int | float) and not isinstance(w, bool) and 0 <= w < float("inf") for w in given):
        raise ValueError(f"{given!r}; the weights must be numbers, at least 0 and finite")
    return torch.tensor([float(weight) for weight in given])
