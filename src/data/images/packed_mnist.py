"""Data sets in the form of MNIST that are read from their packed files: Fashion-MNIST and KMNIST.

Shapes: N images.
"""

import gzip
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from torch import Tensor

from ...spec import Batch
from .downloads import published_file
from .idx import parse_idx
from .mnist import SHAPES
from .official import OfficialImages


class PackedMNIST(OfficialImages):
    """Images of 28x28 pixels in files with the names and sizes of MNIST's, which are read packed: `OfficialImages`."""

    batch_size: ClassVar[int] = 100
    shape = (1, 28, 28)
    training_size = 60000
    torchvision_class: ClassVar[Literal["FashionMNIST", "KMNIST"]]  # its class with addresses and checksums

    def read(self, root: Path) -> tuple[Batch, Batch]:
        """Return the training and the test images as bytes (N, 1, 28, 28)."""
        images, labels, test_images, test_labels = [self._read_file(root, name) for name in SHAPES]
        return Batch(images.unsqueeze(1), labels.long()), Batch(test_images.unsqueeze(1), test_labels.long())

    def _read_file(self, root: Path, name: str) -> Tensor:
        from torchvision import datasets

        known = getattr(datasets, self.torchvision_class)
        packed = f"{name}.gz"
        urls = [f"{mirror}{packed}" for mirror in known.mirrors]
        path = published_file(root, f"{self.torchvision_class}/raw/{packed}", urls, dict(known.resources)[packed])
        content = np.frombuffer(bytearray(gzip.decompress(path.read_bytes())), np.uint8)  # writable
        return parse_idx(content, SHAPES[name], str(path))


class FashionMNIST(PackedMNIST):
    """Fashion-MNIST: 60000 and 10000 pictures of clothes, x (1, 28, 28) in [0, 1], ten classes (Xiao et al. 2017).

    root: folder with FashionMNIST/raw/*-ubyte.gz, else $NNZOO_DATA, else the cache; missing files are downloaded to the
    cache. The other settings: `PackedMNIST`.
    """

    torchvision_class = "FashionMNIST"
    class_names = (
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
    )


class KMNIST(PackedMNIST):
    """Kuzushiji-MNIST: 60000 and 10000 handwritten characters, x (1, 28, 28) in [0, 1], ten classes (Clanuwat 2018).

    The classes are syllables of Hiragana in cursive script. root: folder with KMNIST/raw/*-ubyte.gz, else $NNZOO_DATA,
    else the cache; missing files are downloaded to the cache. The other settings: `PackedMNIST`.
    """

    torchvision_class = "KMNIST"
    class_names = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
