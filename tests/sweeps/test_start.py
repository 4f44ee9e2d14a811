"""Where a sweep runs and by which metric its trials are compared; devices of workers."""

import os
from contextlib import ExitStack

import pytest
from nnzoo.errors import UserError
from nnzoo.sweeps import run
from nnzoo.sweeps.devices import devices_of, sharing, visible_devices
from nnzoo.sweeps.directory import SweepDirectory, find_unfinished
from nnzoo.sweeps.job import Description
from nnzoo.sweeps.plan import read_plan
from nnzoo.sweeps.space import Choice, Space
from nnzoo.sweeps.start import choose_metric, default_name, first_points, given_directory

from tests.sweeps.fakes import LR, plan

MODES = {"val/acc": "max", "val/loss": "min", "val/norm": None}


def described(**settings):
    return choose_metric(plan(**settings), Description(MODES, {"val": 12}))


def test_main_metric():
    assert described() == {"metric": "val/acc", "mode": "max", "examples": 12}
    assert described(metric="val/loss")["mode"] == "min"
    assert described(metric="val/norm", direction="minimize")["mode"] == "min"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "val/accc"}, "unknown metric sweep.metric 'val/accc'; did you mean 'val/acc'?"),
        ({"metric": "val/norm"}, "metric 'val/norm' does not say whether higher is better; set sweep.direction"),
        ({"direction": "minimize"}, "sweep.direction=minimize: val/acc is better when it is higher; leave it out"),
    ],
)
def test_wrong_metric(settings, message):
    with pytest.raises(UserError) as caught:
        described(**settings)
    assert message in str(caught.value)


def sweep_at(path, status, fingerprint="a"):
    path.mkdir()
    directory = SweepDirectory(path)
    directory.write_record({"fingerprint": fingerprint, "command": "nnzoo train"})
    directory.set_status(status)
    return directory


def test_latest_unfinished_sweep_of_the_same_command(tmp_path):
    sweep_at(tmp_path / "done", "done")
    sweep_at(tmp_path / "other", "interrupted", "b")
    old = sweep_at(tmp_path / "old", "interrupted")
    new = sweep_at(tmp_path / "new", "failed")
    for age, directory in ((10, new), (20, old)):
        time = directory.record_file.stat().st_mtime - age
        os.utime(directory.record_file, (time, time))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "sweep.yaml").write_text("{")
    assert find_unfinished(tmp_path, "a") == new
    with new.lock():
        assert find_unfinished(tmp_path, "a") == old, "another process runs the latest one"
    assert find_unfinished(tmp_path, "c") is None
    assert find_unfinished(tmp_path / "none", "a") is None


def test_lock_is_exclusive(tmp_path):
    directory = SweepDirectory(tmp_path)
    with directory.lock(), pytest.raises(UserError, match=f"is running in process {os.getpid()} on "), directory.lock():
        pass
    assert not directory.is_locked()


def test_given_directory(tmp_path):
    wanted = plan()
    assert given_directory(wanted, SweepDirectory(tmp_path / "new")) == (SweepDirectory(tmp_path / "new"), False)
    same = sweep_at(tmp_path / "same", "interrupted", wanted.fingerprint())
    assert given_directory(wanted, same) == (same, True)
    with pytest.raises(UserError, match="belongs to another sweep: nnzoo train"):
        given_directory(wanted, sweep_at(tmp_path / "other", "done"))
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"^cannot write to sweep\.dir .*inner: Not a directory$"):
        given_directory(wanted, SweepDirectory(tmp_path / "file" / "inner"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    with pytest.raises(UserError, match=r"is not the directory of a sweep \(no sweep.yaml\)"):
        given_directory(wanted, SweepDirectory(tmp_path / "mine"))


def test_attempts_get_new_directories(tmp_path):
    directory = SweepDirectory(tmp_path)
    first = directory.new_attempt("3-lr=0.1")
    assert directory.new_attempt("3-lr=0.1") == first, "nothing was written into it"
    first.set_status("running")
    second = directory.new_attempt("3-lr=0.1")
    assert second.path.name == "3-lr=0.1-2"
    assert first.status() == "interrupted"
    assert directory.attempts("3-lr=0.1") == [first, second]


def test_worker_i_has_device_i_mod_n(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    assert visible_devices() == ["2", "5"]
    assert [devices_of(i, visible_devices()) for i in range(4)] == ["2", "5", "2", "5"]
    assert [devices_of(i, list("0123"), 2) for i in range(3)] == ["0,1", "2,3", "0,1"]
    assert devices_of(1, list("012"), -1) == "0,1,2"
    assert devices_of(0, [], 2) is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert visible_devices() == []


def test_devices_of_the_driver(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert visible_devices() == []
    program = tmp_path / "nvidia-smi"
    program.touch(mode=0o755)
    program.write_text('#!/bin/sh\n[ "$*" = "--query-gpu=index --format=csv,noheader" ] && echo 0 && echo 1\n')
    assert visible_devices() == ["0", "1"]
    program.write_text("#!/bin/sh\necho no devices were found\nexit 6\n")
    assert visible_devices() == []


def test_a_run_on_more_devices_than_there_are_has_each_once():
    assert devices_of(1, ["0", "1"], 3) == "1,0"


def test_more_workers_than_devices():
    assert sharing(4, ["0", "1"], 64) == "4 workers share 2 CUDA devices"
    assert sharing(2, ["0", "1"], 1) == ""
    assert sharing(8, [], 2).startswith("8 workers share 2 CPU cores")
    assert sharing(2, [], 2) == ""
    assert sharing(2, ["0"], 1) == "2 workers share 1 CUDA device"
    assert sharing(2, [], 1) == "2 workers share 1 CPU core; more than one per core is not faster"


def test_first_points_have_every_value_of_a_choice_and_the_first_of_a_range():
    space = Space((Choice("model", ("mlp", "linear")), LR, Choice("seed", ("4", "5"))))
    found = first_points(plan(space=space, replicates=((("fold", 1),), (("fold", 2),))))
    assert found == [
        (f"model={model}", "lr=0.0001", f"seed={seed}", "fold=1") for model in ("mlp", "linear") for seed in (4, 5)
    ]
    assert len(first_points(plan(space=Space((Choice("a", tuple(map(str, range(50)))),))))) == 20


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["model=mlp", "data=iris", "optimizer.lr=0.1,0.2"], "mlp-iris-lr"),
        (["sweep=tpe", "data=iris", "optimizer.lr=interval(0,1)"], "iris-lr-tpe"),
        (["sweep=coarse_to_fine", "optimizer.lr=interval(0,1)"], "lr-coarsetofine"),
        (["name=mine", "seeds=2"], "mine"),
    ],
)
def test_name_of_the_directory(overrides, name):
    assert default_name(read_plan(overrides)) == name


def test_a_directory_that_cannot_be_written(tmp_path, monkeypatch):
    """It is not taken for one that another process runs, which would be looked for again."""
    directory = SweepDirectory(tmp_path)
    found = iter([(directory, True)])  # once
    monkeypatch.setattr(run, "find_directory", lambda *_: next(found))
    directory.lock_file.mkdir()  # opening it fails
    with pytest.raises(UserError, match=f"cannot write to {tmp_path}"), ExitStack() as stack:
        run.locked_directory(plan(), "a", stack)
