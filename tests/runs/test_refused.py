"""Removal of the directory of a refused run."""

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.refused import missing_folders, removed_if_refused


def leave(run, made, error, *, begun=False):
    """Raise an error inside the context, with a file in the run directory."""
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("x")
    with pytest.raises(type(error)), removed_if_refused(run, made, lambda: begun):
        raise error


def test_a_refused_run_leaves_nothing(tmp_path):
    made = missing_folders(tmp_path / "outputs" / "iris")
    assert made == [tmp_path / "outputs" / "iris", tmp_path / "outputs"]
    leave(tmp_path / "outputs" / "iris" / "run", made, UserError("x"))
    assert not [*tmp_path.iterdir()]


def test_other_runs_and_existing_folders_stay(tmp_path):
    made = missing_folders(tmp_path / "outputs" / "iris")
    (tmp_path / "outputs" / "iris" / "other").mkdir(parents=True)
    leave(tmp_path / "outputs" / "iris" / "run", made, UserError("x"))
    leave(tmp_path / "empty" / "run", [], UserError("x"))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "iris", "other", "outputs"]


@pytest.mark.parametrize(("error", "begun"), [(UserError("x"), True), (ValueError("x"), False)])
def test_a_run_that_has_begun_and_one_with_a_bug_stay(tmp_path, error, begun):
    leave(tmp_path / "run", [], error, begun=begun)
    assert (tmp_path / "run" / "config.yaml").is_file()
