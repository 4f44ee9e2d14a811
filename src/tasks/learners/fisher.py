"""Fisher's linear discriminant, in one pass over the data.

Shapes: F inputs and O outputs of the last layer, K classes.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...errors import UserError
from .closed_form import NormalEquations, Ridge


class Scatter(NormalEquations):
    """The same sums, solved for the directions that part the class means best, measured by the scatter within."""

    def solve(self, penalty: float) -> None:
        """Write the discriminant functions into the layer.

        With S the covariance within the classes, m_k their means and n_k their shares: w_k = S^-1 m_k and
        b_k = log n_k - m_k . w_k / 2; of a single output, class 1 minus class 0.
        Raises UserError for a layer without bias, a class without examples, and features without scatter.
        """
        if self.layer.bias is None:
            raise UserError("Fisher's discriminant needs a bias, the threshold between the means; set model.bias=true")
        n = self.layer.in_features
        total = self.gram[n]  # sums of the inputs, and the number of rows
        sums = (self.cross.t() + total) / 2  # (O, F + 1): of the rows whose code is +1
        if len(sums) == 1:
            sums = torch.cat([total - sums, sums])
        for k, count in enumerate(sums[:, n].tolist()):
            if not count:
                raise UserError(f"class {k} has no training examples; Fisher's discriminant needs some of each")
        means = sums[:, :n] / sums[:, n:]  # (K, F)
        within = self.gram[:n, :n] - sums[:, :n].t() @ means
        within = (within + penalty * torch.eye(n).to(within)) / self.rows
        weight = torch.linalg.solve(self.regular(within), means.t()).t()
        bias = (sums[:, n] / self.rows).log() - (weight * means).sum(1) / 2
        if self.layer.out_features == 1:
            weight, bias = weight[1:] - weight[:1], bias[1:] - bias[:1]
        self.layer.weight.copy_(weight)
        self.layer.bias.copy_(bias)

    def regular(self, within: Tensor) -> Tensor:
        """Return the scatter within. Raises UserError if there is none in some direction."""
        least = 1e-10 * self.gram.diagonal()[:-1] / self.rows
        flat = (within.diagonal() <= least).nonzero()
        advice = "; leave it out, or set task.penalty above 0"
        if len(flat):
            raise UserError(f"feature {int(flat[0])} is constant within every class{advice}")
        scale = within.diagonal().rsqrt()
        if torch.linalg.eigvalsh(within * torch.outer(scale, scale))[0] < 1e-10:
            raise UserError(f"a feature is a sum of multiples of the others within every class{advice}")
        return within


class Fisher(Ridge):
    """Fisher's discriminant: directions w of the most variance between classes for the variance within.

    One pass over the data, as with ridge regression; penalty: added to the sums of squares within the classes. The
    outputs are log-probabilities up to a constant if each class is Gaussian with the same covariance. With centred
    features and targets the direction for two classes is that of least squares. Aggarwal 2.2.2.1.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def sums(self) -> Scatter:
        """Return the sums that are gathered in a pass."""
        return Scatter(self.readout)
