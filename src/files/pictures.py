"""Finding picture files in folders and reading their pixels.

The EXIF orientation is applied. Transparent pixels become white. Only the first frame or page is read. 16-bit grey
values are divided by 257; palettes, CMYK and other color spaces are converted to RGB.
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
from .paths import expand_path, search_folders

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "stretch", "pad"]
Pixels = NDArray[np.uint8]
Item = TypeVar("Item")
Result = TypeVar("Result")

SUFFIXES = (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # others may start programs (PostScript)
HIDDEN_NAMES = ("thumbs.db", "desktop.ini", "__macosx", "@eadir")  # created by operating systems
GREY_MODES = ("1", "L", "LA", "La", "I", "F")  # modes of Pillow; also I;16 in several byte orders
ORIENTATION = 0x0112  # EXIF tag
CHUNK_SIZE = 32  # files that a thread reads at a time


class UnreadablePicture(UserError):
    """A file cannot be decoded as a picture; the message gives its name and the reason."""


class Found(NamedTuple):
    """Pictures in folders: paths, the index of each picture's folder, and the paths of other visible files."""

    files: list[Path]
    folders: list[int]
    others: list[Path]


class Header(NamedTuple):
    """Properties of a picture that are known before decoding: its upright size, and whether it is grey."""

    height: int
    width: int
    grey: bool


class Pictures(NamedTuple):
    """Decoded pictures.

    x: pixels (N, C, H, W); kept: indices of the decoded files in the list of files; headers: those of the decoded
    files; failures: messages for all other files; digests: SHA-256 checksum of every file, empty if it could not be
    read; with_frames: indices of the files of which only the first frame or page was read.
    """

    x: Pixels
    kept: list[int]
    headers: list[Header]
    failures: list[str]
    digests: list[bytes]
    with_frames: list[int]


def existing_folder(name: str | Path) -> Path:
    """Return the path of an existing folder, in the current folder or $NNZOO_DATA unless the path is absolute.

    Raises UserError with the nearest name if it does not exist.
    """
    paths = [folder / expand_path(name) for folder in search_folders()]
    for path in paths:
        if path.is_dir():
            return path
        if path.is_file():
            raise UserError(f"{name} is a file, not a folder")
    parents = [path.parent for path in paths if path.parent.is_dir()]
    names = [entry.name for parent in parents for entry in parent.iterdir() if entry.is_dir()]
    where = "" if expand_path(name).is_absolute() else " in the current folder or $NNZOO_DATA"
    raise UserError(f"no folder {name}{where}{did_you_mean(Path(name).name, names)}")


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden or was created by the operating system."""
    return name.startswith(".") or name.lower() in HIDDEN_NAMES


def is_picture(name: str) -> bool:
    """Return whether a file has the extension of a picture, in upper or lower case."""
    return name.lower().endswith(SUFFIXES)


def visible_folders(folder: Path) -> list[str]:
    """Return the sorted names of the folders in a folder, without hidden ones."""
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not is_hidden(entry.name))


def find_pictures(root: Path, folders: Sequence[str]) -> Found:
    """Return the pictures at any depth in folders of `root`, folder by folder, sorted by name."""
    from torchvision.datasets.folder import make_dataset

    others: list[Path] = []

    def chosen(name: str) -> bool:
        path = Path(name)
        if any(map(is_hidden, path.relative_to(root).parts[1:])):
            return False
        if not is_picture(path.name):
            others.append(path)
            return False
        return True

    places = {name: place for place, name in enumerate(folders)}
    found = make_dataset(root, places, is_valid_file=chosen, allow_empty=True) if places else []
    return Found([Path(name) for name, _ in found], [place for _, place in found], others)


@contextmanager
def decoding_errors(name: str | Path) -> Iterator[None]:
    """Convert all exceptions of Pillow for a damaged or unusual file into an UnreadablePicture with its name."""
    from PIL import Image, UnidentifiedImageError

    try:
        yield
    except UnidentifiedImageError:
        raise UnreadablePicture(
            f"{name} cannot be read as a picture: its format is none of {', '.join(FORMATS)}"
        ) from None
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise UnreadablePicture(f"{name} cannot be read as a picture: it has more than {limit} pixels") from None
    except Exception as error:  # decoders raise many kinds of exceptions for damaged files
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UnreadablePicture(f"{name} cannot be read as a picture: {reason}") from None


def orientation(image: "Image") -> int:
    """Return the EXIF orientation of a picture, 1 if there is none or the EXIF data is damaged."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1


def read_header(path: Path) -> Header:
    """Return the header of a picture file without decoding its pixels. Raises UnreadablePicture."""
    from PIL import Image

    with decoding_errors(path):
        if not path.stat().st_size:
            raise ValueError("it is empty")
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            # the size of a TIFF is that of the upright picture; a PNG without these keys would be decoded to find them
            has_exif = image.info.keys() & {"exif", "Raw profile type exif", "XML:com.adobe.xmp"}
            if image.format != "TIFF" and (image.format != "PNG" or has_exif) and orientation(image) >= 5:
                width, height = height, width
            return Header(height, width, is_grey(image.mode))


def is_grey(mode: str) -> bool:
    """Return whether a mode of Pillow has no color."""
    return mode in GREY_MODES or mode.startswith("I;16")


def has_frames(image: "Image") -> bool:
    """Return whether a picture has more than one frame or page; False if what follows the first one is damaged."""
    if image.format == "MPO":  # a photograph, followed by previews and depths of the same photograph
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # decoders raise many kinds of exceptions for damaged files
        return False


def decode_upright(image: "Image") -> "Image":
    """Decode a picture and return it upright, in mode L or RGB. Raises the exceptions of Pillow."""
    from PIL import Image

    image.load()
    grey = is_grey(image.mode)
    # ImageOps.exif_transpose would rewrite the other EXIF data, which fails if a part of it is damaged
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
    """Scale the grey values of a picture from 0..65535 to 0..255, rounded. Raises ValueError for other values."""
    from PIL import Image

    values = np.asarray(image).astype(np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise ValueError(f"its grey values are from {low} to {high}; they must be from 0 to 65535")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def resize_to_fit(image: "Image", height: int, width: int, fit: Fit) -> "Image":
    """Resize a picture by antialiased bilinear interpolation.

    fit: crop scales the shorter side to fit and crops the longer one around its center; stretch scales both sides
    independently; pad scales the longer side to fit and pads the other with black.
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
            inner = image.resize(size_inside((image.height, image.width), height, width)[::-1], method)
            canvas = Image.new(image.mode, (width, height))
            canvas.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
            return canvas


class Area(NamedTuple):
    """A rectangle in a picture, which may reach beyond it, in pixels from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


def area_seen(size: tuple[int, int], height: int, width: int, fit: Fit) -> Area:
    """Return which area of a picture becomes all of the resized picture, see `resize_to_fit`.

    size: height and width of the picture.
    """
    own_height, own_width = size
    if size == (height, width) or fit == "stretch":
        return Area(0, 0, own_width, own_height)
    if fit == "crop":
        scale = min(own_width / width, own_height / height)
        left, top = (own_width - scale * width) / 2, (own_height - scale * height) / 2
        return Area(left, top, scale * width, scale * height)
    inner_height, inner_width = size_inside(size, height, width)
    x_scale, y_scale = own_width / inner_width, own_height / inner_height
    left, top = (width - inner_width) // 2 * x_scale, (height - inner_height) // 2 * y_scale
    return Area(-left, -top, width * x_scale, height * y_scale)


def size_inside(size: tuple[int, int], height: int, width: int) -> tuple[int, int]:
    """Return height and width of a picture that is scaled so that all of it fits into height and width."""
    own_height, own_width = size
    scale = min(width / own_width, height / own_height)
    return max(1, round(own_height * scale)), max(1, round(own_width * scale))


def to_pixels(image: "Image", shape: Sequence[int], fit: Fit | None) -> Pixels:
    """Return a picture of any mode and size as bytes of this shape, (C, H, W) with C 1 or 3.

    fit: how to resize; None accepts only the size (H, W). Raises ValueError for another size, and the exceptions of
    Pillow.
    """
    return fitted(decode_upright(image), shape, fit)


def fitted(image: "Image", shape: Sequence[int], fit: Fit | None) -> Pixels:
    """Return the result of `to_pixels` for an upright picture."""
    channels, height, width = shape
    image = image.convert("L" if channels == 1 else "RGB")
    if fit is None and image.size != (width, height):
        raise ValueError(f"it has {image.height}x{image.width} pixels, the others have {height}x{width}")
    array = np.asarray(image if fit is None else resize_to_fit(image, height, width, fit))
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def read_pictures(files: Sequence[Path], shape: Sequence[int], fit: Fit | None, *, skip: bool) -> Pictures:
    """Decode files into one array of bytes, on all usable cores; shape, fit: see `to_pixels`.

    skip: skip and report files that cannot be decoded; otherwise the first of them raises UnreadablePicture.
    Raises UserError if there is not enough memory.
    """
    try:
        x = np.empty((len(files), *shape), np.uint8)
    except (MemoryError, ValueError):  # ValueError: the size overflows an integer
        size = f"{shape[1]}x{shape[2]}"
        raise UserError(
            f"{len(files)} pictures of {size} pixels do not fit into memory; make data.size smaller"
        ) from None

    headers: dict[int, Header] = {}

    def read(place: int) -> tuple[bytes, str | None, bool]:
        from PIL import Image

        path, digest = files[place], b""
        try:
            with decoding_errors(path):
                content = path.read_bytes()
                digest = hashlib.sha256(content).digest()
                if not content:
                    raise ValueError("it is empty")
                with Image.open(BytesIO(content), formats=FORMATS) as image:
                    upright = decode_upright(image)
                    x[place] = fitted(upright, shape, fit)
                    headers[place] = Header(upright.height, upright.width, is_grey(upright.mode))
                    return digest, None, has_frames(image)
        except UnreadablePicture as error:
            if not skip:
                raise
            return digest, str(error), False

    found = list(in_threads(read, range(len(files))))
    kept = [place for place, (_, failure, _) in enumerate(found) if failure is None]
    if len(kept) < len(files):
        for new, old in enumerate(kept):  # in place, without a second array
            x[new] = x[old]
        x = x[: len(kept)]
    failures = [failure for _, failure, _ in found if failure is not None]
    with_frames = [place for place, (_, _, more) in enumerate(found) if more]
    digests = [digest for digest, _, _ in found]
    return Pictures(x, kept, [headers[place] for place in kept], failures, digests, with_frames)


def read_headers(files: Sequence[Path], *, skip: bool) -> list[Header | None]:
    """Return the header of each file; an unreadable file gives None with `skip`, else raises UnreadablePicture."""

    def read(path: Path) -> Header | None:
        try:
            return read_header(path)
        except UnreadablePicture:
            if not skip:
                raise
            return None

    return list(in_threads(read, files))


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Yield function(item) for each item in order, computed in threads on all usable cores.

    The first exception stops it. Warnings of Pillow about unusual files are ignored.
    """
    from PIL import Image

    Image.init()  # is not thread-safe
    chunks: Iterable[Sequence[Item]] = (items[first : first + CHUNK_SIZE] for first in range(0, len(items), CHUNK_SIZE))
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
