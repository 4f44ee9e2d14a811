"""Files of the IDX format, in which MNIST and similar data sets are published."""

import math
import struct
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError


def parse_idx(content: NDArray[np.uint8], shape: Sequence[int], name: str) -> Tensor:
    """Return the bytes of an IDX file in the given shape. Raises UserError if its header or its size is another.

    name: of the file, for messages.
    """
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)  # 8: unsigned bytes
    if content[: len(header)].tobytes() != header:
        raise UserError(f"{name} is not an IDX file of {'x'.join(map(str, shape))} bytes (wrong header)")
    if len(content) != len(header) + math.prod(shape):
        raise UserError(f"{name} has {len(content)} bytes instead of {len(header) + math.prod(shape)}")
    return torch.from_numpy(content[len(header) :]).view(*shape)
