"""Image files of the user: one folder for each class or, for networks without a target, any folder.

Shapes: N images, C channels, H x W pixels, K classes.
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
from ...files.contents import of_files
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
from ...preprocessing.images import ImagePreprocessing, Unreadable, warn_of_frames, warn_of_unreadable
from ...spec import Batch, DataSpec, TargetKind
from ..base import Data, Splits
from ..holdout import check_fraction, train_test_split
from ..subset import check_train, with_fewer_training_examples
from .pixels import to_unit_interval

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}


class ImageFolder(Data):
    """Your own pictures in a folder with one subfolder for each class, x (1, H, W) or (3, H, W) in [0, 1].

    If the target is the input, or if there is no target, class folders are not required.

    Pictures are BMP, GIF, JPEG, PNG, PPM, TIFF and WebP files, at any depth of a class folder, sorted by name. The EXIF
    orientation is applied, transparent parts become white, 16-bit grey is scaled to 8 bits, and only the first frame of
    an animation is read.
    path: the folder with the class folders, in the current folder or $NNZOO_DATA; or a folder that contains such
    folders called `train`, `test` and, optionally, `val`. train: number of the training pictures to use, a stratified
    choice by `seed`, null for all. size: H and W, or one number for both; null for the common size of all pictures.
    channels: auto is grey if all files are stored in grey, else RGB, with a DataWarning if some are grey. fit: how
    pictures are resized: crop scales the shorter side and crops the centre; stretch ignores the aspect ratio; pad
    scales the longer side and fills the rest with black. unreadable: refuse the folder, or skip files that cannot be
    decoded. val, test: fractions for stratified splits; the test set does not depend on `seed`; splits that exist as
    folders are used unchanged.
    Raises UserError, with the file or folder and the reason, if it cannot be used.
    """

    def __init__(
        self,
        *,
        path: str,
        train: int | None = None,
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
        check_train(train)
        check_fraction("val", val)
        check_fraction("test", test)
        sides = check_size(size)
        self.path = path
        self.train = train
        self.fit: Fit = fit
        self.resized = sides is not None
        self.unreadable: Unreadable = unreadable
        self.val = val
        self.test = test
        self.root = existing_folder(path)
        splits = find_splits(self.root)
        if "test" not in splits and not test:
            raise UserError(f"{path} has no separate test set; test must be above 0")
        self.train_folder = self.root / splits["train"]
        self.labels = tuple(class_names(self.train_folder))
        if not self.labels:
            self.root = self.root.resolve()  # the paths of pictures outside class folders are resolved, too
        self.found = {split: find_split(self.root / name, self.labels, split) for split, name in splits.items()}
        others = [file for found in self.found.values() for file in found.others]
        if others:
            total = len(others) + sum(len(found.files) for found in self.found.values())
            message = f"{path}: left out {len(others)} of {total} files, whose extensions are not those of pictures"
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
            if channels == "auto":
                grey = self._all_grey(headers)
        shape = (1 if grey else 3, *sides)
        self.transform = to_unit_interval
        target: TargetKind = "classes" if self.labels else "none"
        self.spec = DataSpec("real", shape, target, len(self.labels), low=0.0, high=1.0, labels=self.labels)

    def require_target(self) -> None:
        """Raise UserError if there are fewer than two class folders."""
        check_classes(self.train_folder, self.labels)

    @property
    def preprocessing(self) -> ImagePreprocessing:
        """The conversion of picture files, Pillow images and arrays to inputs."""
        return ImagePreprocessing(shape=self.raw_spec.shape, fit=self.fit, unreadable=self.unreadable)

    def load(self) -> Splits:
        """Decode the pictures as bytes (N, C, H, W), split them, and set `summary` and `digest`."""
        splits: Splits = {}
        checksum = hashlib.sha256()
        self.contents = of_files([file for found in self.found.values() for file in found.files], self.root)
        failures: list[str] = []
        with_frames: list[str] = []
        fit, skip = self.fit if self.resized else None, self.unreadable == "skip"
        for split, found in self.found.items():
            with suggesting_skip():
                pictures = read_pictures(found.files, self.raw_spec.shape, fit, skip=skip)
            for file, digest in zip(found.files, pictures.digests, strict=True):
                checksum.update(os.fsencode(os.path.relpath(file, self.root)) + b"\0" + digest)
            y = torch.tensor(found.folders)[pictures.kept]
            splits[split] = Batch(torch.from_numpy(pictures.x), y)
            failures += pictures.failures
            with_frames += [os.path.relpath(found.files[place], self.root) for place in pictures.with_frames]
        self.digest = checksum.hexdigest()
        if failures:
            self._report_unreadable(failures, splits["train"].y)
        if with_frames:
            warn_of_frames(self.path, with_frames, sum(len(found.files) for found in self.found.values()))
        self._counts = {name: batch.y.bincount(minlength=len(self.labels)).tolist() for name, batch in splits.items()}
        self._failures = len(failures)
        self.summary = self._summarize()
        if "test" not in splits:
            splits["train"], splits["test"] = train_test_split(splits["train"], self.test, 0)
        splits = (
            self.with_fold(splits) if "val" in splits else splits | self.hold_out_validation(splits["train"], self.val)
        )
        return with_fewer_training_examples(splits, self.train, seed=self.seed, val=self.val, fold=self.take_fold())

    def use_input_as_target(self) -> None:
        """Make the input the target."""
        super().use_input_as_target()
        self._update_summary()

    def remove_target(self) -> None:
        """Set the spec to one without a target."""
        super().remove_target()
        self._update_summary()

    def _update_summary(self) -> None:
        """Name the new target in the summary; transforms may have loaded the pictures before."""
        if self.summary is not None:
            self.summary = self._summarize()

    def _summarize(self) -> str:
        """Return a one-line summary of what was read; the splits are those of the folders."""
        sizes = {name: sum(counts) for name, counts in self._counts.items()}
        parts = ", ".join(f"{name} {sizes[name]}" for name in SPLITS if name in sizes)
        words = [f"{sum(sizes.values())} pictures{f' ({parts})' if len(sizes) > 1 else ''}"]
        if self.spec.target == "classes":
            counts = map(sum, zip(*self._counts.values(), strict=True))
            each = join_names([f"{label} {n}" for label, n in zip(self.labels, counts, strict=True)], limit=10)
            words.append(f"{len(self.labels)} classes ({each})")
        channels, height, width = self.raw_spec.shape
        size = f"{f'resized ({self.fit}) to ' if self.resized else ''}{height}x{width}"
        words.append(f"{size} {'grey' if channels == 1 else 'rgb'}")
        further = {"input": "; target: the input", "none": "; no target"}.get(self.spec.target, "")
        further += f"; {self._failures} unreadable files left out" if self._failures else ""
        further += f"; {self.train} pictures to train on" if self.train is not None else ""
        return f"{self.root.resolve().name}: {', '.join(words)}{further}"

    def _headers(self) -> dict[Path, Header]:
        """Return the headers of all readable pictures. Raises UserError if there are none."""
        files = [file for found in self.found.values() for file in found.files]
        with suggesting_skip():
            headers = read_headers(files, skip=self.unreadable == "skip")
        known = {file: header for file, header in zip(files, headers, strict=True) if header is not None}
        if not known:
            raise UserError(f"{self.path}: none of the {len(files)} pictures can be read")
        return known

    def _all_grey(self, headers: dict[Path, Header]) -> bool:
        """Return whether all pictures are grey; warn if some of them are."""
        grey = [file for file, header in headers.items() if header.grey]
        if 0 < len(grey) < len(headers):
            message = f"{self.path}: {len(grey)} of {len(headers)} pictures are grey, and the others are in color"
            first = os.path.relpath(grey[0], self.root)
            warnings.warn(
                f"{message}; all are read as RGB (data.channels); the first: {first}", DataWarning, stacklevel=3
            )
        return len(grey) == len(headers)

    def _report_unreadable(self, failures: list[str], y: Tensor) -> None:
        """Warn of the pictures that were left out. y: classes of the remaining training pictures.

        Raises UserError if a class, or data without classes, has no remaining picture.
        """
        counts = y.bincount(minlength=max(1, len(self.labels)))
        if not counts.all():
            of = f" of the class {self.labels[int(counts.argmin())]}" if self.labels else ""
            raise UserError(f"{self.path}: no picture{of} can be read; {failures[0]}")
        warn_of_unreadable(self.path, failures, sum(len(found.files) for found in self.found.values()))


@contextmanager
def suggesting_skip() -> Iterator[None]:
    """Add the setting that skips unreadable files to the error message of an unreadable picture."""
    try:
        yield
    except UnreadablePicture as error:
        raise UserError(f"{error}; data.unreadable=skip leaves such files out") from None


def check_size(size: int | Sequence[int] | None) -> tuple[int, int] | None:
    """Return a size as (H, W). Raises UserError unless it is one or two positive integers."""
    if size is None:
        return None
    sides = [size, size] if isinstance(size, int) else list(size)
    if len(sides) != 2 or min(sides) < 1:
        raise UserError(f"size is {size}; it must be one number of pixels, or [height,width]")
    return sides[0], sides[1]


def find_splits(root: Path) -> dict[str, str]:
    """Return split -> name of its folder; {"train": "."} if `root` itself contains the class folders.

    Folders are taken as splits if one of them is for training, another for validation or test, and there are no further
    folders. "train" may also be the name of a class; then it contains no folders.
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
            f"{root} contains the splits {', '.join(splits.values())} and also {join_names(others, limit=5)}; "
            "move folders that are not splits out of it"
        )
    return splits


def class_names(folder: Path) -> list[str]:
    """Return the names of the class folders, an empty list if the folder itself contains the pictures.

    Raises UserError if it contains neither.
    """
    labels = visible_folders(folder)
    if not labels and not any(is_picture(entry.name) for entry in folder.iterdir() if entry.is_file()):
        raise UserError(
            f"{folder} contains no folders of pictures; the pictures of each class must be in a folder with its name"
        )
    return labels


def check_classes(folder: Path, labels: Sequence[str]) -> None:
    """Raise UserError if there are fewer than two class folders."""
    if not labels:
        raise UserError(
            f"{folder} contains pictures but no folders; the pictures of each class must be in a folder with its name"
        )
    if len(labels) == 1:
        inner = visible_folders(folder / labels[0])
        hint = f"; data.path={folder / labels[0]} has {len(inner)}" if len(inner) > 1 else ""
        raise UserError(f"{folder} has only one class folder, {labels[0]}; there must be at least two classes{hint}")


def find_split(folder: Path, labels: Sequence[str], split: str) -> Found:
    """Return the pictures of a split; without classes, all pictures in the folder.

    Raises UserError for classes that the training set does not have, and for a class without training pictures.
    """
    if not labels:
        found = find_pictures(folder.resolve().parent, [folder.resolve().name])
        if not found.files:
            raise UserError(f"{folder} contains no pictures; remove the folder or add pictures")
        return found
    strange = [name for name in visible_folders(folder) if name not in labels]
    if strange:
        raise UserError(f"{folder} has the class folder {strange[0]}, which the training set does not have")
    found = find_pictures(folder, labels)
    if not found.files and split != "train":
        raise UserError(f"{folder} contains no pictures in class folders; remove the folder or add pictures")
    present = set(found.folders)
    missing = [label for place, label in enumerate(labels) if place not in present]
    if missing and split == "train":
        name = folder / missing[0]
        suffixes = {file.suffix for file in found.others if file.is_relative_to(name)}
        there = f", but files that end in {', '.join(sorted(suffixes))}" if suffixes else ""
        raise UserError(f"{name} contains no pictures{there}; pictures end in {', '.join(SUFFIXES)}")
    if missing:
        of = f"{len(missing)} of {len(labels)} classes of the training set"
        warnings.warn(f"{folder}: no pictures of {of}: {join_names(missing, limit=5)}", DataWarning, stacklevel=2)
    beside = [entry.name for entry in folder.iterdir() if entry.is_file() and is_picture(entry.name)]
    if beside:
        one = "picture" if len(beside) == 1 else "pictures"
        message = f"{folder}: left out {len(beside)} {one} beside the folders, such as {min(beside)}"
        warnings.warn(message, DataWarning, stacklevel=2)
    return found


def common_size(path: str, headers: dict[Path, Header]) -> tuple[int, int]:
    """Return the common size (H, W) of the pictures. Raises UserError with the smallest and largest if sizes differ."""
    sizes = {(header.height, header.width): file for file, header in reversed(headers.items())}
    if len(sizes) > 1:
        by_area = sorted(sizes, key=lambda size: (size[0] * size[1], size))
        (h, w), (height, width) = by_area[0], by_area[-1]
        raise UserError(
            f"{path}: the pictures have {len(sizes)} sizes, from {h}x{w} ({sizes[h, w].name}) to "
            f"{height}x{width} ({sizes[height, width].name}); data.size=64, or another number, resizes them"
        )
    return next(iter(sizes))
