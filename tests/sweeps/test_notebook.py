"""The results of a sweep in Python, of a sweep that has not ended."""

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps.directory import SweepDirectory
from nnzoo.sweeps.notebook import SweepResult


def test_a_sweep_without_results(tmp_path):
    directory = SweepDirectory(tmp_path)
    directory.write_record({"metric": "val/acc"})
    directory.set_status("running")
    found = SweepResult(tmp_path)
    assert (found.metric, found.status, found.figures) == ("val/acc", "running", {})
    for name, file in (("table", "sweep"), ("runs", "runs")):
        with pytest.raises(UserError, match=rf"{file}\.csv does not exist; the sweep has not written its results yet$"):
            getattr(found, name)
    with pytest.raises(UserError, match=r"^no trial of the sweep in .* has a result$"):
        _ = found.best


def test_a_sweep_of_which_no_trial_has_a_value(tmp_path):
    directory = SweepDirectory(tmp_path)
    directory.write_record({"metric": "val/acc"})
    directory.set_status("failed")
    directory.table.write_text("trial,lr,status\n0,0.1,failed\n1,0.2,failed\n")
    assert repr(SweepResult(tmp_path)) == f"SweepResult(failed, 2 trials, {str(tmp_path)!r})"


def test_the_best_trial_has_plain_values(tmp_path):
    directory = SweepDirectory(tmp_path)
    directory.write_record({"metric": "val/acc"})
    directory.set_status("done")
    directory.table.write_text("trial,lr,status\n3,0.1,done\n")
    directory.best_file.write_text(
        "trial: 3\nmetric: val/acc\nvalue: 0.91234\ncommand: nnzoo train\ndirectories: [3-a, 3-b]\n"
        "params: {+model.hidden: '[8,4]', optimizer.lr: 0.1, model.bias: 'true'}\n"
    )
    found = SweepResult(str(tmp_path))
    assert found.best.params == {"model.hidden": [8, 4], "optimizer.lr": 0.1, "model.bias": True}
    assert found.best.directories == [tmp_path / "3-a", tmp_path / "3-b"]
    assert (found.best.trial, found.best.value, found.best.command) == (3, 0.91234, "nnzoo train")
    assert repr(found) == f"SweepResult(done, 1 trials, best: trial 3, val/acc 0.9123, {str(tmp_path)!r})"
