"""Loading of the preprocessing in a checkpoint."""

from collections.abc import Mapping
from typing import Any

from ..errors import UserError
from .base import Preprocessing
from .ids import IdPreprocessing
from .images import ImagePreprocessing
from .numbers import NumberPreprocessing
from .rating_rows import RatingRowsPreprocessing
from .series import SeriesPreprocessing
from .tables import TablePreprocessing
from .tokens import TokenPreprocessing
from .word_counts import WordCountPreprocessing

KINDS: dict[str, type[Preprocessing]] = {
    kind.kind: kind
    for kind in (
        IdPreprocessing,
        ImagePreprocessing,
        NumberPreprocessing,
        RatingRowsPreprocessing,
        SeriesPreprocessing,
        TablePreprocessing,
        TokenPreprocessing,
        WordCountPreprocessing,
    )
}


def restore(plain: Mapping[str, Any]) -> Preprocessing:
    """Return the preprocessing from the result of `to_dict`. Raises UserError if it is damaged or unknown."""
    fields = dict(plain)
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise UserError(f"the checkpoint has a preprocessing of kind '{kind}', which this version does not know")
    try:
        return KINDS[kind].from_dict(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"the checkpoint's preprocessing '{kind}' is damaged: {error}") from error
