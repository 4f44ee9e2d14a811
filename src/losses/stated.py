"""Statements of a class about itself, such as the derivative of its value, that a subclass may make wrong."""

from collections.abc import Set


def is_stated(kind: type, statements: Set[str], subject: Set[str]) -> bool:
    """Return whether a class makes a statement about its own methods, not only about those of a base class.

    statements: names of the methods that make it; subject: names of those that it is about.
    """
    for each in kind.__mro__:
        if statements & vars(each).keys():
            return True
        if subject & vars(each).keys():
            return False
    return False
