"""Files of data, from what the tests have in memory."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def write(path: Path, content: NDArray[np.generic] | bytes | str = "", **arrays: NDArray[np.generic]) -> Path:
    """Write an array as .npy, named arrays as .npz, and text in UTF-8."""
    if arrays:
        np.savez(path, **arrays)
    elif isinstance(content, np.ndarray):
        np.save(path, content)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_picture(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write grey (H, W) or colored (H, W, 3) pixels, in folders that are made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_conll2000(root: Path, train: str, test: str) -> Path:
    """Write the files of the CoNLL-2000 sentences where they are found below a root; return the root."""
    folder = root / "text" / "conll2000"
    folder.mkdir(parents=True)
    (folder / "train.txt").write_text(train)
    (folder / "test.txt").write_text(test)
    return root
