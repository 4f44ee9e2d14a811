"""Erasure of a part of the input.

Shapes: *n examples or steps, F inputs.
"""

from jaxtyping import Float
from torch import Tensor, nn

NEEDS_TWO = ", which takes two inputs: use data=iris, for example"


class Erasure(nn.Module):
    """Sets the last inputs to 0, of a flattened image with one channel those of the lower rows. Aggarwal 4.10.4.2.

    An input that is already erased is not changed. size: F; share: erased share of the inputs.
    Raises ValueError unless at least one input is erased and one is left.
    """

    def __init__(self, *, size: int, share: float) -> None:
        super().__init__()
        if not 0 < share < 1:
            raise ValueError(f"erased is {share}; it must be above 0 and below 1")
        if not 0 < round(share * size) < size:
            raise ValueError(
                f"erased={share} of {size} inputs is {round(share * size)}; it must be at least 1 and not all"
                f"{NEEDS_TWO if size < 2 else ''}"
            )
        self.left = size - round(share * size)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the inputs with the last ones set to 0."""
        return nn.functional.pad(x[..., : self.left], (0, x.shape[-1] - self.left))
