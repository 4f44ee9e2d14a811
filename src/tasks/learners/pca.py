"""Principal components written into a linear autoencoder.

Shapes: n examples or real steps, F inputs, K code units.
"""

from collections.abc import Iterable
from typing import ClassVar

import torch
from scipy.linalg import eigh
from torch import Tensor, nn

from ...errors import UserError
from ...layers.fill_unknown import FillUnknown
from ...losses.regression.squared import Squared
from ...spec import Batch
from ..components import Components
from ..loop import Diverged
from .closed_form import COPIES
from .cost import check_cost
from .one_pass import OnePass

LARGE = 2000  # inputs


class PrincipalComponents(OnePass):
    """The closed form of a linear autoencoder with squared error: encoder V^T (x - mean), decoder V z + mean.

    The columns of V (F, K) are the first principal directions of the training data, sorted by variance, with the sign
    that makes the largest entry of each positive. Sums over the data are in float64. Without biases the mean stays in,
    and V are the first right singular vectors: the truncated singular value decomposition. A network with a layer
    `FillUnknown` has the components of the filled inputs.
    Raises UserError if the network is not linear with one layer each, for other losses, noise, unknown entries, or more
    code units than inputs or examples. Aggarwal 2.5.1.1, 2.5.1.2.
    """

    ignores: ClassVar[frozenset[str]] = frozenset({"init"})  # and those of one pass; all weights are replaced

    def __init__(self, *, components: Components) -> None:
        self.layers = linear_layers(components)
        super().__init__(components=components)

    def check_cost(self, rows: int) -> None:
        """Raise UserError if the solution needs more memory than there is; warn if it takes long."""
        size = self.layers[0].in_features
        check_cost(size, values=COPIES * size**2, operations=2 * rows * size**2 + 10 * size**3)

    def solve(self, batches: Iterable[Batch]) -> None:
        """Sum over the batches, and write directions and mean into the layers."""
        encoder, decoder = self.layers
        size = encoder.in_features
        gram = torch.zeros(size, size, dtype=torch.float64, device=self.device)
        total, count = gram[0].clone(), 0
        fill = fill_of(self.net)
        for batch in batches:
            filled = batch.y if fill is None else fill(batch.x)  # the input, flattened
            rows = filled if batch.mask is None else filled[batch.mask]
            x = rows.reshape(-1, size).double()
            gram += x.t() @ x
            total += x.sum(0)
            count += len(x)
        if not gram.isfinite().all():
            raise Diverged("an input is not finite")
        if count < encoder.out_features:
            raise UserError(f"model.code is {encoder.out_features}; {count} training examples have no more components")
        mean = total / count
        centred = encoder.bias is not None
        directions = first_directions(gram - count * torch.outer(mean, mean) if centred else gram, encoder.out_features)
        encoder.weight.copy_(directions.t())
        if isinstance(decoder, nn.Linear):  # otherwise its weights are those of the encoder
            decoder.weight.copy_(directions)
        if centred:
            encoder.bias.copy_(-mean @ directions)
            decoder.bias.copy_(mean)  # type: ignore[operator]


def linear_layers(components: Components) -> tuple[nn.Linear, nn.Module]:
    """Return encoder and decoder. Raises UserError if they are not linear layers, or for other data and losses."""
    model: nn.Module = getattr(components.net, "model", components.net)
    parts = [[*part] for part in (getattr(model, "encoder", None), getattr(model, "decoder", None)) if part is not None]
    layers = [[layer for layer in part if not isinstance(layer, nn.Identity | FillUnknown)] for part in parts]
    name = type(model).__name__
    if [len(part) for part in layers] != [1, 1] or getattr(model, "sparsity", None) is not None:
        raise UserError(
            f"task 'pca' needs a linear autoencoder without hidden layers; {name} is none with these settings: try "
            "model=pca"
        )
    (encoder,), (decoder,) = layers
    if not isinstance(encoder, nn.Linear) or not hasattr(decoder, "weight"):
        raise UserError(f"task 'pca' needs linear layers; {name} has others: try model=pca")
    if not isinstance(getattr(model, "corruption", None), nn.Identity):
        raise UserError("task 'pca' has no steps in which model.corruption could have an effect; leave it out")
    if encoder.out_features > encoder.in_features:
        raise UserError(
            f"model.code is {encoder.out_features}; the data has {encoder.in_features} inputs, which have no more "
            f"components: use model.code={encoder.in_features}"
        )
    if not isinstance(components.loss, Squared):
        other = type(components.loss).__name__
        raise UserError(f"principal components minimize the squared error, not {other}; choose loss=squared")
    if components.spec.partial and fill_of(components.net) is None:
        raise UserError(
            f"principal components need inputs without unknown entries; the data is {components.spec}: try "
            "model=mean_filled_svd"
        )
    return encoder, decoder


def fill_of(net: nn.Module) -> FillUnknown | None:
    """Return the layer that fills unknown inputs, None without one."""
    return next((layer for layer in net.modules() if isinstance(layer, FillUnknown)), None)


def first_directions(scatter: Tensor, count: int) -> Tensor:
    """Return the eigenvectors (F, count) of the largest eigenvalues, largest first, with a definite sign."""
    size = len(scatter)
    if size > LARGE:  # a few eigenvectors take a fraction of the time of all
        _, last = eigh(scatter.cpu().numpy(), subset_by_index=(size - count, size - 1))
        vectors = torch.from_numpy(last).to(scatter).flip(1)
    else:
        vectors = torch.linalg.eigh(scatter).eigenvectors.flip(1)[:, :count]
    largest = vectors.gather(0, vectors.abs().argmax(0, keepdim=True))
    return vectors * largest.sign()
