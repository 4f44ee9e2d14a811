"""Preprocessing of pictures and arrays of pictures: the size and channels of training, values in [0, 1].

Shapes: N pictures, C channels, H x W pixels.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataWarning, UserError, unknown
from ..files.arrays import read_inputs
from ..files.paths import existing_file, expand_path
from ..files.pictures import (
    SUFFIXES,
    Fit,
    Pixels,
    area_seen,
    decode_upright,
    decoding_errors,
    find_pictures,
    fitted,
    is_grey,
    read_pictures,
)
from .base import PIECE, Inputs, Preprocessing

Layout = Literal["auto", "channels_first", "channels_last"]
Unreadable = Literal["refuse", "skip"]
Numbers = NDArray[Any]

LAYOUTS = ("auto", "channels_first", "channels_last")
COMMON_CHANNELS = (1, 3, 4)  # grey, RGB, RGB with alpha


class PictureInputs(Inputs):
    """Resized pictures. sizes: height and width of each before, upright."""

    sizes: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, kw_only=True)
class ImagePreprocessing(Preprocessing):
    """Convert picture files, Pillow images and arrays to float (N, C, H, W), in [0, 1] if the training data was.

    shape: (C, H, W) of the network; pictures are converted to grey for C=1 and RGB for C=3, and resized to H x W by
    `fit` (see `nnzoo.files.pictures.resize_to_fit`). Arrays must have the network's size.
    numbers: values of the training arrays: "unit" for [0, 1] (bytes are divided by 255), "whole" for integers from 0 to
    255 (divided by `divisor`), or "any" for values that are passed unchanged.
    unreadable: refuse raises UserError for the first file that cannot be decoded, skip skips such files with a
    DataWarning.
    """

    kind: ClassVar[str] = "images"
    reads_folders: ClassVar[bool] = True

    shape: tuple[int, ...]
    numbers: Literal["unit", "whole", "any"] = "unit"
    divisor: float = 255.0
    fit: Fit = "crop"
    unreadable: Unreadable = "refuse"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict` without its `kind`."""
        return cls(**{**plain, "shape": tuple(plain["shape"])})

    def encode(self, raw: Any) -> Inputs:
        """Encode pictures from Python: one or a sequence of paths, Pillow images or arrays, or one array.

        An array is uint8, or numbers in [0, 1], of shape (H, W) or (N, H, W), or with channels first or last
        (C, H, W), (H, W, C), (N, C, H, W), (N, H, W, C); if both are possible, channels are first. names: `file` for
        paths, else `index`. Raises UserError for other objects, shapes and values.
        """
        from PIL.Image import Image

        if isinstance(raw, str | Path):
            return concatenate(list(self.read(expand_path(raw))))
        if isinstance(raw, Image):
            raw = [raw]
        if isinstance(raw, Sequence) and raw:
            if all(isinstance(each, str | Path) for each in raw):
                paths = [existing_file(each) for each in raw]
                return concatenate(list(self._decoded(paths, [str(each) for each in raw], "the input")))
            if all(isinstance(each, Image) for each in raw):
                self._check_channels("Pillow images")
                x = np.empty((len(raw), *self.shape), np.uint8)
                sizes, grey = [], []
                for place, image in enumerate(raw):
                    with decoding_errors(f"picture {place}"):
                        upright = decode_upright(image)
                        x[place] = fitted(upright, self.shape, self.fit)
                    sizes.append((upright.height, upright.width))
                    grey += [f"picture {place}"] if is_grey(upright.mode) else []
                self._report_grey("the input", grey, len(raw))
                return with_sizes(Inputs(to_unit_interval(x), None, {"index": range(len(raw))}), sizes)
        x = self._arranged(as_array(raw))
        return Inputs(self._numbers(x), None, {"index": range(len(x))})

    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield a picture file, the pictures of a folder at any depth, or the array of an .npy or .npz file (x).

        names: `file`, for folders relative to the folder and sorted by folder and name; `index` for arrays. Raises
        UserError for unreadable files and unsuitable arrays.
        """
        if path.is_dir():
            folder = path.resolve()
            found = find_pictures(folder.parent, [folder.name])
            if not found.files:
                raise UserError(f"{path} holds no pictures; their names end in {', '.join(SUFFIXES)}")
            names = [str(file.relative_to(folder)) for file in found.files]
            yield from self._decoded(found.files, names, str(path))
        elif existing_file(path).suffix.lower() in (".npy", ".npz"):
            yield from self._array_file(path)
        else:
            yield from self._decoded([path], [str(path)], str(path))

    def scaled(self, x: Tensor) -> Tensor:
        """Return bytes divided as in training, other numbers unchanged."""
        if x.dtype == torch.uint8 or (self.numbers == "whole" and bool((x == x.round()).all())):
            return x.float() / self.divisor
        return x

    def boxes_in_pixels(self, boxes: Tensor, inputs: Inputs) -> Tensor:
        """Return boxes (N, 4) in sides of the network's images as boxes in pixels of the pictures before resizing.

        Borders are left, top, right and lower; none is outside of its picture.
        """
        height, width = self.shape[1:]
        sizes = inputs.sizes if isinstance(inputs, PictureInputs) else [(height, width)] * len(boxes)
        seen = torch.tensor([area_seen(size, height, width, self.fit) for size in sizes]).view(-1, 4)
        corner, scale = seen[:, :2].repeat(1, 2), seen[:, 2:].repeat(1, 2)
        ends = torch.tensor([(w, h, w, h) for h, w in sizes]).view(-1, 4)
        return torch.minimum((corner + boxes * scale).clamp_min(0), ends)

    def _report_grey(self, what: str, names: Sequence[str], total: int) -> None:
        """Warn of grey pictures if the network takes colours. names: of the grey pictures among `total`."""
        if not names or self.shape[0] == 1:
            return
        count = f"{what} is grey and is" if total == 1 else f"{what}: {len(names)} of {total} pictures are grey and are"
        first = "" if total == 1 else f"; the first: {names[0]}"
        message = f"{count} converted to RGB, since the network takes colours{first}"
        warnings.warn(message, DataWarning, stacklevel=2)

    def _decoded(self, files: Sequence[Path], names: Sequence[str], what: str) -> Iterator[Inputs]:
        """Yield decoded picture files; what: their source, for messages."""
        self._check_channels("picture files")
        size = max(1, PIECE // math.prod(self.shape))
        failures: list[str] = []
        with_frames: list[str] = []
        grey: list[str] = []
        for first in range(0, len(files), size):
            found = read_pictures(files[first : first + size], self.shape, self.fit, skip=self.unreadable == "skip")
            failures += found.failures
            with_frames += [names[first + place] for place in found.with_frames]
            kept = [names[first + place] for place in found.kept]
            grey += [name for name, header in zip(kept, found.headers, strict=True) if header.grey]
            if kept:
                sizes = [(header.height, header.width) for header in found.headers]
                yield with_sizes(Inputs(to_unit_interval(found.x), None, {"file": kept}), sizes)
        if len(failures) == len(files):
            raise UserError(f"none of the {len(files)} pictures can be read; {failures[0]}")
        if failures:
            warn_of_unreadable(what, failures, len(files))
        if with_frames:
            warn_of_frames(what, with_frames, len(files))
        self._report_grey(what, grey, len(files))

    def _array_file(self, path: Path) -> Iterator[Inputs]:
        """Yield the array of a file in pieces."""
        found = read_inputs(path)
        try:
            x = self._arranged(as_array(found))
            size = max(1, PIECE // math.prod(self.shape))
            for first in range(0, len(x), size):
                part = x[first : first + size]
                yield Inputs(self._numbers(part), None, {"index": range(first, first + len(part))})
        except UserError as error:
            raise UserError(f"{path}: {error}") from None

    def _check_channels(self, what: str) -> None:
        """Raise UserError unless pictures can have the channels and the values of the training data."""
        if self.numbers == "any":
            raise UserError(f"{what} have bytes; the network was trained on other numbers, so pass arrays")
        if self.shape[0] not in (1, 3):
            raise UserError(f"{what} have 1 channel (grey) or 3 (RGB); the network takes {self.shape[0]}")

    def _arranged(self, x: Numbers) -> Numbers:
        """Return a view (N, C, H, W) of an array. Raises UserError unless its shape fits one of the layouts."""
        channels, height, width = self.shape
        first, last = (channels, height, width), (height, width, channels)
        if channels == 1 and x.shape[-2:] == (height, width) and x.ndim in (2, 3):
            return x.reshape(-1, 1, height, width)
        if x.ndim in (3, 4) and x.shape[-3:] == first:
            return x.reshape(-1, *first)
        if x.ndim in (3, 4) and x.shape[-3:] == last:
            return np.moveaxis(x.reshape(-1, *last), -1, 1)
        wanted = f"(B, {channels}, {height}, {width})"
        raise UserError(
            f"the input has shape {x.shape}; the network takes {wanted}, {describe_shape(first)}"
            f"{f', not {words}' if (words := describe_array(x.shape)) else ''}"
        )

    def _numbers(self, x: Numbers) -> Tensor:
        """Return scaled numbers. Raises UserError for numbers outside the range of the training data."""
        if x.dtype == np.uint8 and self.numbers != "any":
            return to_unit_interval(x, self.divisor)
        with np.errstate(over="ignore"):  # infinite results are refused below
            found = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
        if not found.isfinite().all():
            raise UserError("the input holds numbers that are not finite")
        if self.numbers == "any" or not found.numel():
            return found
        low, high = float(found.min()), float(found.max())
        if self.numbers == "whole" and low >= 0 and high <= 255 and bool((found == found.round()).all()):
            return found / self.divisor
        if not 0 <= low <= high <= 1:
            known = "integers from 0 to 255" if self.numbers == "whole" else "from 0 to 1, or bytes (uint8) to 255"
            raise UserError(f"the input has values from {low:g} to {high:g}; those of the data are {known}")
        return found


def to_unit_interval(x: Pixels, divisor: float = 255.0) -> Tensor:
    """Return bytes divided by `divisor`, as float of the same shape."""
    return torch.from_numpy(np.ascontiguousarray(x)).float().div_(divisor)


def with_sizes(inputs: Inputs, sizes: Sequence[tuple[int, int]]) -> Inputs:
    """Return resized pictures with their sizes before; arrays have none."""
    if not sizes:
        return inputs
    found = PictureInputs(*inputs)
    found.sizes = sizes
    return found


def concatenate(parts: Sequence[Inputs]) -> Inputs:
    """Concatenate pieces of the same source."""
    (heading,) = parts[0].names
    names = {heading: [name for part in parts for name in part.names[heading]]}
    sizes = [size for part in parts if isinstance(part, PictureInputs) for size in part.sizes]
    return with_sizes(Inputs(torch.cat([part.x for part in parts]), None, names), sizes)


def warn_of_unreadable(what: str, failures: Sequence[str], total: int) -> None:
    """Warn with the number of unreadable pictures and the reason for the first of them."""
    count = f"{len(failures)} of {total} pictures"
    warnings.warn(
        f"{what}: {count} cannot be read and are skipped; the first: {failures[0]}", DataWarning, stacklevel=2
    )


def warn_of_frames(what: str, names: Sequence[str], total: int) -> None:
    """Warn with the number of animations and files of several pages, and the name of the first of them."""
    several = f" of {len(names)} of {total} pictures is read; the first: {names[0]}"
    which = " is read" if total == 1 else several
    warnings.warn(f"{what}: only the first frame or page{which}", DataWarning, stacklevel=2)


def as_array(raw: Any) -> Numbers:
    """Return an array, a tensor or nested sequences as a numeric array. Raises UserError for other objects."""
    try:
        if isinstance(raw, Sequence) and raw and all(isinstance(each, Tensor) for each in raw):
            raw = torch.stack(list(raw))
        if isinstance(raw, Tensor):
            raw = raw.detach().cpu()
            raw = raw.float() if raw.dtype == torch.bfloat16 else raw  # NumPy has no bfloat16
        found = np.asarray(raw)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"the input is no array of numbers: {str(error).splitlines()[0]}") from None
    if found.dtype.kind not in "biuf":
        raise UserError(f"the input is no array of numbers: its type is {found.dtype}")
    return found


def describe_shape(shape: Sequence[int]) -> str:
    """Describe pictures of shape (C, H, W) in words."""
    channels, height, width = shape
    return f"images of {height}x{width} pixels with {channels} channel{'s' if channels > 1 else ''}"


def describe_array(shape: Sequence[int]) -> str | None:
    """Describe the likely content of an array of pictures in words, None if its shape does not show it."""
    if len(shape) not in (3, 4):
        return None
    first, *_, last = shape[-3:]
    if last in COMMON_CHANNELS and first not in COMMON_CHANNELS:
        return describe_shape((last, *shape[-3:-1]))
    if first in COMMON_CHANNELS or len(shape) == 4:
        return describe_shape(shape[-3:])
    return describe_shape((1, *shape[1:]))


def to_channels_first(x: Numbers, layout: Layout) -> tuple[Numbers, str | None]:
    """Return a view (N, C, H, W) of images (N, H, W), (N, C, H, W) or (N, H, W, C), and the conversion in words.

    layout: auto uses the last axis as channels if its size is 1, 3 or 4 and that of the second axis is not. Raises
    UserError if both axes are possible, for an unknown layout, and for arrays with fewer or more axes.
    """
    if layout not in LAYOUTS:
        raise unknown("data.layout", layout, LAYOUTS)
    if x.ndim == 3:
        return x[:, None], None
    if x.ndim != 4:
        raise UserError(f"x has shape {x.shape}; images are (N, H, W), (N, C, H, W) or (N, H, W, C)")
    _, second, _, last = x.shape
    if layout == "auto" and second in COMMON_CHANNELS and last in COMMON_CHANNELS:
        raise UserError(
            f"x has shape {x.shape}; its channels can be first or last: "
            "set data.layout=channels_first or data.layout=channels_last"
        )
    if layout == "channels_last" or (layout == "auto" and last in COMMON_CHANNELS):
        x = np.moveaxis(x, -1, 1)
        return x, f"read with channels last, as {describe_shape(x.shape[1:])} (data.layout)"
    return x, None
