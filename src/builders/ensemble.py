"""Ensembles: several networks of one config, trained side by side, whose outputs are averaged.

Shapes: *n examples, M members, O outputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..spec import DataSpec

FORMS = ("vector", "image")
TARGETS = ("classes", "real", "multilabel")


class Ensemble(nn.Module):
    """M networks of the same layers, each with its own weights; the output is the mean of their raw outputs.

    Of a softmax this is the geometric mean of the members' probabilities, divided by its sum (Aggarwal 4.5.1, eq. 4.10,
    4.11). `task=ensemble` trains each member on its own loss.
    """

    def __init__(self, networks: list[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.members = len(networks)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of the raw outputs: (*n, O)."""
        return self.combine(self.member_outputs(x))

    def member_outputs(self, x: Tensor) -> Tensor:
        """Return the raw outputs of each member: (*n, M, O)."""
        return torch.stack([network(x) for network in self.networks], -2)

    def combine(self, values: Tensor) -> Tensor:
        """Return the mean over the members: (*n, M, O) -> (*n, O)."""
        return values.mean(-2)


def ensemble_of(first: nn.Module, build: Callable[[], nn.Module], members: int, name: str, spec: DataSpec) -> Ensemble:
    """Return an ensemble of a network and of further ones that `build` makes.

    Raises UserError for ensembles of ensembles, sequences, and targets other than classes, labels and numbers.
    """
    if hasattr(first, "member_outputs"):
        raise UserError(f"members={members}: model '{name}' is an ensemble itself; set model.members")
    if spec.form not in FORMS or spec.target not in TARGETS:
        raise UserError(
            f"members={members}: an ensemble predicts classes, labels or numbers from vectors or images; "
            f"the data gives {spec}"
        )
    return Ensemble([first, *(build() for _ in range(members - 1))])
