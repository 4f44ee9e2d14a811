"""CIFAR-10 and CIFAR-100: 50000 and 10000 color pictures of 32x32 pixels (Krizhevsky 2009).

Files are read from `root`, which is never written to; unpacked and downloaded files go to the cache folder,
$XDG_CACHE_HOME/nnzoo or ~/.cache/nnzoo. Shapes: N images.
"""

import os
import shutil
import tarfile
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Literal

import torch

from ...errors import UserError, unknown
from ...spec import Batch
from ..folders import cache
from .array_pickle import read_array_pickle
from .downloads import check_md5, published_file
from .official import OfficialImages

COARSE = (
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
)
FINE = tuple(  # one name a line would be 100 lines
    """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
    lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
    pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark
    shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone
    television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm""".split()  # noqa: SIM905
)


class CIFAR(OfficialImages):
    """Color pictures of 32x32 pixels in files of the format of CIFAR: `OfficialImages`."""

    batch_size: ClassVar[int] = 128
    shape = (3, 32, 32)
    training_size = 50000
    labels_key: str

    @property
    @abstractmethod
    def known(self) -> Any:
        """The class of torchvision that knows addresses, names and checksums of the files."""

    def read(self, root: Path) -> tuple[Batch, Batch]:
        """Return the training and the test images as bytes (N, 3, 32, 32)."""
        train, test = (
            [self._read_file(root, name, md5) for name, md5 in files]
            for files in (self.known.train_list, self.known.test_list)
        )
        return joined(train), joined(test)

    def _read_file(self, root: Path, name: str, md5: str) -> Batch:
        path = self._locate(root, name)
        check_md5(path, md5)
        content = read_array_pickle(path)
        x = torch.from_numpy(content["data"]).view(-1, *self.shape)
        return Batch(x, torch.tensor(content[self.labels_key], dtype=torch.int64))

    def _locate(self, root: Path, name: str) -> Path:
        """Return the path of an unpacked file, in `root` or in the cache; unpack or download the archive if necessary.

        Raises UserError if it is damaged, or is missing and cannot be downloaded.
        """
        folder = self.known.base_folder
        for path in (root / folder / name, cache() / folder / name):
            if path.is_file():
                return path
        packed = published_file(root, self.known.filename, [self.known.url], self.known.tgz_md5)
        try:
            self._unpack(packed, cache() / folder)
        except OSError as error:
            raise UserError(f"cannot unpack {packed}: {error}; XDG_CACHE_HOME chooses another folder") from None
        return cache() / folder / name

    def _unpack(self, packed: Path, folder: Path) -> None:
        """Unpack the files with examples, and no others, to a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        # first under another name, so that a process that runs at the same time never reads half a file
        with TemporaryDirectory(dir=folder.parent) as temporary, tarfile.open(packed) as archive:
            for name, _ in (*self.known.train_list, *self.known.test_list):
                content = archive.extractfile(f"{folder.name}/{name}")
                assert content is not None
                with content, (Path(temporary) / name).open("wb") as file:
                    shutil.copyfileobj(content, file)
                os.replace(Path(temporary) / name, folder / name)


class CIFAR10(CIFAR):
    """CIFAR-10: color pictures of animals and vehicles with the official test set, x (3, 32, 32), ten classes.

    Pixels are in [0, 1]. root: folder with cifar-10-batches-py or cifar-10-python.tar.gz, else $NNZOO_DATA, else the
    cache; missing files are downloaded to the cache. The other settings: `CIFAR`.
    """

    class_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    labels_key = "labels"

    @property
    def known(self) -> Any:
        """The class of torchvision that knows addresses, names and checksums of the files."""
        from torchvision import datasets

        return datasets.CIFAR10


class CIFAR100(CIFAR):
    """CIFAR-100: color pictures with the official test set, x (3, 32, 32) in [0, 1], 100 classes.

    labels: "coarse" are the 20 groups of five classes each. root: folder with cifar-100-python or
    cifar-100-python.tar.gz, else $NNZOO_DATA, else the cache; missing files are downloaded to the cache. The
    other settings: `CIFAR`.
    """

    def __init__(
        self,
        *,
        labels: Literal["fine", "coarse"] = "fine",
        root: str | None = None,
        train: int | None = None,
        val: int = 5000,
        classes: Sequence[int] | None = None,
        validate_on: Literal["train", "test"] = "train",
        seed: int = 0,
    ) -> None:
        if labels not in ("fine", "coarse"):
            raise unknown("labels", labels, ("fine", "coarse"))
        self.class_names = FINE if labels == "fine" else COARSE
        self.labels_key = f"{labels}_labels"
        super().__init__(root=root, train=train, val=val, classes=classes, validate_on=validate_on, seed=seed)

    @property
    def source(self) -> tuple[str, ...]:
        """What `read` depends on besides the folder."""
        return (*super().source, self.labels_key)

    @property
    def known(self) -> Any:
        """The class of torchvision that knows addresses, names and checksums of the files."""
        from torchvision import datasets

        return datasets.CIFAR100


def joined(parts: Sequence[Batch]) -> Batch:
    """Return the examples of several files as one batch."""
    return Batch(torch.cat([part.x for part in parts]), torch.cat([part.y for part in parts]))
