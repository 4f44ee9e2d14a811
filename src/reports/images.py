"""Pictures as data URIs."""

import base64
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .html import Html, element

KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}


def pictures(folder: Path, *, without: Sequence[str] = ()) -> tuple[Html, list[str]]:
    """Return the pictures of a folder with their names as captions, and the names of files that cannot be read.

    without: names to leave out.
    """
    found, damaged = [], []
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    for file in files:
        if file.suffix.lower() in KINDS and not file.name.startswith(".") and file.stem not in without:
            try:
                found.append(picture(file))
            except (OSError, SyntaxError, ValueError, UnidentifiedImageError):  # Pillow raises all of these
                damaged.append(f"{folder.name}/{file.name}")
    return element("div", found, {"class": "figures"}) if found else Html(), damaged


def picture(file: Path) -> Html:
    """Return a picture with its name as caption. Raises OSError, SyntaxError or ValueError if it is damaged."""
    with Image.open(file) as image:
        image.load()
        width, height = image.size
    name = file.stem.replace("_", " ")
    source = f"data:{KINDS[file.suffix.lower()]};base64,{base64.b64encode(file.read_bytes()).decode()}"
    image_tag = element("img", "", {"src": source, "alt": name, "width": width, "height": height})
    return element("figure", [image_tag, element("figcaption", name)])
