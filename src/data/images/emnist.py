"""EMNIST: handwritten digits and letters of 28x28 pixels, in six splits (Cohen et al. 2017).

Shapes: N images.
"""

import gzip
import string
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal
from zipfile import ZipFile

import numpy as np
from torch import Tensor

from ...errors import unknown
from ...spec import Batch
from .downloads import published_file
from .idx import parse_idx
from .official import OfficialImages

SPLITS = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")
MERGED = "cijklmopsuvwxyz"  # small letters that look like the capital ones, which have no class in bymerge and balanced
SIZES = {
    "byclass": {"train": 697932, "test": 116323},
    "bymerge": {"train": 697932, "test": 116323},
    "balanced": {"train": 112800, "test": 18800},
    "letters": {"train": 124800, "test": 20800},
    "digits": {"train": 240000, "test": 40000},
    "mnist": {"train": 60000, "test": 10000},
}
CLASSES = {
    "byclass": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "bymerge": string.digits + string.ascii_uppercase + "".join(sorted(set(string.ascii_lowercase) - set(MERGED))),
    "letters": string.ascii_uppercase,
    "digits": string.digits,
    "mnist": string.digits,
}
CLASSES["balanced"] = CLASSES["bymerge"]


class EMNIST(OfficialImages):
    """EMNIST: handwritten digits and letters with the official test sets, x (1, 28, 28) in [0, 1] (Cohen et al. 2017).

    split: byclass (62 classes), bymerge (47; small letters like c that look like capitals are merged with them),
    balanced (the same classes with equally many images), letters (26, small and capital together), digits, or mnist.
    Images, which the files contain transposed, are upright. root: folder with EMNIST/raw/gzip.zip, else $NNZOO_DATA,
    else the cache; a missing file is downloaded to the cache. The other settings are those of `OfficialImages`.
    """

    batch_size: ClassVar[int] = 100
    shape = (1, 28, 28)

    def __init__(
        self,
        *,
        split: Literal["byclass", "bymerge", "balanced", "letters", "digits", "mnist"] = "balanced",
        root: str | None = None,
        train: int | None = None,
        val: int = 5000,
        classes: Sequence[int] | None = None,
        validate_on: Literal["train", "test"] = "train",
        seed: int = 0,
    ) -> None:
        if split not in SPLITS:
            raise unknown("split", split, SPLITS)
        self.split = split
        self.training_size = SIZES[split]["train"]
        self.class_names = tuple(CLASSES[split])
        super().__init__(root=root, train=train, val=val, classes=classes, validate_on=validate_on, seed=seed)

    @property
    def source(self) -> tuple[str, ...]:
        """What `read` depends on besides the folder."""
        return (*super().source, self.split)

    def read(self, root: Path) -> tuple[Batch, Batch]:
        """Return the training and the test images as bytes (N, 1, 28, 28)."""
        from torchvision.datasets import EMNIST as TORCHVISIONS

        path = published_file(root, "EMNIST/raw/gzip.zip", [TORCHVISIONS.url], TORCHVISIONS.md5)
        with ZipFile(path) as archive:
            train, test = (self._read_part(archive, part, SIZES[self.split][part]) for part in ("train", "test"))
        return train, test

    def _read_part(self, archive: ZipFile, part: str, size: int) -> Batch:
        """Return the images of a split, upright, and their classes from 0; part: train or test."""
        name = f"gzip/emnist-{self.split}-{part}"
        images = read_member(archive, f"{name}-images-idx3-ubyte.gz", (size, 28, 28))
        labels = read_member(archive, f"{name}-labels-idx1-ubyte.gz", (size,)).long()
        return Batch(images.mT.unsqueeze(1).contiguous(), labels - int(self.split == "letters"))  # letters count from 1


def read_member(archive: ZipFile, name: str, shape: Sequence[int]) -> Tensor:
    """Return the bytes of a packed IDX file in an archive."""
    content = np.frombuffer(bytearray(gzip.decompress(archive.read(name))), np.uint8)  # writable
    return parse_idx(content, shape, f"{archive.filename}, {name}")
