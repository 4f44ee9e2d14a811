"""Arguments of commands that ask about the vectors of a run or a file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..config.vector_kinds import check_vectors
from ..errors import UserError
from ..formatting import escape, format_table
from .arguments import allowed_packages, parse_arguments, parse_list, parse_number, refuse_unknown
from .run_arguments import run_path

if TYPE_CHECKING:
    from ..text.named_vectors import NamedVectors, Neighbor

KNOWN = ("run", "file", "vectors", "checkpoint", "allow")


def parse_question(args: list[str], *keys: str) -> dict[str, str]:
    """Return the arguments of a command, of which the first of `keys` is required. Raises UserError."""
    known = (*KNOWN, *keys)
    found, others = parse_arguments(args, known, keys[:1])
    refuse_unknown(others, known)
    if bool(found.get("run")) == bool(found.get("file")):
        raise UserError(f"give run=RUN or file=FILE{', not both' if found.get('run') else ', a file of vectors'}")
    for key in ("vectors", "checkpoint", "allow"):
        if key in found and found.get("file"):
            raise UserError(f"{key}={found[key]} is for runs; leave it out with file=FILE")
    check_vectors(found.get("vectors", "input"))
    return found


def parse_words(found: dict[str, str], count: int) -> list[str]:
    """Return the words in words=[a,b]. Raises UserError for another number of them."""
    words = parse_list(found["words"])
    if len(words) != count:
        example = ("king", "queen") if count == 2 else ("man", "king", "woman")
        raise UserError(f"words has {len(words)} words; it takes {count}, such as words=[{','.join(example)}]")
    return words


def parse_top(found: dict[str, str]) -> int:
    """Return the number of answers. Raises UserError for a number below 1."""
    top = parse_number("top", found.get("top", "10"), int)
    if top < 1:
        raise UserError(f"top is {top}; it must be at least 1")
    return top


def load_vectors(found: dict[str, str]) -> "NamedVectors":
    """Return the vectors of the run or the file. Raises UserError."""
    if file := found.get("file"):
        from ..text.vectors import read_named_vectors

        return read_named_vectors(file)
    path = run_path(found["run"])
    from ..inference.load import load

    net = load(path, which=found.get("checkpoint"), allow=allowed_packages(found))
    return net.vectors(found.get("vectors", "input"))


def as_table(neighbors: "Iterable[Neighbor]") -> str:
    """Return a table of names and similarities."""
    return format_table(
        [["name", "similarity"], *([escape(each.name), f"{each.similarity:.4f}"] for each in neighbors)]
    )
