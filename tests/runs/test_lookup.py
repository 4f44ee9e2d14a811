import pytest
from nnzoo.errors import UserError
from nnzoo.runs.index import load_runs
from nnzoo.runs.lookup import find, open_runs, run_named

from tests.support.made_runs import made_run


def test_names_of_runs(tmp_path, monkeypatch):
    root = tmp_path / "outputs"
    a = made_run(root / "digits" / "mlp-lr=1-0101-000000-0f1a")
    b = made_run(root / "sweeps" / "s" / "0-mlp-0101-000000-beef")
    made_run(root / "iris" / "0-mlp-0101-000000-beef")
    outside = made_run(tmp_path / "elsewhere" / "c")
    monkeypatch.chdir(tmp_path)
    found = load_runs(root)
    for name in (
        str(a),
        "outputs/digits/mlp-lr=1-0101-000000-0f1a/",
        "digits/mlp-lr=1-0101-000000-0f1a",
        a.name,
        "0f1a",
    ):
        assert find(found, name).path == a
        assert [run.name for run in open_runs(root, [name])] == ["digits/mlp-lr=1-0101-000000-0f1a"]
    assert find(found, "sweeps/s/0-mlp-0101-000000-beef").path == b
    for name, message in (
        ("beef", "'beef' is the name of 2 runs, one of them "),
        (b.name, f"'{b.name}' is the name of 2 runs"),
        ("digits", "'digits' is not a run in "),
        ("outputs", "'outputs' is not a run in "),
        ("..", "'..' is not a run in "),
        ("/", "'/' is not a run in "),
        (str(outside), f"'{outside}' is not a run in "),
        ("elsewhere/c", "'elsewhere/c' is not a run in "),
        ("digits/mlp-lr=1-0101-000000-0f1b", "no run 'digits/mlp-lr=1-0101-000000-0f1b' in "),
        ("x" * 5000, "no run 'xxx"),
        ("", "no run ''"),
    ):
        with pytest.raises(UserError) as caught:
            find(found, name)
        assert str(caught.value).startswith(message)
    with pytest.raises(UserError, match="did you mean 'digits/mlp-lr=1-0101-000000-0f1a'"):
        find(found, "digits/mlp-lr=1-0101-000000-0f1b")
    monkeypatch.chdir(a)
    with pytest.raises(UserError, match="no run ''"):  # a variable that is not set; not the working directory
        open_runs(root, [""])
    assert find(found, ".").path == a
    monkeypatch.chdir(tmp_path)
    (run,) = open_runs(root, ["elsewhere/c"])  # a path is enough for what does not delete
    assert (run.name, run.summary.status) == ("elsewhere/c", "done")


def test_the_name_of_a_run_without_its_time(tmp_path):
    root = tmp_path / "outputs"
    mine = made_run(root / "digits" / "my-net-0101-000000-0f1a")
    made_run(root / "digits" / "twice-0101-000000-0f1b")
    made_run(root / "digits" / "twice-0102-000000-0f1c")
    assert find(load_runs(root), "my-net").path == mine
    assert run_named("my-net", root) == str(mine)
    assert run_named("my-net", tmp_path / "nowhere") == "my-net"
    with pytest.raises(UserError, match=r"^'twice' is the name of 2 runs, one of them "):
        find(load_runs(root), "twice")
    with pytest.raises(UserError, match=r"^no run 'my' in "):
        find(load_runs(root), "my")


def test_a_link_to_a_run_outside_is_not_below_the_root(tmp_path):
    made_run(tmp_path / "outputs" / "a")
    other = made_run(tmp_path / "elsewhere" / "b")
    (tmp_path / "outputs" / "b").symlink_to(other)
    found = load_runs(tmp_path / "outputs")
    with pytest.raises(UserError, match="'b' is not a run in"):
        find(found, "b")
    (tmp_path / "outputs" / "latest").symlink_to(tmp_path / "outputs" / "a")
    assert find(found, "latest").path == tmp_path / "outputs" / "a"


def test_sweeps_are_not_runs(tmp_path):
    run = made_run(tmp_path / "sweeps" / "s" / "0-mlp")
    sweep = run.parent
    for name in ("status.json", "sweep.yaml"):  # a sweep has a status, too
        (sweep / name).write_text("{}")
    with pytest.raises(UserError, match=r"'sweeps/s' is a sweep, not a run; nnzoo runs list sweeps/s lists its runs"):
        open_runs(tmp_path, ["sweeps/s"])
    assert open_runs(tmp_path, ["sweeps/s/0-mlp"])[0].path == run
