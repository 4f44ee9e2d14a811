"""Examples that came after training, prepared as the training data was.

Shapes: N examples, D real targets, K classes or labels.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...errors import UserError, join_names
from ...files.arrays import Values
from ...files.paths import TABLES, existing_file
from ...files.tables import TableFile
from ...preprocessing.base import Preprocessing
from ...preprocessing.columns import CategoryColumn
from ...preprocessing.tables import TablePreprocessing
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from .roles import Choice
from .sources import Source, from_path
from .table_examples import complete
from .targets import checked, one_hot, whole

UNTARGETED = ("input", "none")  # kinds of target for which no column is read


class Fresh(Data):
    """A table or array with targets as the test set of a trained network.

    spec, preprocessing: of the training data; given: examples from Python, None for the file that settings (those of
    the `Array` that was trained on) name. Raises UserError for what does not fit.
    """

    def __init__(
        self, *, spec: DataSpec, preprocessing: Preprocessing, given: Source | None, settings: Mapping[str, Any]
    ) -> None:
        super().__init__(seed=0)
        self.spec = spec
        self._fitted = preprocessing
        self.unsupervised = spec.target == "input"
        table = preprocessing if isinstance(preprocessing, TablePreprocessing) else None
        untargeted = spec.target in UNTARGETED
        if untargeted:
            settings = {**settings, "target": []}
        if given is None:
            given = from_path(settings["path"], settings["target"]) if table is None else read(table, spec, settings)
        if settings["missing"] == "drop" and isinstance(given.x, pd.DataFrame):
            given = without_gaps(given)
        y: Values | None = np.zeros(len(given.x)) if untargeted else given.y
        if y is None:
            assert isinstance(given.x, pd.DataFrame)
            if table is None or not table.targets or not set(table.targets) <= set(given.x):
                raise without_targets(given.name)
            y = given.x[list(table.targets)].to_numpy()
        try:
            x = preprocessing.encode(given.x).x
        except UserError as error:
            raise UserError(f"{given.name}, {error}") from None
        others = "it is not the data of the run, but may share rows with it"
        self.summary = f"{given.name}: {len(y)} rows, measured as a whole; {others}"
        targets = torch.from_numpy(y) if untargeted else encoded(spec, given.name, y, given)
        self._made: Splits = {"test": Batch(x, targets)}

    @property
    def preprocessing(self) -> Preprocessing:
        """That of the training data."""
        return self._fitted

    def load(self) -> Splits:
        """Return the examples."""
        return self._made


def read(table: TablePreprocessing, spec: DataSpec, settings: Mapping[str, Any]) -> Source:
    """Return the columns that a network reads, and the targets, of the file that settings name.

    Raises UserError if one is not there.
    """
    path = existing_file(settings["path"])
    if path.suffix.lower() not in TABLES:
        return from_path(str(path), settings["target"])
    options = replace(table.options, header=table.header) if table.options.header is None else table.options
    targets = () if spec.target in UNTARGETED else table.targets
    if spec.target not in UNTARGETED and not (
        targets and set(targets) <= set(TableFile(path, options, table.written).labels)
    ):
        raise without_targets(str(path))
    text = [column.name for column in table.columns if isinstance(column, CategoryColumn)]
    if spec.target == "classes" and isinstance(spec.classes[0], str):
        text += table.targets
    choice = Choice(columns=[column.name for column in table.columns], categorical=text)
    return from_path(str(path), targets, options=options, choice=choice, otherwise=table.written)


def without_targets(name: str) -> UserError:
    """Return the error for data in which there is nothing to compare with."""
    return UserError(f"{name} has no targets to compare with; nnzoo predict needs none")


def without_gaps(given: Source) -> Source:
    """Return a table without the rows that miss a cell or a target."""
    assert isinstance(given.x, pd.DataFrame)
    kept = complete(given, given.x)
    y = None if given.y is None else given.y[kept]
    return given._replace(
        x=given.x.iloc[kept].reset_index(drop=True), y=y, place=lambda row: given.place(int(kept[row]))
    )


def encoded(spec: DataSpec, name: str, y: Values, given: Source) -> Tensor:
    """Return targets as those of training. Raises UserError for a class that was not there."""
    y = checked(f"{name}: y", y, given.place)
    if spec.target == "classes":
        if y.ndim == 2 and y.shape[1] > 1:
            if y.shape[1] != spec.target_size or not one_hot(y):
                raise UserError(f"{name}: y is {y.shape}; it must be (N,), or one-hot rows (N, {spec.target_size})")
            return torch.from_numpy(y.argmax(1))
        y = whole(f"{name}: y", y.reshape(-1))
        places = pd.Index(list(spec.classes), dtype=object).get_indexer(pd.Index(y.tolist(), dtype=object))
        if (places < 0).any():
            row = int((places < 0).argmax())
            known = join_names(map(str, spec.classes))
            raise UserError(f"{given.place(row)}: the class '{y[row]}' is none of training; these are {known}")
        return torch.from_numpy(places.astype(np.int64))
    if y.dtype.kind not in "biuf":
        raise UserError(f"{name}: the target is text, such as '{y.reshape(-1)[0]}'; it must be numbers")
    values = torch.from_numpy(y.astype(np.float64)).reshape(len(y), -1)
    if values.shape[1] != spec.target_size:
        raise UserError(f"{name}: y is {y.shape}; the network was trained on {spec.target_size} targets")
    if spec.target == "multilabel" and not ((values == 0) | (values == 1)).all():
        raise UserError(f"{name}: y has other numbers than 0 and 1; the network was trained on sets of labels")
    if spec.target_scale:
        mean, scale = (torch.tensor(part, dtype=torch.float64) for part in (spec.target_mean, spec.target_scale))
        values = (values - mean) / scale
    return values.float()
