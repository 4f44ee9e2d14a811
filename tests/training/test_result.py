"""The metrics of a run as a table."""

from pathlib import Path

import numpy as np
from nnzoo.runs.directory import RunDirectory
from nnzoo.training.epoch_table import EpochTable
from nnzoo.training.result import Result


def test_history_has_a_row_for_each_epoch_and_nan_for_metrics_that_it_does_not_have(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path, "run")
    result = Result(directory.path, "done")
    assert isinstance(result.history, EpochTable)
    assert result.history.empty
    (directory.path / "metrics.csv").write_text("epoch,train/errors,val/acc\n1,5,\n2,3,0.5\n")
    history = result.history
    assert isinstance(history, EpochTable)
    assert (history.index.name, history.index.tolist(), history.index.dtype.kind) == ("epoch", [1, 2], "i")
    assert history.columns.tolist() == ["train/errors", "val/acc"]
    np.testing.assert_array_equal(history, [[5, np.nan], [3, 0.5]])
    assert {dtype.name for dtype in history.dtypes} == {"float64"}
