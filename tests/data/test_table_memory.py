"""Memory of own tables: what is encoded is not held a second time."""

import weakref

import numpy as np
import pandas as pd
import pytest
from nnzoo.data.tables.roles import ALL_COLUMNS
from nnzoo.data.tables.sources import from_object, from_path
from nnzoo.data.tables.table_examples import TableExamples
from nnzoo.files.tables import TableOptions


@pytest.mark.parametrize("missing", ["refuse", "drop"])
@pytest.mark.parametrize("name", ["a.csv", "a.npz", "a.npy", None])
def test_columns_are_freed_one_by_one(tmp_path, name, missing):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame({key: generator.normal(size=50) for key in "abcy"}, copy=False)
    path = tmp_path / str(name)
    if name is None:
        given = from_object(frame)
        del frame
    else:
        if name == "a.csv":
            frame.to_csv(path, index=False)
        elif name == "a.npz":
            np.savez(path, x=frame[["a", "b", "c"]].to_numpy(), y=frame["y"].to_numpy())
        else:
            np.save(path, frame.to_numpy())
        given = from_path(str(path), None)
    settings = {"target": None, "task": "auto", "choice": ALL_COLUMNS, "missing": missing, "standardize": True}
    examples = TableExamples(given, options=TableOptions(), **settings)
    del given
    first = examples.roles.inputs[0]
    cells = examples.columns.pop(first).to_numpy()
    owner = weakref.ref(cells if cells.base is None else cells.base)
    del cells
    assert owner() is None
