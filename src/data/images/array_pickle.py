"""Pickles of plain values and arrays of bytes, as Python 2 wrote them, read without calling what they name."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError


class Named:
    """Stands for a function or class that a pickle names. Calling it records the arguments and does nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *arguments: Any) -> "Made":
        """Return what stands for the result."""
        return Made(self.name, arguments)


class Made:
    """Stands for an object that a pickle makes: the name of what it calls, its arguments, and the object's state."""

    def __init__(self, name: str, arguments: tuple[Any, ...]) -> None:
        self.name = name
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Reader(pickle.Unpickler):
    """Puts a `Named` in the place of each function and class."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a function or class."""
        return Named(f"{module}.{name}")


def read_array_pickle(path: Path) -> dict[str, Any]:
    """Return the mapping in a file, with its arrays of bytes as NumPy arrays that can be written to.

    Raises UserError for a file with anything else.
    """
    try:
        with path.open("rb") as file:
            content = Reader(file, encoding="latin1").load()
        return {name: to_array(value) if isinstance(value, Made) else value for name, value in content.items()}
    except Exception as error:  # a damaged pickle raises many kinds of exceptions
        raise UserError(f"{path} is no pickle of a mapping with arrays of bytes: {error}") from None


def to_array(made: Made) -> NDArray[np.uint8]:
    """Return the array for which an object stands. Raises ValueError for other objects and other types of numbers."""
    if made.name not in ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct"):
        raise ValueError(f"it calls {made.name}")
    _, shape, kind, is_fortran, values = made.state
    if kind.name != "numpy.dtype" or kind.arguments[0] != "u1":
        raise ValueError("its numbers are not bytes")
    return np.frombuffer(bytearray(values, "latin1"), np.uint8).reshape(shape, order="F" if is_fortran else "C")
