"""Principal components of rows with unknown numbers, which are filled with means."""

from collections.abc import Sequence

from torch import nn

from ..card import Traits
from ..layers.fill_unknown import FillUnknown
from ..layers.linear.tied import TiedLinear
from .encoder_decoder import EncoderDecoder


class MeanFilledSVD(EncoderDecoder):
    """x' = V V^T (x - m) + m of rows of ratings in which unknown ratings are filled: a truncated SVD.

    An unknown rating becomes the mean of the item plus the mean deviation of the user, as in Sarwar et al. (2000);
    m are the means of the filled columns. Aggarwal 2.5.1.1, 2.5.7.
    in_features: F items; code: K, the rank; input_means: the mean known rating of each item; empty if all numbers are
    known, which makes it principal component analysis. Raises ValueError for a code without units.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(self, *, in_features: int, code: int = 2, input_means: Sequence[float] = ()) -> None:
        if code < 1:
            raise ValueError(f"code is {code}; it needs at least 1 unit")
        fill: list[nn.Module] = [FillUnknown(input_means)] if input_means else []
        layer = nn.Linear(in_features, code)
        super().__init__(encoder=nn.Sequential(*fill, layer), decoder=nn.Sequential(TiedLinear(layer, bias=True)))
