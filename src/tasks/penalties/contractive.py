"""The penalty of contractive autoencoders, on the derivatives of the code.

Shapes: B examples, K units of the code; n examples or steps.
"""

import torch
from torch import Tensor, nn

from ...errors import UserError
from ...spec import Batch, DataSpec
from .base import Penalty


class ContractivePenalty(Penalty):
    """weight / 2 * sum over code units j and inputs i of (dh_j / dx_i)^2, averaged over examples or real steps.

    It is exact for every encoder. If the encoder is one linear layer W and an activation f of single units, it is
    weight / 2 * sum_j f'(a_j)^2 sum_i w_ji^2; otherwise autograd computes the derivatives with one backward pass for
    each of the K units. The derivatives are at inputs without noise, and examples must be independent of each other.
    Raises UserError for a negative weight, a network without codes, inputs that are not numbers, and a code without
    derivatives. Aggarwal 4.10.3, eq. 4.14; Rifai et al. (2011).
    """

    def __init__(self, *, weight: float = 1e-2) -> None:
        super().__init__(weight=weight)

    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the encoder."""
        model: nn.Module = getattr(net, "model", net)
        if not hasattr(model, "encode"):
            raise UserError(
                f"contractive penalty: {type(model).__name__} has no codes; choose an autoencoder, for example"
            )
        if spec.input in ("tokens", "ids"):
            raise UserError(f"contractive penalty: codes have no derivatives with respect to {spec.input}")
        self.net = net
        self.per_step = spec.per_step
        self.layer = dense_layer(model)

    def value(self, batch: Batch) -> Tensor:
        """Return the weighted mean of the penalty."""
        kept = torch.is_grad_enabled()
        mask = batch.mask if self.per_step else None
        with torch.enable_grad():
            squares = self.of_layer(batch, self.layer, mask) if self.layer else self.of_encoder(batch, mask)
        n = len(batch.x) if not self.per_step else batch.x.shape[:2].numel() if mask is None else mask.sum()
        value = self.weight / 2 * squares / n
        return value if kept else value.detach()

    def of_layer(self, batch: Batch, layer: nn.Linear, mask: Tensor | None) -> Tensor:
        """Return the sum of the squared derivatives, given that the encoder is a layer and an activation."""
        recorded: list[Tensor] = []
        with layer.register_forward_hook(lambda _, __, output: recorded.append(output)):
            code = self.net.encode(batch.x, batch.mask)  # type: ignore[operator]
        (a,) = recorded
        (slope,) = torch.autograd.grad(differentiable(code).sum(), a, create_graph=True)
        squares = slope.square() @ layer.weight.square().sum(1)
        return (squares if mask is None else squares * mask).sum()

    def of_encoder(self, batch: Batch, mask: Tensor | None) -> Tensor:
        """Return the sum of the squared derivatives by autograd, unit by unit."""
        x = batch.x.detach().requires_grad_()
        code = differentiable(self.net.encode(x, batch.mask))  # type: ignore[operator]
        units = code.flatten(1) if not self.per_step else code.flatten(0, 1) if mask is None else code[mask]
        rows = (torch.autograd.grad(unit.sum(), x, create_graph=True)[0] for unit in units.unbind(1))
        return torch.stack([row.square().sum() for row in rows]).sum()


def dense_layer(model: nn.Module) -> nn.Linear | None:
    """Return the layer of an encoder that is one linear layer and an activation of single units, None for others."""
    encoder = getattr(model, "encoder", None)
    if not isinstance(encoder, nn.Sequential) or getattr(model, "sparsity", None) is not None or len(encoder) != 2:
        return None
    layer, activation = encoder
    return layer if isinstance(layer, nn.Linear) and not isinstance(activation, nn.Softmax) else None


def differentiable(code: Tensor) -> Tensor:
    """Return the code. Raises UserError if it has no derivatives."""
    if not code.requires_grad:
        raise UserError("contractive penalty: the code has no derivatives; choose another code_activation")
    return code
