"""Errors of estimators."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import UserError


class EstimatorError(UserError, ValueError):
    """A UserError that is also a ValueError, which scikit-learn expects."""


@contextmanager
def value_errors() -> Iterator[None]:
    """Raise EstimatorError in place of UserError."""
    try:
        yield
    except UserError as error:
        if isinstance(error, EstimatorError):
            raise
        raise EstimatorError(str(error)) from None  # whose traceback the logs of a search would repeat
