"""Picture files: which files of a folder are pictures, and their pixels in one form.

Pictures are turned as their EXIF orientation says. Transparent parts show white. Of several frames or pages the first
counts. Grey values of 16 bits are divided by 257, colors with palettes, CMYK and others become RGB.
Shapes: N pictures, C channels (1 grey, 3 red, green and blue), H x W pixels.
"""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError, did_you_mean
from .paths import expand_path

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "stretch", "pad"]
Pixels = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")

SUFFIXES = (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # for others Pillow may start programs (PostScript)
CLUTTER = ("thumbs.db", "desktop.ini", "__macosx", "@eadir")  # what systems leave in folders, besides names with a dot
GREY = ("1", "L", "LA", "La", "I", "F")  # modes of Pillow; also I;16 in several byte orders
ORIENTATION = 0x0112  # EXIF tag
CHUNK = 32  # files for a thread at a time


class UnreadablePicture(UserError):
    """A file that cannot be decoded as a picture; the message names it and says why."""


class Found(NamedTuple):
    """Pictures in some folders: their paths, the number of the folder of each, and visible files of other kinds."""

    files: list[Path]
    folders: list[int]
    others: list[Path]


class Header(NamedTuple):
    """What a picture file says before it is decoded: its size as it is seen, and whether it is stored in grey."""

    height: int
    width: int
    grey: bool


class Pictures(NamedTuple):
    """Decoded files: pixels (N, C, H, W), their numbers in the list of files, what was wrong with the rest, checksums.

    digests: SHA-256 of the content of every file, an empty one where it could not be read.
    """

    x: Pixels
    kept: list[int]
    failures: list[str]
    digests: list[bytes]


def existing_folder(name: str | Path) -> Path:
    """Return the path of a folder that is there. Raises UserError with the nearest name beside it."""
    path = expand_path(name)
    if path.is_file():
        raise UserError(f"{name} is a file, not a folder")
    if not path.is_dir():
        names = [p.name for p in path.parent.iterdir() if p.is_dir()] if path.parent.is_dir() else []
        raise UserError(f"no folder {name}{did_you_mean(path.name, names)}")
    return path


def is_clutter(name: str) -> bool:
    """Tell whether a file or folder is hidden, or of those that systems leave in folders."""
    return name.startswith(".") or name.lower() in CLUTTER


def is_picture(name: str) -> bool:
    """Tell whether a file is a picture by its suffix, in upper or lower case."""
    return name.lower().endswith(SUFFIXES)


def visible_folders(folder: Path) -> list[str]:
    """Return the sorted names of the folders in a folder, without clutter."""
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not is_clutter(entry.name))


def find_pictures(root: Path, folders: Sequence[str]) -> Found:
    """Return the pictures in folders of `root`, at any depth: folder by folder, sorted by name."""
    from torchvision.datasets.folder import make_dataset

    others: list[Path] = []

    def chosen(name: str) -> bool:
        path = Path(name)
        if any(map(is_clutter, path.relative_to(root).parts[1:])):
            return False
        if not is_picture(path.name):
            others.append(path)
            return False
        return True

    places = {name: place for place, name in enumerate(folders)}
    found = make_dataset(root, places, is_valid_file=chosen, allow_empty=True) if places else []
    return Found([Path(name) for name, _ in found], [place for _, place in found], others)


@contextmanager
def decoding(name: str | Path) -> Iterator[None]:
    """Turn whatever Pillow raises for a damaged or strange file into an UnreadablePicture that names it."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise UnreadablePicture(
            f"{name} cannot be read as a picture: its content is none of {', '.join(FORMATS)}"
        ) from None
    except Image.DecompressionBombError:
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise UnreadablePicture(f"{name} cannot be read as a picture: it has more than {most} pixels") from None
    except Exception as error:  # damaged files make decoders raise nearly anything
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UnreadablePicture(f"{name} cannot be read as a picture: {reason}") from None


def orientation(image: "Image") -> int:
    """Return the EXIF orientation of a picture, 1 where there is none; damaged EXIF data is no reason to refuse it."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def read_header(path: Path) -> Header:
    """Return size and kind of a picture file without decoding it. Raises UnreadablePicture."""
    from PIL import Image

    with decoding(path):
        if not path.stat().st_size:
            raise ValueError("it is empty")
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            # a TIFF says the size of the turned picture; a PNG without these would be decoded to look for them
            told = image.info.keys() & {"exif", "Raw profile type exif", "XML:com.adobe.xmp"}
            if image.format != "TIFF" and (image.format != "PNG" or told) and orientation(image) >= 5:
                width, height = height, width
            return Header(height, width, is_grey(image.mode))


def is_grey(mode: str) -> bool:
    """Tell whether pictures of a mode of Pillow have no color."""
    return mode in GREY or mode.startswith("I;16")


def upright(image: "Image") -> "Image":
    """Return a picture as it is seen, in mode L or RGB. Raises what Pillow raises."""
    from PIL import Image

    image.load()
    grey = is_grey(image.mode)
    # not ImageOps.exif_transpose: it writes the other EXIF data anew, and fails where a part of it is damaged
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation(image))
    if image.mode == "F":
        raise ValueError("its grey values are floating-point numbers of unknown range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        image = from_16_bit(image)
    elif "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        if image.mode == "La":
            image = image.convert("LA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    image = image.convert("L" if grey else "RGB")
    return image if method is None else image.transpose(method)


def from_16_bit(image: "Image") -> "Image":
    """Return a picture with grey values 0 to 65535 with 0 to 255, rounded. Raises ValueError for other values."""
    from PIL import Image

    values = np.asarray(image).astype(np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise ValueError(f"its grey values go from {low} to {high}; they must be from 0 to 65535")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def fitted(image: "Image", height: int, width: int, fit: Fit) -> "Image":
    """Return a picture in another size, by bilinear interpolation that takes all pixels into account.

    fit: crop scales the shorter side and cuts the middle out of the longer one; stretch scales both sides on their
    own; pad scales the longer side and fills the rest with black.
    """
    from PIL import Image, ImageOps

    if image.size == (width, height):
        return image
    method = Image.Resampling.BILINEAR
    match fit:
        case "crop":
            return ImageOps.fit(image, (width, height), method)
        case "stretch":
            return image.resize((width, height), method)
        case "pad":
            scale = min(width / image.width, height / image.height)
            inner = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), method)
            canvas = Image.new(image.mode, (width, height))
            canvas.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
            return canvas


def pixels(image: "Image", shape: Sequence[int], fit: Fit | None) -> Pixels:
    """Return a picture of any mode and size as bytes of just this shape, (C, H, W) with C 1 or 3.

    fit: how the size is reached; None takes no other size than (H, W). Raises what Pillow raises, and ValueError.
    """
    channels, height, width = shape
    image = upright(image).convert("L" if channels == 1 else "RGB")
    if fit is None and image.size != (width, height):
        raise ValueError(f"it has {image.height}x{image.width} pixels, the others have {height}x{width}")
    array = np.asarray(image if fit is None else fitted(image, height, width, fit))
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def read_pictures(files: Sequence[Path], shape: Sequence[int], fit: Fit | None, *, skip: bool) -> Pictures:
    """Decode files into one array of bytes, on all usable cores; `shape` and `fit` as in `pixels`.

    skip: files that cannot be decoded are left out, and reported. Raises UnreadablePicture for the first of them
    otherwise, and UserError if there is not enough memory.
    """
    try:
        x = np.empty((len(files), *shape), np.uint8)
    except (MemoryError, ValueError):  # ValueError: more than can be counted
        size = f"{shape[1]}x{shape[2]}"
        raise UserError(
            f"{len(files)} pictures of {size} pixels do not fit into memory; make data.size smaller"
        ) from None

    def read(place: int) -> tuple[bytes, str | None]:
        from PIL import Image

        path, digest = files[place], b""
        try:
            with decoding(path):
                content = path.read_bytes()
                digest = hashlib.sha256(content).digest()
                if not content:
                    raise ValueError("it is empty")
                with Image.open(BytesIO(content), formats=FORMATS) as image:
                    x[place] = pixels(image, shape, fit)
        except UnreadablePicture as error:
            if not skip:
                raise
            return digest, str(error)
        return digest, None

    found = list(in_threads(read, range(len(files))))
    kept = [place for place, (_, failure) in enumerate(found) if failure is None]
    if len(kept) < len(files):
        for new, old in enumerate(kept):  # in place: no second array
            x[new] = x[old]
        x = x[: len(kept)]
    failures = [failure for _, failure in found if failure is not None]
    return Pictures(x, kept, failures, [digest for digest, _ in found])


def read_headers(files: Sequence[Path], *, skip: bool) -> list[Header | None]:
    """Return the header of each file, None with `skip` where it has none; else raises UnreadablePicture."""

    def read(path: Path) -> Header | None:
        try:
            return read_header(path)
        except UnreadablePicture:
            if not skip:
                raise
            return None

    return list(in_threads(read, files))


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield what a function that reads pictures returns for each item, in order, computed on all usable cores.

    The first exception stops it. Warnings of Pillow about strange files are not shown.
    """
    from PIL import Image

    Image.init()  # not by several threads at once
    chunks: Iterable[Sequence[Item]] = (items[first : first + CHUNK] for first in range(0, len(items), CHUNK))
    pool = ThreadPoolExecutor(usable_cores())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="PIL")
        try:
            for results in pool.map(lambda chunk: [function(item) for item in chunk], chunks):
                yield from results
        finally:
            pool.shutdown(cancel_futures=True)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
