"""The vectors of words, nodes or documents of a task."""

from ..tasks.base import Task
from ..text.named_vectors import NamedVectors, name_vectors


def vectors_of(task: Task, which: str) -> NamedVectors:
    """Return the vectors of a network with the names of the data. which: input, output, sum or both.

    Raises UserError if the network has none.
    """
    return name_vectors(task.spec, which, task.net.vectors(which))  # type: ignore[operator]
