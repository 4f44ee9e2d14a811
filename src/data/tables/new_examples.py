"""New examples as the test set of a trained network, with the preprocessing of its training data.

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
from .roles import ColumnChoice
from .sources import Source, from_path
from .table_examples import complete_rows
from .targets import check_targets, is_one_hot, to_class_values

WITHOUT_TARGET_COLUMN = ("input", "none")  # kinds of target for which no column is read


class NewExamples(Data):
    """A table or array with targets as the test set of a trained network.

    spec, preprocessing: of the training data; given: examples from Python, None for the file `settings["path"]`;
    settings: those of the `Array` with the training data. Raises UserError for examples that do not match the spec.
    """

    def __init__(
        self, *, spec: DataSpec, preprocessing: Preprocessing, given: Source | None, settings: Mapping[str, Any]
    ) -> None:
        super().__init__(seed=0)
        self.spec = spec
        self._fitted = preprocessing
        self.unsupervised = spec.target == "input"
        table = preprocessing if isinstance(preprocessing, TablePreprocessing) else None
        untargeted = spec.target in WITHOUT_TARGET_COLUMN
        if untargeted:
            settings = {**settings, "target": []}
        if given is None:
            given = from_path(settings["path"], settings["target"]) if table is None else read(table, spec, settings)
        if settings["missing"] == "drop" and isinstance(given.x, pd.DataFrame):
            given = drop_missing(given)
        y: Values | None = np.zeros(len(given.x)) if untargeted else given.y
        if y is None:
            assert isinstance(given.x, pd.DataFrame)
            if table is None or not table.targets or not set(table.targets) <= set(given.x):
                raise missing_targets_error(given.name)
            y = given.x[list(table.targets)].to_numpy()
        try:
            x = preprocessing.encode(given.x).x
        except UserError as error:
            raise UserError(f"{given.name}, {error}") from None
        if x.isnan().any():
            raise UserError(f"{given.name}: unknown inputs can be predicted, but not compared with the predictions")
        others = "it is not the data of the run, but may share rows with it"
        self.summary = f"{given.name}: {len(y)} rows, all of them evaluated; {others}"
        targets = torch.from_numpy(y) if untargeted else encode_as_trained(spec, given.name, y, given)
        self._loaded: Splits = {"test": Batch(x, targets)}

    @property
    def preprocessing(self) -> Preprocessing:
        """The preprocessing of the training data."""
        return self._fitted

    def load(self) -> Splits:
        """Return the examples."""
        return self._loaded


def read(table: TablePreprocessing, spec: DataSpec, settings: Mapping[str, Any]) -> Source:
    """Return the input and target columns of the file `settings["path"]`. Raises UserError if one is missing."""
    path = existing_file(settings["path"])
    if path.suffix.lower() not in TABLES:
        return from_path(str(path), settings["target"])
    options = replace(table.options, header=table.header) if table.options.header is None else table.options
    targets = () if spec.target in WITHOUT_TARGET_COLUMN else table.targets
    if spec.target not in WITHOUT_TARGET_COLUMN and not (
        targets and set(targets) <= set(TableFile(path, options, table.written).labels)
    ):
        raise missing_targets_error(str(path))
    text = [column.name for column in table.columns if isinstance(column, CategoryColumn)]
    if spec.target == "classes" and isinstance(spec.classes[0], str):
        text += table.targets
    choice = ColumnChoice(columns=[column.name for column in table.columns], categorical=text)
    return from_path(str(path), targets, options=options, choice=choice, otherwise=table.written)


def missing_targets_error(name: str) -> UserError:
    """Return the error for data without targets."""
    return UserError(f"{name} has no targets to compare predictions with; nnzoo predict needs none")


def drop_missing(given: Source) -> Source:
    """Return a table without the rows that have a missing cell or target."""
    assert isinstance(given.x, pd.DataFrame)
    kept = complete_rows(given, given.x)
    y = None if given.y is None else given.y[kept]
    return given._replace(
        x=given.x.iloc[kept].reset_index(drop=True), y=y, place=lambda row: given.place(int(kept[row]))
    )


def encode_as_trained(spec: DataSpec, name: str, y: Values, given: Source) -> Tensor:
    """Return targets encoded as in training. Raises UserError for a class that is not in the training data."""
    y = check_targets(f"{name}: y", y, given.place)
    if spec.target == "classes":
        if y.ndim == 2 and y.shape[1] > 1:
            if y.shape[1] != spec.target_size or not is_one_hot(y):
                raise UserError(f"{name}: y is {y.shape}; it must be (N,), or one-hot rows (N, {spec.target_size})")
            return torch.from_numpy(y.argmax(1))
        y = to_class_values(f"{name}: y", y.reshape(-1))
        places = pd.Index(list(spec.classes), dtype=object).get_indexer(pd.Index(y.tolist(), dtype=object))
        if (places < 0).any():
            row = int((places < 0).argmax())
            known = join_names(map(str, spec.classes))
            raise UserError(
                f"{given.place(row)}: the class '{y[row]}' is not in the training data, which has the classes {known}"
            )
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
