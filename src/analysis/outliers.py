"""Outlier scores: how far the reconstruction of an example is from the example. Aggarwal 2.5.4.

Shapes: N examples, M members of an ensemble, D inputs of an example.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..spec import DataSpec

GRID = 1001  # quantiles of the training scores that are stored with a run


@runtime_checkable
class Members(Protocol):
    """A network with the raw outputs of its members, (N, *shape) -> (N, M, D), and their combination."""

    def member_outputs(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the raw outputs of each member."""

    def combine(self, values: Tensor) -> Tensor:
        """Return values (N, M, K) combined over the members: (N, K)."""


class OutlierScores(NamedTuple):
    """The scores of examples, (N,), and of their inputs, (N, D), in float64."""

    rows: Tensor
    entries: Tensor


def why_no_outliers(spec: DataSpec) -> str | None:
    """Return why a network of this data gives no outlier scores, None if it does."""
    if spec.target != "input":
        return f"it does not reconstruct its input, as model=autoencoder does; the data gives {spec}"
    if spec.sequence:
        return f"it reconstructs sequences; outlier scores are for tables, images and rows of ratings, not for {spec}"
    if spec.context:
        return f"it does not reconstruct its whole input, but reads a context as well; the data gives {spec}"
    return None


class Comparison(Protocol):
    """A head: the forms in which outputs and inputs are compared."""

    def predict(self, output: Tensor) -> Tensor:
        """Return the reconstructions for raw outputs."""

    def actual(self, target: Tensor) -> Tensor:
        """Return the inputs in the form of reconstructions."""


def outlier_scores(net: Members, head: Comparison, x: Tensor, *, partial: bool) -> OutlierScores:
    """Return the squared gaps between inputs of the network and their reconstructions, and their sum for each example.

    x: inputs (N, *shape); partial: inputs of 0 are unknown, and do not count. NaN, a missing part of an input, does not
    count either.
    The scores of an ensemble are the combined scores of its members. Those of an example do not depend on the others.
    """
    inputs = x.flatten(1).unsqueeze(1)  # (N, 1, D)
    known = ~inputs.isnan()
    gaps = head.predict(net.member_outputs(x)) - head.actual(inputs.where(known, 0))
    gaps = gaps.double().square().where(known, 0)
    if partial:
        gaps = gaps * (inputs != 0)
    return OutlierScores(net.combine(gaps.sum(-1, keepdim=True)).squeeze(-1), net.combine(gaps))


def quantile_grid(scores: NDArray[np.float64]) -> list[float]:
    """Return the quantiles 0, 0.001, ..., 1 of scores."""
    found: list[float] = np.quantile(scores, np.linspace(0, 1, GRID)).tolist()
    return found


def score_quantile(grid: list[float], share: float) -> float:
    """Return the score below which this share of the scores lies, by linear interpolation between stored quantiles."""
    return float(np.interp(share, np.linspace(0, 1, len(grid)), grid))
