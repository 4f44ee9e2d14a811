"""What is measured of predictions: sums over batches, so that an epoch's metric does not depend on how it was cut.

Shapes: B examples, T steps, K labels, D real outputs.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor

from .spans import Tagset, span_scores

Mode = Literal["min", "max"]
TOGETHER = 256  # rows of reconstructions, which the processor's caches hold


class Metrics(ABC):
    """Running sums over an epoch and the metrics made of them.

    modes: the metrics by name, "min" where lower is better and "max" where higher is; the first one is the measure by
    which runs are compared.
    """

    modes: ClassVar[Mapping[str, Mode]]

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.sums: list[float] = []

    def state(self) -> list[float]:
        """Return the sums so far, for a checkpoint."""
        return self.sums

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        self.sums = state

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch."""
        terms = torch.stack(self.terms(prediction, target, mask)).tolist()
        self.sums = [a + b for a, b in zip(self.sums, terms, strict=True)] if self.sums else terms

    def compute(self, loss: float) -> dict[str, float]:
        """Return the metrics by name; `loss` is the mean over the same examples or steps."""
        assert self.sums, "nothing was measured"
        return self.from_sums(*self.sums)

    @abstractmethod
    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the numbers to be added up, each a scalar."""

    @abstractmethod
    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return the metrics of the sums."""


class ClassificationMetrics(Metrics):
    """Of class predictions (B,) or (B, T): share of correct ones, number of wrong ones."""

    modes: ClassVar[Mapping[str, Mode]] = {"acc": "max", "errors": "min"}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong ones, all."""
        wrong = prediction != target
        if mask is None:
            return [wrong.sum(), wrong.new_tensor(wrong.numel(), dtype=torch.long)]
        return [(wrong & mask).sum(), mask.sum()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """acc, errors."""
        wrong, n = sums
        return {"acc": 1 - wrong / n, "errors": wrong}


class SpanMetrics(ClassificationMetrics):
    """Of tags (B, T), by their names: how well the spans are found, and the metrics of `ClassificationMetrics`.

    precision: share of the predicted spans that are right, in place and type; recall: share of the given ones that are
    found; f1: their harmonic mean.
    """

    modes: ClassVar[Mapping[str, Mode]] = {
        "f1": "max",
        "precision": "max",
        "recall": "max",
        "acc": "max",
        "errors": "min",
    }

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.tagset = Tagset(tags)

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong tags, all; spans right, predicted, given."""
        predicted, given = self.tagset.spans(prediction, mask), self.tagset.spans(target, mask)
        spans = [predicted.same(given).sum(), predicted.ends.sum(), given.ends.sum()]
        return [*super().terms(prediction, target, mask), *spans]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """f1, precision, recall, acc, errors."""
        wrong, n, *spans = sums
        precision, recall, f1 = span_scores(*spans)
        return {"f1": f1, "precision": precision, "recall": recall, **super().from_sums(wrong, n)}


class LanguageModelMetrics(ClassificationMetrics):
    """Of next tokens (B, T): perplexity exp(loss), bits a token, and the share that was predicted correctly."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min", "acc": "max"}

    def compute(self, loss: float) -> dict[str, float]:
        """perplexity, bits, acc."""
        return {**surprise(loss), "acc": super().compute(loss)["acc"]}


class NoMetrics(Metrics):
    """Where nothing is predicted: no metric but the loss."""

    modes: ClassVar[Mapping[str, Mode]] = {}

    def compute(self, loss: float) -> dict[str, float]:
        """None."""
        return {}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """None."""
        return []

    def from_sums(self, *sums: float) -> dict[str, float]:
        """None."""
        return {}


class PerplexityMetrics(NoMetrics):
    """Of next tokens, where none is predicted for: perplexity and bits a token."""

    modes: ClassVar[Mapping[str, Mode]] = {"perplexity": "min", "bits": "min"}

    def compute(self, loss: float) -> dict[str, float]:
        """perplexity, bits."""
        return surprise(loss)


def surprise(loss: float) -> dict[str, float]:
    """Return perplexity and bits of a mean loss in nats."""
    bits = loss / math.log(2)
    return {"perplexity": 2**bits if bits < 1000 else math.inf, "bits": bits}


class MultilabelMetrics(Metrics):
    """Of label sets (B, K) or (B, T, K); a step is right if its whole set is.

    acc: share of steps right; errors: number of steps wrong; mistakes: steps wrong per sequence;
    seq_acc: share of sequences with no step wrong; seq_errors: number of the others. In training by segments each
    segment counts as a sequence.
    """

    modes: ClassVar[Mapping[str, Mode]] = {
        "acc": "max",
        "errors": "min",
        "mistakes": "min",
        "seq_acc": "max",
        "seq_errors": "min",
    }

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Wrong steps, steps, sequences with a wrong step, sequences."""
        wrong = (prediction != target.bool()).sum(-1) > 0  # (B,) or (B, T); faster than any(-1)
        if mask is not None:
            wrong = wrong & mask
        mistakes = wrong.flatten(1).sum(1) if wrong.ndim > 1 else wrong.long()  # (B,)
        steps = mistakes.new_tensor(wrong.numel()) if mask is None else mask.sum()
        n = steps.new_tensor(len(wrong)) if mask is None else mask.any(1).sum()
        return [mistakes.sum(), steps, (mistakes > 0).sum(), n]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """acc, errors, mistakes, seq_acc, seq_errors."""
        wrong, steps, failed, n = sums
        return {
            "acc": 1 - wrong / steps,
            "errors": wrong,
            "mistakes": wrong / n,
            "seq_acc": 1 - failed / n,
            "seq_errors": failed,
        }


class RegressionMetrics(Metrics):
    """Of real outputs (B, D) or (B, T, D): mean squared error, its root, mean absolute error, explained variance.

    r2 is the mean over the D outputs, each by its own spread, as in scikit-learn: of a target that is constant it is 1
    if every prediction is exact and 0 otherwise.
    """

    modes: ClassVar[Mapping[str, Mode]] = {"mse": "min", "rmse": "min", "mae": "min", "r2": "max"}

    def reset(self) -> None:
        """Begin anew."""
        super().reset()
        self.origin: list[float] = []  # the first target: sums around it do not cancel, however large it is

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch, one row after the other: else the last digits would depend on how an epoch was cut."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = prediction.double().flatten(0, -2), target.double().flatten(0, -2)
        if not len(target):
            return
        self.origin = self.origin or target[0].tolist()
        rows = torch.cat(self.terms(prediction, target - target.new_tensor(self.origin), None), 1)
        begun = rows.new_tensor(self.sums or [0.0] * rows.shape[1])[None]
        self.sums = torch.cat([begun, rows]).cumsum(0)[-1].tolist()

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Squares, absolutes, target around the origin, its square, count, of each row: (N, D) each."""
        gap = prediction - prediction.new_tensor(self.origin) - target
        return [gap.square(), gap.abs(), target, target.square(), torch.ones_like(gap)]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """mse, rmse, mae, r2."""
        squares, absolutes, total, total_squares, n = torch.tensor(sums, dtype=torch.float64).view(5, -1)
        spread = (total_squares - total * total / n).clamp_min(0)
        constant = spread <= 1e-13 * total_squares  # rounding alone
        r2 = (1 - squares / spread).where(~constant, (squares == 0).double())
        mse = float((squares / n).mean())
        return {"mse": mse, "rmse": mse**0.5, "mae": float((absolutes / n).mean()), "r2": float(r2.mean())}

    def state(self) -> list[float]:
        """Return the sums so far, with the origin they are around."""
        return [*self.origin, *self.sums]

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        outputs = len(state) // 6  # an origin and five sums each
        self.origin, self.sums = state[:outputs], state[outputs:]


class ReconstructionMetrics(RegressionMetrics):
    """Of inputs (B, D) or (B, T, D) and what was made of them: the same, of all D numbers together.

    r2 is the share of the inputs' variance that is explained, as of principal components: 1 - sum of squared errors /
    sum of squared distances from the mean input (`multioutput="variance_weighted"` in scikit-learn). In a mean over the
    D numbers, each by its own spread, pixels that hardly ever change would decide.
    """

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch, one row after the other, as the others do; many rows of many numbers at a fair speed."""
        if mask is not None:
            prediction, target = prediction[mask], target[mask]
        prediction, target = single(prediction).flatten(0, -2), single(target).flatten(0, -2)
        if not len(target):
            return
        self.origin = self.origin or target[0].tolist()
        origin = target.new_tensor(self.origin)
        *of_rows, n = self.sums[:4] or [0.0] * 4
        total = target.new_tensor([self.sums[4:] or [0.0] * len(origin)], dtype=torch.float64)
        parts = [target.new_tensor(of_rows, dtype=torch.float64)[:, None]]
        for found, true in zip(prediction.split(TOGETHER), target.split(TOGETHER), strict=True):
            gap, apart = found - true, true - origin
            parts.append(torch.stack([gap.square(), gap.abs(), apart.square()]).sum(-1, dtype=torch.float64))
            total.index_add_(0, torch.zeros(len(apart), dtype=torch.long, device=apart.device), apart.double())
        self.sums = [*torch.cat(parts, 1).cumsum(1)[:, -1].tolist(), n + len(target), *total[0].tolist()]

    def from_sums(self, *sums: float) -> dict[str, float]:
        """mse, rmse, mae, r2 of the sums of squares, absolutes, squares around the origin, rows, and of each number."""
        squares, absolutes, total_squares, n, *total = sums
        spread = total_squares - sum(each * each for each in total) / n
        constant = spread <= 1e-13 * total_squares  # rounding alone
        r2 = float(squares == 0) if constant else 1 - squares / spread
        mse, mae = (value / (n * len(total)) for value in (squares, absolutes))
        return {"mse": mse, "rmse": mse**0.5, "mae": mae, "r2": r2}

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        outputs = len(state) // 2 - 2  # an origin and a sum each, and four sums of all
        self.origin, self.sums = state[:outputs], state[outputs:]


def single(values: Tensor) -> Tensor:
    """Return numbers in float32 at least."""
    return values if values.dtype == torch.float64 else values.float()
