"""Published files that are read packed: looked for in a folder and in the cache, else downloaded to the cache."""

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from ...errors import UserError
from ..folders import cache

CHUNK = 1 << 20  # bytes read at a time


def published_file(root: Path, name: str, urls: list[str], md5: str) -> Path:
    """Return the path of a published file: in `root`, in the cache, or downloaded to the cache.

    name: relative to the folder. Raises UserError if it is not the original file, or if it is missing and cannot be
    downloaded.
    """
    for path in (root / name, cache() / name):
        if path.is_file():
            check_md5(path, md5)
            return path
    try:
        (cache() / name).parent.mkdir(parents=True, exist_ok=True)
        # first under another name, so that a process that runs at the same time never reads half a file
        with TemporaryDirectory(dir=cache()) as temporary:
            os.replace(download(urls, Path(temporary), md5, root, name), cache() / name)
    except OSError as error:
        raise UserError(f"cannot write {cache() / name}: {error}; XDG_CACHE_HOME chooses another folder") from None
    return cache() / name


def download(urls: list[str], folder: Path, md5: str, root: Path, name: str) -> Path:
    """Download a file from the first of several addresses that has it. Raises UserError if none has.

    root, name: the folder where the user can put the file instead, and its path there.
    """
    from torchvision.datasets.utils import download_url

    wanted, reason = root / name, ""
    for url in urls:
        try:
            download_url(url, folder, wanted.name, md5)
            return folder / wanted.name
        except (RuntimeError, OSError) as error:
            reason = str(error).strip().splitlines()[-1]
    raise UserError(
        f"{wanted.name} is not in {wanted.parent} and cannot be downloaded ({reason}); put it there, or set data.root "
        f"or the environment variable NNZOO_DATA to a folder with {name}"
    )


def check_md5(path: Path, md5: str) -> None:
    """Raise UserError if a file is not the original one."""
    checksum = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            checksum.update(chunk)
    if checksum.hexdigest() != md5:
        raise UserError(f"{path} is not the original file (wrong MD5 checksum); remove it and download it again")
