"""The settings of outlier scores. Imports no torch."""

from typing import Literal

from ..errors import UserError

By = Literal["row", "entry", "feature"]  # what has a score: an example, each of its columns, or each column in all
DEFAULT_QUANTILE = 0.99


def threshold_quantile(quantile: float | None, share: float | None) -> float:
    """Return the quantile of the training scores that is the threshold.

    quantile: itself, from 0 to 1; share: the expected share of outliers among the training examples, above 0 and below
    1; 0.99 without either. Raises UserError for values out of range, and for both.
    """
    if quantile is not None and share is not None:
        raise UserError(f"quantile is {quantile:g} and share is {share:g}; each of them sets the threshold: give one")
    if share is not None:
        if not 0 < share < 1:
            raise UserError(f"share is {share:g}; it is the expected share of outliers, above 0 and below 1")
        return 1 - share
    if quantile is not None and not 0 <= quantile <= 1:
        raise UserError(f"quantile is {quantile:g}; it must be from 0 to 1")
    return DEFAULT_QUANTILE if quantile is None else quantile
