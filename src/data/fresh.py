"""Examples that came after training, prepared as the training data was.

Shapes: N examples, D real targets, K classes or labels.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..errors import UserError, listed
from ..files.arrays import Values
from ..files.tables import DETECT
from ..preprocessing.base import Preprocessing
from ..preprocessing.tables import TablePreprocessing
from ..spec import Batch, DataSpec
from .base import Data, Splits
from .roles import Choice
from .sources import Source, from_path
from .targets import checked, whole


class Fresh(Data):
    """A table or array with targets as the test set of a trained network.

    spec, preprocessing: of the training data; given: examples from Python, None for the file that settings (those of
    the `Array` that was trained on) name. Raises UserError for what does not fit.
    """

    def __init__(
        self, *, spec: DataSpec, preprocessing: Preprocessing, given: Source | None, settings: Mapping[str, Any]
    ) -> None:
        super().__init__(batch_size=settings["batch_size"], seed=0)
        self.spec = spec
        table = preprocessing if isinstance(preprocessing, TablePreprocessing) else None
        if given is None:
            choice = Choice(*(settings[key] for key in Choice._fields))
            options = DETECT if table is None else table.options
            given = from_path(settings["path"], settings["target"], options=options, choice=choice)
        y: Values | None = given.y
        if y is None:
            assert isinstance(given.x, pd.DataFrame)
            absent = [name for name in (table.targets if table else ()) if name not in given.x]
            if table is None or not table.targets or absent:
                raise UserError(f"{given.name} has no targets to compare with; nnzoo predict needs none")
            y = given.x[list(table.targets)].to_numpy()
        self._fitted = preprocessing
        self.summary = f"{given.name}: {len(y)} rows that the network was not trained on, measured as a whole"
        self._made: Splits = {"test": Batch(preprocessing.encode(given.x).x, encoded(spec, given.name, y, given))}

    @property
    def preprocessing(self) -> Preprocessing:
        """That of the training data."""
        return self._fitted

    def load(self) -> Splits:
        """Return the examples."""
        return self._made


def encoded(spec: DataSpec, name: str, y: Values, given: Source) -> Tensor:
    """Return targets as those of training. Raises UserError for a class that was not there."""
    y = checked(f"{name}: y", y, given.place)
    if spec.target == "classes":
        if y.ndim == 2 and y.shape[1] > 1:
            return torch.from_numpy(y.argmax(1))
        y = whole(f"{name}: y", y.reshape(-1))
        places = pd.Index(list(spec.classes), dtype=object).get_indexer(pd.Index(y.tolist(), dtype=object))
        if (places < 0).any():
            row = int((places < 0).argmax())
            known = listed(map(str, spec.classes))
            raise UserError(f"{given.place(row)}: the class '{y[row]}' is none of training; these are {known}")
        return torch.from_numpy(places.astype(np.int64))
    if y.dtype.kind not in "biuf":
        raise UserError(f"{name}: the target is text, such as '{y.reshape(-1)[0]}'; it must be numbers")
    values = torch.from_numpy(y.astype(np.float64)).reshape(len(y), -1)
    if values.shape[1] != spec.target_size:
        raise UserError(f"{name} has {values.shape[1]} targets; the network was trained on {spec.target_size}")
    if spec.target_scale:
        values = (values - torch.tensor(spec.target_mean).double()) / torch.tensor(spec.target_scale).double()
    return values.float()
