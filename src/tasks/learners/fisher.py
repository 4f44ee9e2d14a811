"""Fisher's linear discriminant in one pass over the data.

Shapes: F inputs and O outputs of the last layer, K classes.
"""

import warnings
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import DataWarning, UserError
from .closed_form import NormalEquations, Ridge


class Scatter(NormalEquations):
    """The sums of the normal equations, solved for the directions that best separate the class means."""

    def solve(self, penalty: float) -> None:
        """Write the discriminant functions into the layer.

        With the within-class covariance S, class means m_k and class frequencies n_k: w_k = S^-1 m_k and
        b_k = log n_k - m_k . w_k / 2; for a single output class 1 minus class 0.
        Inputs and directions without variance within the classes get no weight, with a DataWarning.
        Raises UserError for a layer without bias, a class without examples, and an input that is constant within every
        class but not between them.
        """
        if self.layer.bias is None:
            raise UserError("Fisher's discriminant needs a bias as threshold; set model.bias=true")
        n = self.layer.in_features
        total = self.gram[n]  # sums of the inputs, and the number of rows
        sums = (self.cross.t() + total) / 2  # (O, F + 1): sums over the rows whose target is +1
        if len(sums) == 1:
            sums = torch.cat([total - sums, sums])
        for k, count in enumerate(sums[:, n].tolist()):
            if not count:
                raise UserError(f"class {k} has no training examples; Fisher's discriminant needs some of each class")
        means = sums[:, :n] / sums[:, n:]  # (K, F)
        within = self.gram[:n, :n] - sums[:, :n].t() @ means
        within = (within + penalty * torch.eye(n).to(within)) / self.rows
        weight = self.directions(within, means)
        bias = (sums[:, n] / self.rows).log() - (weight * means).sum(1) / 2
        if self.layer.out_features == 1:
            weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
        self.layer.weight.copy_(weight)
        self.layer.bias.copy_(bias)

    def directions(self, within: Tensor, means: Tensor) -> Tensor:
        """Return S^-1 m_k (K, F) for S = within (F, F) and class means (K, F); see `solve`."""
        smallest = 1e-10 * self.gram.diagonal()[:-1] / self.rows
        varies = within.diagonal() > smallest
        between = (means - means.mean(0)).square().amax(0) > smallest
        if (apart := (~varies & between).nonzero()).numel():
            raise UserError(
                f"feature {int(apart[0])} is constant within every class, so it separates classes alone; "
                "use task.penalty=1e-3"
            )
        weight = torch.zeros_like(means)
        weight[:, varies], lost = solve_in_range(within[varies][:, varies], means[:, varies])
        constant = int((~varies).sum())
        if constant:
            warnings.warn(f"{constant} constant inputs of {len(varies)} are left out", DataWarning, stacklevel=2)
        if lost:
            warnings.warn(
                f"{lost} of {len(varies)} directions are left out, since the inputs do not vary along them within the "
                "classes; task.penalty=1e-3 uses them",
                DataWarning,
                stacklevel=2,
            )
        return weight


def solve_in_range(within: Tensor, means: Tensor) -> tuple[Tensor, int]:
    """Return S^+ m_k (K, F) and the number of directions in which S, scaled to a diagonal of 1, is 0.

    S^+ is the inverse of S (F, F) if there are none.
    """
    scale = within.diagonal().rsqrt()
    values, vectors = torch.linalg.eigh(within * torch.outer(scale, scale))
    kept = values > 1e-10
    if kept.all():
        return torch.linalg.solve(within, means.t()).t(), 0
    basis = vectors[:, kept] * scale[:, None]
    return means @ basis / values[kept] @ basis.t(), int((~kept).sum())


class Fisher(Ridge):
    """Fisher's discriminant: directions w that maximize the ratio of between-class to within-class variance.

    It takes one pass over the data, like ridge regression; penalty: added to the within-class sums of squares. If the
    classes are Gaussian with the same covariance, the outputs are log-probabilities up to a constant. For two classes
    with centered features and targets, the direction equals that of least squares. Aggarwal 2.2.2.1.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)
    cubes: ClassVar[int] = 10  # all eigenvalues

    def make_equations(self) -> Scatter:
        """Return the equations whose sums are accumulated in a pass."""
        return Scatter(self.readout)
