"""A Dataset as people write them."""

from typing import Any

from torch.utils.data import Dataset


class Pairs(Dataset[Any]):
    """A map-style Dataset of given examples (x, y)."""

    def __init__(self, *pairs: Any) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, at: int) -> Any:
        return self.pairs[at]
