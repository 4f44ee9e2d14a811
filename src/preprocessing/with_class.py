"""Preprocessing of examples together with their classes."""

from dataclasses import replace

from ..errors import UserError
from ..spec import DataSpec
from .base import Preprocessing
from .columns import CategoryColumn
from .numbers import NumberPreprocessing
from .tables import TablePreprocessing


def with_class(preprocessing: Preprocessing, spec: DataSpec, original: DataSpec) -> Preprocessing:
    """Return the preprocessing of inputs with a one-hot class at the end.

    spec: of these inputs; original: of the inputs without the class. The class of a table is read from its target
    column; other examples are vectors that end with the one-hot class. If the class is reconstructed, inputs may be
    unknown: NaN, or empty cells. Raises UserError for a table without a single target column.
    """
    if not isinstance(preprocessing, TablePreprocessing):
        return NumberPreprocessing(shape=spec.shape, low=spec.low, high=spec.high, unknown=not spec.context)
    if len(preprocessing.targets) != 1:
        raise UserError(f"the class must be one column of the table, not {len(preprocessing.targets)}")
    categories = tuple(map(str, original.classes or original.labels))
    columns = (*preprocessing.columns, CategoryColumn(name=preprocessing.targets[0], categories=categories))
    if not spec.context:
        columns = tuple(replace(column, unknown=column.fill is None) for column in columns)
    return replace(preprocessing, columns=columns, targets=())
