"""Files of vectors of words, nodes or documents."""

from pathlib import Path

from ...errors import UserError
from ...text.vectors import read_named_vectors, write_vectors
from ..trained import Trained
from .comparison import compare_tensors
from .weight_files import Tensors


def write(trained: Trained, format: str, which: str, path: Path) -> Tensors:
    """Write the vectors of a network in a format, and return them.

    which: input, output, sum or both. Raises UserError if the network has no such vectors, and if those that are read
    again differ.
    """
    vectors = trained.vectors(which)
    write_vectors(path, vectors, format)
    written = read_named_vectors(path)
    if written.names != vectors.names:
        raise UserError(f"the names read from a file in the format {format} differ from those of the network")
    content = {which: vectors.values}
    compare_tensors(content, {which: written.values})
    return content
