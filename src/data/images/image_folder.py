"""The user's own pictures as a data set: a folder for each class or, for networks without a target, any folder.

Shapes: N pictures, C channels, H x W pixels, K classes.
"""

import hashlib
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ...errors import DataWarning, UserError, join_names, unknown
from ...files.pictures import (
    SUFFIXES,
    Fit,
    Found,
    Header,
    UnreadablePicture,
    existing_folder,
    find_pictures,
    is_picture,
    read_headers,
    read_pictures,
    visible_folders,
)
from ...preprocessing.images import ImagePreprocessing, Unreadable, warn_of_unreadable
from ...spec import Batch, DataSpec, TargetKind
from ..base import Data, Splits
from ..holdout import check_fraction, train_test_split
from .pixels import unit

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}


class ImageFolder(Data):
    """A folder with a folder of pictures for each class, x (1, H, W) or (3, H, W) in [0, 1].

    Where the target is the input or there is none, pictures need no class folders, or a single one.

    Pictures are BMP, GIF, JPEG, PNG, PPM, TIFF and WebP files, at any depth of a class folder, in the order of their
    names. They are turned by their EXIF orientation, transparent parts become white, 16-bit grey is scaled to 8 bits.
    path: the folder; or a folder with `train` and `test`, perhaps `val`, each like it. size: H and W, or
    one number for both; null takes the size that all pictures have. channels: auto is grey if all files are stored in
    grey, else RGB. fit: how pictures reach the size: crop scales the shorter side and cuts the middle out of the longer
    one; stretch scales both sides on their own; pad scales the longer side and fills the rest with black.
    unreadable: refuse or skip files that cannot be decoded. val, test: fractions, in proportion by class; the test set
    does not depend on `seed`; sets that the folder has are used as they are.
    Raises UserError, with the file or folder and the reason, if it cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        size: int | Sequence[int] | None = None,
        channels: Literal["auto", "grey", "rgb"] = "auto",
        fit: Literal["crop", "stretch", "pad"] = "crop",
        unreadable: Literal["refuse", "skip"] = "refuse",
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        for name, value, known in [
            ("channels", channels, ("auto", "grey", "rgb")),
            ("fit", fit, ("crop", "stretch", "pad")),
            ("unreadable", unreadable, ("refuse", "skip")),
        ]:
            if value not in known:
                raise unknown(name, value, known)
        check_fraction("val", val)
        check_fraction("test", test)
        sides = check_size(size)
        self.path = path
        self.fit: Fit = fit
        self.resized = sides is not None
        self.unreadable: Unreadable = unreadable
        self.val = val
        self.test = test
        self.root = existing_folder(path)
        splits = find_splits(self.root)
        if "test" not in splits and not test:
            raise UserError(f"{path} has no test set of its own; test must be above 0")
        self.train_folder = self.root / splits["train"]
        self.labels = tuple(class_names(self.train_folder))
        if not self.labels:
            self.root = self.root.resolve()  # so are the paths of pictures that are in no class folder
        self.found = {split: find_split(self.root / name, self.labels, split) for split, name in splits.items()}
        others = [file for found in self.found.values() for file in found.others]
        if others:
            total = len(others) + sum(len(found.files) for found in self.found.values())
            message = f"{path}: left out {len(others)} of {total} files, whose names are not those of pictures"
            first = os.path.relpath(others[0], self.root)
            warnings.warn(f"{message}; the first: {first}", DataWarning, stacklevel=2)
        smallest = 1 + ("val" not in splits and val > 0) + ("test" not in splits)
        if len(self.found["train"].files) < smallest:
            count = len(self.found["train"].files)
            raise UserError(f"{path}: {count} pictures are too few for val={val} and test={test}")
        grey = channels == "grey"
        if sides is None or channels == "auto":
            headers = self._headers()
            sides = common_size(self.path, headers) if sides is None else sides
            grey = grey or (channels == "auto" and all(header.grey for header in headers.values()))
        shape = (1 if grey else 3, *sides)
        self.transform = unit
        target: TargetKind = "classes" if self.labels else "none"
        self.spec = DataSpec("real", shape, target, len(self.labels), low=0.0, high=1.0, labels=self.labels)

    def require_target(self) -> None:
        """Raise UserError unless there are two class folders or more."""
        check_classes(self.train_folder, self.labels)

    @property
    def preprocessing(self) -> ImagePreprocessing:
        """How picture files, Pillow images and arrays become the network's inputs."""
        return ImagePreprocessing(shape=self.spec.shape, fit=self.fit, unreadable=self.unreadable)

    def load(self) -> Splits:
        """Decode the pictures as bytes (N, C, H, W) and split them; sets `summary` and `digest`."""
        splits: Splits = {}
        checksum = hashlib.sha256()
        failures: list[str] = []
        fit, skip = self.fit if self.resized else None, self.unreadable == "skip"
        for split, found in self.found.items():
            with skipping_named():
                pictures = read_pictures(found.files, self.spec.shape, fit, skip=skip)
            for file, digest in zip(found.files, pictures.digests, strict=True):
                checksum.update(os.fsencode(os.path.relpath(file, self.root)) + b"\0" + digest)
            y = torch.tensor(found.folders)[pictures.kept]
            splits[split] = Batch(torch.from_numpy(pictures.x), y)
            failures += pictures.failures
        self.digest = checksum.hexdigest()
        if failures:
            self._report(failures, splits["train"].y)
        self.summary = self._in_words(splits, len(failures))
        if "test" not in splits:
            splits["train"], splits["test"] = train_test_split(splits["train"], self.test, 0)
        if "val" not in splits and self.val:
            splits["train"], splits["val"] = train_test_split(splits["train"], self.val, self.seed)
        return splits

    def _in_words(self, splits: Splits, failures: int) -> str:
        """Return what was read, in one line."""
        total = sum(len(batch.y) for batch in splits.values())
        parts = ", ".join(f"{name} {len(splits[name].y)}" for name in SPLITS if name in splits)
        words = [f"{total} pictures{f' ({parts})' if len(splits) > 1 else ''}"]
        if self.spec.target == "classes":
            counts = torch.cat([batch.y for batch in splits.values()]).bincount(minlength=len(self.labels)).tolist()
            each = join_names([f"{label} {n}" for label, n in zip(self.labels, counts, strict=True)], limit=10)
            words.append(f"{len(counts)} classes ({each})")
        channels, height, width = self.spec.shape
        size = f"{f'resized ({self.fit}) to ' if self.resized else ''}{height}x{width}"
        words.append(f"{size} {'grey' if channels == 1 else 'rgb'}")
        further = {"input": "; target: the input", "none": "; no target"}.get(self.spec.target, "")
        further += f"; {failures} unreadable files left out" if failures else ""
        return f"{self.root.resolve().name}: {', '.join(words)}{further}"

    def _headers(self) -> dict[Path, Header]:
        """Return what can be known of the pictures without decoding them. Raises UserError if that is nothing."""
        files = [file for found in self.found.values() for file in found.files]
        with skipping_named():
            headers = read_headers(files, skip=self.unreadable == "skip")
        known = {file: header for file, header in zip(files, headers, strict=True) if header is not None}
        if not known:
            raise UserError(f"{self.path}: none of the {len(files)} pictures can be read")
        return known

    def _report(self, failures: list[str], y: Tensor) -> None:
        """Say which pictures were left out, y: classes of the others in training.

        Raises UserError if they are all those of a class, or of no class.
        """
        counts = y.bincount(minlength=max(1, len(self.labels)))
        if not counts.all():
            of = f" of the class {self.labels[int(counts.argmin())]}" if self.labels else ""
            raise UserError(f"{self.path}: no picture{of} can be read; {failures[0]}")
        warn_of_unreadable(self.path, failures, sum(len(found.files) for found in self.found.values()))


@contextmanager
def skipping_named() -> Iterator[None]:
    """Name the setting that leaves out files that cannot be read, if there is one."""
    try:
        yield
    except UnreadablePicture as error:
        raise UserError(f"{error}; data.unreadable=skip leaves such files out") from None


def check_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Return a size as (H, W). Raises UserError unless it is one or two numbers above 0."""
    if size is None:
        return None
    sides = [size, size] if isinstance(size, int) else list(size)
    if len(sides) != 2 or min(sides) < 1:
        raise UserError(f"size is {size}; it must be one number of pixels, or [height,width]")
    return sides[0], sides[1]


def find_splits(root: Path) -> dict[str, str]:
    """Return the folders of train and, where they are, val and test; "." of train if `root` holds class folders.

    They are taken for splits if there is one for training and another, and nothing else. "train" may also be the name
    of a class, beside others: then there are no class folders in it.
    """
    names = visible_folders(root)
    splits = {split: name for split, known in SPLITS.items() for name in names if name.lower() in known}
    if "train" not in splits or len(splits) < 2:
        return {"train": "."}
    if len(splits) < len(names):
        if not visible_folders(root / splits["train"]):
            return {"train": "."}
        others = [name for name in names if name not in splits.values()]
        raise UserError(
            f"{root} holds the sets {', '.join(splits.values())} and also {join_names(others, limit=5)}; "
            "move what belongs to no set out of it"
        )
    return splits


def class_names(folder: Path) -> list[str]:
    """Return the names of the class folders, none where the folder itself holds the pictures.

    Raises UserError if it holds neither.
    """
    labels = visible_folders(folder)
    if not labels and not any(is_picture(entry.name) for entry in folder.iterdir() if entry.is_file()):
        raise UserError(
            f"{folder} holds no folders of pictures; the pictures of each class must be in a folder with its name"
        )
    return labels


def check_classes(folder: Path, labels: Sequence[str]) -> None:
    """Raise UserError unless there are two class folders or more."""
    if not labels:
        raise UserError(
            f"{folder} holds pictures but no folders; the pictures of each class must be in a folder with its name"
        )
    if len(labels) == 1:
        inner = visible_folders(folder / labels[0])
        hint = f"; data.path={folder / labels[0]} has {len(inner)}" if len(inner) > 1 else ""
        raise UserError(f"{folder} has one class folder, {labels[0]}; there must be at least two classes{hint}")


def find_split(folder: Path, labels: Sequence[str], split: str) -> Found:
    """Return the pictures of a split, all that the folder holds where there are no classes.

    Raises UserError for classes unknown in training, or of training without any.
    """
    if not labels:
        found = find_pictures(folder.resolve().parent, [folder.resolve().name])
        if not found.files:
            raise UserError(f"{folder} holds no pictures; take it away, or put them there")
        return found
    strange = [name for name in visible_folders(folder) if name not in labels]
    if strange:
        raise UserError(f"{folder} has the class folder {strange[0]}, which the training set has not")
    found = find_pictures(folder, labels)
    if not found.files and split != "train":
        raise UserError(f"{folder} holds no pictures in class folders; take it away, or put them there")
    for place in sorted(set(range(len(labels))) - set(found.folders)):
        if split == "train":
            name = folder / labels[place]
            suffixes = {file.suffix for file in found.others if file.is_relative_to(name)}
            there = f", but files that end in {', '.join(sorted(suffixes))}" if suffixes else ""
            raise UserError(f"{name} holds no pictures{there}; pictures end in {', '.join(SUFFIXES)}")
    beside = [entry.name for entry in folder.iterdir() if entry.is_file() and is_picture(entry.name)]
    if beside:
        one = "picture" if len(beside) == 1 else "pictures"
        message = f"{folder}: left out {len(beside)} {one} beside the folders, such as {min(beside)}"
        warnings.warn(message, DataWarning, stacklevel=2)
    return found


def common_size(path: str, headers: dict[Path, Header]) -> tuple[int, int]:
    """Return the size (H, W) of all pictures. Raises UserError with the smallest and the largest if they differ."""
    sizes = {(header.height, header.width): file for file, header in reversed(headers.items())}
    if len(sizes) > 1:
        by_area = sorted(sizes, key=lambda size: (size[0] * size[1], size))
        (h, w), (height, width) = by_area[0], by_area[-1]
        raise UserError(
            f"{path}: the pictures are of {len(sizes)} sizes, from {h}x{w} ({sizes[h, w].name}) to "
            f"{height}x{width} ({sizes[height, width].name}); data.size=64, or another number, makes them one size"
        )
    return next(iter(sizes))
