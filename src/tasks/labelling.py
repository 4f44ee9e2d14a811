"""A set of labels for each example, or for each step of a sequence: next symbols of a grammar, say."""

from torch import Tensor

from .base import Task
from .metrics import Labelled


class Labelling(Task):
    """Decide for a set of labels: those whose output is positive (probability above one half).

    Metrics: loss, acc (share of steps whose whole set is right), errors (number of the others), mistakes (wrong
    steps per sequence), seq_acc (share of sequences fully right), seq_errors (number of the others).
    """

    targets = ("multilabel",)
    metrics = Labelled

    def decide(self, output: Tensor) -> Tensor:
        """(*n, K) -> (*n, K), True where a label is in the set."""
        return output.relu().bool()  # output > 0, in a third of the time
