"""MNIST: 60000 and 10000 handwritten digits of 28x28 pixels (LeCun, Cortes, Burges).

Files are read from `root`, which is never written to; unpacked and downloaded files go to the cache folder,
$XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo. Shapes: N examples.
"""

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import numpy as np
from torch import Tensor

from ...errors import UserError
from ...spec import Batch
from ..folders import cache
from .idx import parse_idx
from .official import OfficialImages

TRAIN, TEST = 60000, 10000
SHAPES: dict[str, tuple[int, ...]] = {
    "train-images-idx3-ubyte": (TRAIN, 28, 28),
    "train-labels-idx1-ubyte": (TRAIN,),
    "t10k-images-idx3-ubyte": (TEST, 28, 28),
    "t10k-labels-idx1-ubyte": (TEST,),
}
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
RAW = Path("MNIST", "raw")


class MNIST(OfficialImages):
    """The MNIST handwritten digits with the official test set, x (1, 28, 28) in [0, 1], ten classes.

    root: folder with MNIST/raw/*-ubyte or *-ubyte.gz, else $NNZOO_DATA, else the cache; missing files are downloaded to
    the cache. val: number of training examples held out by `seed`, may be 0. train: number of the remaining training
    images to use, a stratified choice by `seed`, null for all; classes: digits to use, in all splits, null for all.
    validate_on: "test" (with val=0) validates on the test set, to reproduce published curves of the test error by
    epoch; do not select models by it.
    Raises UserError for values out of range and for files that are missing or damaged.
    """

    batch_size: ClassVar[int] = 100
    shape = (1, 28, 28)
    training_size = TRAIN
    class_names = tuple("0123456789")

    def read(self, root: Path) -> tuple[Batch, Batch]:
        """Return the training and the test images as bytes (N, 1, 28, 28)."""
        images, labels, test_images, test_labels = [
            read_idx(locate(root, name), shape) for name, shape in SHAPES.items()
        ]
        return Batch(images.unsqueeze(1), labels.long()), Batch(test_images.unsqueeze(1), test_labels.long())


def locate(root: Path, name: str) -> Path:
    """Return the path of an unpacked file, in `root` or in the cache; unpack or download it if necessary.

    Raises UserError if it is damaged, or is missing and cannot be downloaded.
    """
    for folder in (root, cache()):
        if (folder / RAW / name).is_file():
            return folder / RAW / name
    packed = root / RAW / f"{name}.gz"
    try:
        (cache() / RAW).mkdir(parents=True, exist_ok=True)
        # first under another name, so that a process that runs at the same time never reads half a file
        with TemporaryDirectory(dir=cache()) as temporary:
            folder = Path(temporary)
            if packed.is_file():
                unpack(packed, folder / name)
                os.replace(folder / name, cache() / RAW / name)
            else:
                download(root, folder)
                for each in SHAPES:
                    os.replace(folder / RAW / each, cache() / RAW / each)
    except OSError as error:
        raise UserError(f"cannot unpack MNIST: {error}; XDG_CACHE_HOME chooses another folder") from None
    return cache() / RAW / name


def unpack(packed: Path, path: Path) -> None:
    """Unpack a .gz file to `path`. Raises UserError if it differs from the original file."""
    from torchvision import datasets

    content = packed.read_bytes()
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != dict(datasets.MNIST.resources)[packed.name]:
        reason = "not the original file (wrong MD5 checksum)"
        try:
            gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            reason = f"truncated or damaged ({error})"
        raise UserError(f"{packed} is {reason}; remove it and download it again")
    path.write_bytes(gzip.decompress(content))


def download(root: Path, folder: Path) -> None:
    """Download and unpack all four files into `folder`. Raises UserError, with a workaround, if that fails."""
    from torchvision import datasets

    try:
        datasets.MNIST(folder, download=True)
    except (RuntimeError, OSError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise UserError(
            f"MNIST is not in {root / RAW} and cannot be downloaded ({reason}); "
            f"put {', '.join(SHAPES)} there, unpacked or as .gz, "
            "or set data.root or the environment variable NNZOO_DATA"
        ) from None


def read_idx(path: Path, shape: tuple[int, ...]) -> Tensor:
    """Return the content of an MNIST file as uint8 of the given shape.

    Raises UserError if the header or the size is wrong, or if the content is not that of MNIST.
    """
    content = np.fromfile(path, dtype=np.uint8)
    found = parse_idx(content, shape, str(path))
    if hashlib.sha256(content.data).hexdigest() != SHA256[path.name]:
        raise UserError(
            f"{path} is not MNIST's original file (wrong SHA-256 checksum); Fashion-MNIST and KMNIST have files with "
            "the same names and sizes: put MNIST's there, or set data.root to another folder"
        )
    return found
