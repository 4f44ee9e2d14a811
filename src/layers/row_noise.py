"""Random numbers that are a function of an example: the same for the same example in any batch.

Shapes: *n examples or steps, F inputs.
"""

import torch
from jaxtyping import Float
from torch import Tensor

GOLDEN = -7046029254386353131  # 2^64 / golden ratio, as a signed 64-bit integer
FACTORS = (-4658895280553007687, -7723592293110705685)  # of splitmix64


def row_uniform(x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
    """Return numbers uniform in (0, 1), determined by all F inputs of an example together.

    The bits of the inputs, in float32, are hashed to one key for each example, and a counter is hashed with the key
    (splitmix64; Steele, Lea and Flood 2014).
    """
    position = torch.arange(1, x.shape[-1] + 1, device=x.device) * GOLDEN
    bits = (x.float() + 0.0).contiguous().view(torch.int32).long()  # + 0.0 makes -0.0 equal to 0.0
    key = mix(bits + position).sum(-1, keepdim=True)
    return ((shift_right(mix(key + position), 11) + 0.5) * 2.0**-53).to(x.dtype).clamp(1e-7, 1 - 1e-7)


def row_normal(x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
    """Return standard normal numbers, determined by all F inputs of an example together."""
    return 2**0.5 * torch.erfinv(2 * row_uniform(x) - 1)


def mix(z: Tensor) -> Tensor:
    """Return the finalizer of splitmix64 of int64 numbers, whose products wrap around."""
    z = (z ^ shift_right(z, 30)) * FACTORS[0]
    z = (z ^ shift_right(z, 27)) * FACTORS[1]
    return z ^ shift_right(z, 31)


def shift_right(z: Tensor, bits: int) -> Tensor:
    """Return int64 numbers shifted as if unsigned."""
    return (z >> bits) & ((1 << (64 - bits)) - 1)
