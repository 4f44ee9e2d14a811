"""The vectors of words that evaluations ask about."""

from ..errors import UserError
from ..tasks.base import Task
from ..text.named_vectors import NamedVectors


def vectors_of(task: Task, which: str) -> NamedVectors:
    """Return the vectors of a network with the names of the data. which: input, output, sum or both.

    Raises UserError if the network has none.
    """
    values = task.net.vectors(which)  # type: ignore[operator]
    if len(task.spec.vocabulary) != len(values):
        raise UserError(f"the network has {len(values)} vectors, and the data has {len(task.spec.vocabulary)} words")
    return NamedVectors(task.spec.vocabulary, values)
