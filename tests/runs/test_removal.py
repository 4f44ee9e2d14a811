import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.index import load_runs
from nnzoo.runs.lock import locked
from nnzoo.runs.removal import check_removable, remove
from nnzoo.runs.scan import file_sizes

from tests.support.made_runs import made_run


def check(root, *names, sweeps=(), force=False):
    found = load_runs(root)
    check_removable(found, [found.runs[name] for name in names], sweeps, force=force)


def test_only_directories_with_content_of_a_run(tmp_path):
    made_run(tmp_path / "a")
    for name, text in (("theirs", "lr: 3\n"), ("list", "[]"), ("broken", "[")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").write_text(text)
        (tmp_path / name / "thesis.tex").write_text("years of work")
        with pytest.raises(UserError, match=f"none of the files in .*{name} shows that it is a run"):
            check(tmp_path, name)
        with pytest.raises(UserError, match="shows that it is a run"):
            check(tmp_path, name, force=True)
    check(tmp_path, "a")


@pytest.mark.parametrize("kept", ["config.yaml", "status.json"])
def test_damaged_runs_can_be_deleted(tmp_path, kept):
    run = made_run(tmp_path / "a")
    for file in run.iterdir():
        if file.is_file() and file.name != kept:
            file.write_bytes(b"\xff")
    check(tmp_path, "a")


def test_environment_is_enough(tmp_path):
    run = made_run(tmp_path / "a")
    (run / "config.yaml").write_text("")
    (run / "status.json").unlink()
    check(tmp_path, "a")


def test_running_runs(tmp_path):
    made_run(tmp_path / "a", status="running")
    with pytest.raises(UserError, match=r"a is running, or was killed; force=true deletes it anyway"):
        check(tmp_path, "a")
    check(tmp_path, "a", force=True)
    (tmp_path / "a" / "config.yaml").write_text("[")  # damaged, but still running
    with pytest.raises(UserError, match="is running"):
        check(tmp_path, "a")


def test_killed_runs_can_be_deleted(tmp_path):
    """They have the status running, but no process holds their lock."""
    run = RunDirectory(made_run(tmp_path / "a", status="running"))
    with locked(run), pytest.raises(UserError, match="is running"):
        check(tmp_path, "a")
    check(tmp_path, "a")


def test_runs_in_runs(tmp_path):
    made_run(tmp_path / "a")
    made_run(tmp_path / "a" / "x" / "b")
    with pytest.raises(UserError, match=r"a contains another run, a/x/b; name it too to delete both"):
        check(tmp_path, "a")
    check(tmp_path, "a", "a/x/b")
    check(tmp_path, "a/x/b")


def test_sweeps(tmp_path):
    made_run(tmp_path / "mine" / "0-a")
    (tmp_path / "mine" / "sweep.csv").write_text("")
    check(tmp_path, "mine/0-a", sweeps=["mine"])
    with pytest.raises(UserError, match="mine contains no run"):
        check(tmp_path, sweeps=["mine"])
    made_run(tmp_path / "sweeps" / "s" / "0-a")
    check(tmp_path, sweeps=["sweeps/empty"])
    with pytest.raises(UserError, match="contains another run, sweeps/s/0-a"):
        check(tmp_path, sweeps=["sweeps/s"])
    (tmp_path / "mine" / "status.json").write_text('{"status": "running"}')
    with pytest.raises(UserError, match="mine is running, or was killed"):
        check(tmp_path, "mine/0-a", sweeps=["mine"])
    check(tmp_path, "mine/0-a", sweeps=["mine"], force=True)


def test_links_are_deleted_not_followed(tmp_path):
    run = made_run(tmp_path / "outputs" / "a")
    other = made_run(tmp_path / "elsewhere" / "b")
    (run / "link").symlink_to(other)
    (run / "file").symlink_to(other / "config.yaml")
    assert "link/config.yaml" not in file_sizes(run)
    remove(run)
    assert not run.exists()
    assert (other / "config.yaml").exists()
    remove(run)  # as if another process had been faster


def test_a_run_that_cannot_be_deleted(tmp_path, monkeypatch):
    run = made_run(tmp_path / "a")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("nnzoo.runs.removal.shutil.rmtree", refuse)
    with pytest.raises(UserError, match=r"cannot delete .*a: Permission denied"):
        remove(run)


def test_sizes(tmp_path):
    run = made_run(tmp_path / "a")
    sizes = file_sizes(run)
    assert sizes["checkpoints/last.ckpt"] == 1000
    assert sizes["status.json"] == len((run / "status.json").read_bytes())
    assert list(sizes) == sorted(sizes)
