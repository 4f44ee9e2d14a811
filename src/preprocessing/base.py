"""The base class of preprocessing: conversion of raw data to inputs, and of outputs to the units of the data.

A preprocessing is fitted to the training data and stored with the trained network; `predict` and `evaluate` apply it.
Shapes: N examples, T steps.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from torch import Tensor

from ..errors import UserError, unknown
from ..files.tables import TableOptions

PIECE = 1 << 22  # input values in a piece of a file, so that the memory does not depend on the size of the file


def table_options(options: TableOptions, settings: Mapping[str, Any]) -> TableOptions:
    """Return options with changed settings. Raises UserError for an unknown setting."""
    for name in settings:
        if name not in TableOptions.__dataclass_fields__:
            raise unknown(
                "setting of a file", f"data.{name}", [f"data.{key}" for key in TableOptions.__dataclass_fields__]
            )
    return replace(options, **settings)


class Inputs(NamedTuple):
    """Inputs of the network.

    x: (N, *shape) or (N, T, *shape); mask: (N, T), None without padding; names: the columns that identify the examples
    in the predictions, with N values each: {"index": ...}, {"file": ...}, {"customer_id": ...}.
    """

    x: Tensor
    mask: Tensor | None
    names: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Preprocessing(ABC):
    """A fitted conversion of raw data to inputs. All fields are plain data.

    kind: the name of the class in checkpoints; reads_folders: whether `read` takes folders, too.
    """

    kind: ClassVar[str]
    reads_folders: ClassVar[bool] = False

    @abstractmethod
    def encode(self, raw: Any) -> Inputs:
        """Return the inputs of a Python object. Raises UserError for data that does not match the training data."""

    @abstractmethod
    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the inputs of a file or folder, about PIECE values at a time.

        Raises UserError, with file and line, for data that cannot be read or does not match the training data.
        """

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy for files with another format: separator, decimal and so on.

        Raises UserError for other settings, and if the preprocessing does not read tables.
        """
        raise UserError(f"data.{next(iter(settings))} is a setting of tables; this network does not read tables")

    def within(self, low: float, high: float) -> Self:
        """Return a copy for a network with inputs in [low, high].

        `encode` and `read` of the copy raise UserError for other inputs; most preprocessings do so in any case.
        """
        del low, high
        return self

    def scaled(self, x: Tensor) -> Tensor:
        """Return raw numbers (*n, *shape) scaled to inputs of the network; differentiable."""
        return x

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs of the network (*n, *shape) in the units of the data: the inverse of `scaled`."""
        return x

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs, empty if they have no names."""
        return ()

    @property
    def columns_of_features(self) -> tuple[str, ...]:
        """The column behind each input, which is the same for all categories of a column. By default `features`."""
        return self.features

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain data, for a checkpoint."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    @abstractmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Return the preprocessing from the result of `to_dict` without `kind`."""
