"""Fisher's linear discriminant in one pass over the data.

Shapes: F inputs and O outputs of the last layer, K classes.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from .closed_form import NormalEquations, Ridge


class Scatter(NormalEquations):
    """The sums of the normal equations, solved for the directions that best separate the class means."""

    def solve(self, penalty: float) -> None:
        """Write the discriminant functions into the layer.

        With the within-class covariance S, class means m_k and class frequencies n_k: w_k = S^-1 m_k and
        b_k = log n_k - m_k . w_k / 2; for a single output class 1 minus class 0.
        Raises UserError for a layer without bias, a class without examples, and a singular S.
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
        weight = torch.linalg.solve(self.check_regular(within), means.t()).t()
        bias = (sums[:, n] / self.rows).log() - (weight * means).sum(1) / 2
        if self.layer.out_features == 1:
            weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
        self.layer.weight.copy_(weight)
        self.layer.bias.copy_(bias)

    def check_regular(self, within: Tensor) -> Tensor:
        """Return the within-class covariance. Raises UserError if it is singular."""
        smallest = 1e-10 * self.gram.diagonal()[:-1] / self.rows
        constant = (within.diagonal() <= smallest).nonzero()
        advice = "; leave it out, or set task.penalty above 0"
        if len(constant):
            raise UserError(f"feature {int(constant[0])} is constant within every class{advice}")
        scale = within.diagonal().rsqrt()
        if torch.linalg.eigvalsh(within * torch.outer(scale, scale))[0] < 1e-10:
            raise UserError(f"a feature is a linear combination of the others within every class{advice}")
        return within


class Fisher(Ridge):
    """Fisher's discriminant: directions w that maximize the ratio of between-class to within-class variance.

    It takes one pass over the data, like ridge regression; penalty: added to the within-class sums of squares. If the
    classes are Gaussian with the same covariance, the outputs are log-probabilities up to a constant. For two classes
    with centered features and targets, the direction equals that of least squares. Aggarwal 2.2.2.1.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def make_equations(self) -> Scatter:
        """Return the equations whose sums are accumulated in a pass."""
        return Scatter(self.readout)
