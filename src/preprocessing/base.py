"""What was fitted to the training data: from what users have to what the network takes, and back to their units.

It is stored with the trained network. `predict` and `evaluate` apply it, and no other code does.
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

PIECE = 1 << 22  # numbers of the network's input in one piece of a file: memory stays flat, whatever its length


def table_options(options: TableOptions, settings: Mapping[str, Any]) -> TableOptions:
    """Return options with some of them changed. Raises UserError for an unknown one."""
    for name in settings:
        if name not in TableOptions.__dataclass_fields__:
            raise unknown(
                "setting of a file", f"data.{name}", [f"data.{key}" for key in TableOptions.__dataclass_fields__]
            )
    return replace(options, **settings)


class Inputs(NamedTuple):
    """Examples as the network takes them.

    x: (N, *shape) or (N, T, *shape); mask: (N, T), None where nothing is padded; names: what tells the examples apart
    in the answers, a column of N values by heading: {"index": ...}, {"file": ...}, {"customer_id": ...}.
    """

    x: Tensor
    mask: Tensor | None
    names: Mapping[str, Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Preprocessing(ABC):
    """How raw inputs become the network's, with everything that was fitted. All fields are plain data.

    kind: the name under which a checkpoint stores it.
    """

    kind: ClassVar[str]

    @abstractmethod
    def encode(self, raw: Any) -> Inputs:
        """Return raw examples from Python, all at once. Raises UserError for what does not fit."""

    @abstractmethod
    def read(self, path: Path) -> Iterator[Inputs]:
        """Yield the examples of a file or folder, about PIECE numbers at a time.

        Raises UserError, with file and place, for what cannot be read or does not fit.
        """

    def reading(self, settings: Mapping[str, Any]) -> Self:
        """Return the same for a file that is written in another way: separator, decimal and so on.

        Raises UserError where no tables are read, and for other settings.
        """
        raise UserError(f"data.{next(iter(settings))} says how a table is written; this network reads none")

    def within(self, low: float, high: float) -> Self:
        """Return the same for a network that takes no numbers outside of [low, high].

        Other numbers are refused by `encode` and `read`; by most kinds they are in any case.
        """
        del low, high
        return self

    def scaled(self, x: Tensor) -> Tensor:
        """Return raw numbers (*n, *shape) as the network takes them; gradients pass."""
        return x

    def restored(self, x: Tensor) -> Tensor:
        """Return what the network takes, (*n, *shape), in the user's units, as far as it was scaled."""
        return x

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the numbers that the network takes, empty where they have none."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain data, for a checkpoint."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    @abstractmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict` without its `kind`."""
