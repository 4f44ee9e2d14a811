import json
import os
import sqlite3
import subprocess
import sys
import warnings

import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs import index
from nnzoo.runs.index import CHUNK, INDEX, load_runs
from nnzoo.runs.scan import scan

from tests.support.made_runs import made_config, made_run, make_unreadable


@pytest.fixture
def reads(monkeypatch):
    """Return the list of the runs that were read from their files."""
    found = []

    def read(path):
        found.append(path.name)
        return original(path)

    original = index.read_record
    monkeypatch.setattr(index, "read_record", read)
    return found


def statuses(root):
    return {name: run.summary.status for name, run in load_runs(root).runs.items()}


def test_runs_at_any_depth(tmp_path):
    for name in ("top", "digits/a", "sweeps/s/0-a", "x/y/z/deep"):
        made_run(tmp_path / name)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.json").write_text("{}")
    assert sorted(statuses(tmp_path)) == ["digits/a", "sweeps/s/0-a", "top", "x/y/z/deep"]


def test_directories_of_sweeps_are_not_runs(tmp_path):
    made_run(tmp_path / "sweeps/s/0-a")
    (tmp_path / "sweeps/s/sweep.yaml").write_text("{}")
    (tmp_path / "sweeps/s/status.json").write_text('{"status": "running"}')
    found = scan(tmp_path)
    assert list(found.runs) == ["sweeps/s/0-a"]
    assert found.sweeps == ["sweeps/s"]


def test_a_run_in_another_run_has_its_own_row(tmp_path):
    made_run(tmp_path / "a")
    made_run(tmp_path / "a" / "b")
    assert sorted(statuses(tmp_path)) == ["a", "a/b"]


def test_checkpoints_figures_and_hidden_folders_are_not_searched(tmp_path):
    made_run(tmp_path / "a")
    for name in ("a/checkpoints/x", "a/figures/x", ".trash/x"):
        made_run(tmp_path / name)
    assert list(statuses(tmp_path)) == ["a"]


def test_only_changed_runs_are_read_again(tmp_path, reads):
    runs = [made_run(tmp_path / name) for name in ("a", "b", "c")]
    load_runs(tmp_path)
    assert sorted(reads) == ["a", "b", "c"]
    reads.clear()
    load_runs(tmp_path)
    assert reads == []
    (runs[1] / "status.json").write_text('{"status": "failed", "message": "", "time": 1}')
    assert statuses(tmp_path)["b"] == "failed"
    assert reads == ["b"]
    for file, content in (
        ("results.json", '{"test/best": {"acc": 0.1}}'),
        ("tags.json", '{"tags": ["x"]}'),
        ("metrics.csv", "epoch,val/loss\n1,2\n"),
        ("config.yaml", "model: {}\n"),
    ):
        reads.clear()
        (runs[2] / file).write_text(content)
        load_runs(tmp_path)
        assert reads == ["c"], file
    summary = load_runs(tmp_path).runs["c"].summary
    assert (summary.tags, summary.epochs, summary.model) == (["x"], 1, "")


def test_replaced_file_of_equal_size_and_time_is_noticed(tmp_path):
    run = made_run(tmp_path / "a")
    (run / "tags.json").write_text('{"tags": ["x"]}')
    load_runs(tmp_path)
    before = (run / "tags.json").stat()
    (run / "new").write_text('{"tags": ["y"]}')
    os.replace(run / "new", run / "tags.json")
    os.utime(run / "tags.json", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load_runs(tmp_path).runs["a"].summary.tags == ["y"]
    (run / "tags.json").write_text('{"tags": ["z"]}')  # in place
    os.utime(run / "tags.json", ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert load_runs(tmp_path).runs["a"].summary.tags == ["z"]


def test_new_and_deleted_runs(tmp_path, reads):
    import shutil

    made_run(tmp_path / "a")
    made_run(tmp_path / "b")
    load_runs(tmp_path)
    shutil.rmtree(tmp_path / "a")
    made_run(tmp_path / "c")
    reads.clear()
    assert sorted(statuses(tmp_path)) == ["b", "c"]
    assert reads == ["c"]
    with sqlite3.connect(tmp_path / INDEX) as database:
        assert sorted(database.execute("SELECT path FROM runs").fetchall()) == [(b"b",), (b"c",)]
    database.close()


def test_details_come_from_the_index(tmp_path, reads):
    made_run(tmp_path / "a", made_config(lr=0.25))
    first = load_runs(tmp_path).runs["a"]
    reads.clear()
    second = load_runs(tmp_path).runs["a"]
    assert second.get("optimizer.lr") == 0.25
    assert second.get("test/best/acc") == 0.95
    assert second.details == first.details
    assert reads == []
    assert (second.get("run"), second.get("name"), second.path) == ("a", "a", tmp_path / "a")
    with pytest.raises(KeyError):
        second.get("optimizer.momentum")


def garbage(path):
    path.write_bytes(os.urandom(5000))


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path):
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def of_another_format(path):
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def of_another_program(path):
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {index.FORMAT}")
        database.execute("CREATE TABLE theirs (x)")
    database.close()


def with_broken_rows(path):
    with sqlite3.connect(path) as database:
        database.execute("UPDATE runs SET summary = '[1', details = NULL")
    database.close()


def missing(path):
    path.unlink()


DAMAGES = [missing, garbage, truncated, overwritten, empty, of_another_format, of_another_program, with_broken_rows]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_index_is_made_anew(tmp_path, damage, reads):
    root = tmp_path / "outputs"
    for number in range(30):
        made_run(root / str(number), made_config(lr=number / 10))
    load_runs(root)
    damage(root / INDEX)
    for _ in range(2):
        runs = load_runs(root).runs
        assert len(runs) == 30
        assert runs["7"].get("optimizer.lr") == 0.7
        assert runs["7"].summary.val == 0.9
    if damage is not with_broken_rows:
        reads.clear()
        load_runs(root)
        assert reads == []


def test_index_that_cannot_be_opened(tmp_path):
    made_run(tmp_path / "a")
    (tmp_path / INDEX).mkdir()
    assert statuses(tmp_path) == {"a": "done"}


def test_directory_that_cannot_be_written(tmp_path, monkeypatch):
    made_run(tmp_path / "a")
    tries = []

    def refuse(*_, **__):
        tries.append(1)
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(index.sqlite3, "connect", refuse)
    monkeypatch.setattr(index, "CHUNK", 1)
    made_run(tmp_path / "b")
    assert statuses(tmp_path) == {"a": "done", "b": "done"}
    assert len(tries) == 1
    assert not (tmp_path / INDEX).exists()


def test_read_only_index_still_saves_time(tmp_path, reads):
    made_run(tmp_path / "a")
    load_runs(tmp_path)
    made_run(tmp_path / "b")
    connect = sqlite3.connect
    reads.clear()
    try:
        index.sqlite3.connect = lambda path, timeout: connect(f"file:{path}?mode=ro", uri=True)
        assert statuses(tmp_path) == {"a": "done", "b": "done"}
    finally:
        index.sqlite3.connect = connect
    assert reads == ["b"]


def test_locked_index(tmp_path, monkeypatch):
    monkeypatch.setattr(index, "TIMEOUT", 0.01)
    made_run(tmp_path / "a")
    load_runs(tmp_path)
    made_run(tmp_path / "b")
    other = sqlite3.connect(tmp_path / INDEX, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert statuses(tmp_path) == {"a": "done", "b": "done"}
    other.execute("COMMIT")
    other.close()
    assert statuses(tmp_path) == {"a": "done", "b": "done"}


def test_processes_that_write_at_once(tmp_path):
    for number in range(60):
        made_run(tmp_path / str(number))
    code = (
        "import sys; from pathlib import Path; from nnzoo.runs import index; index.CHUNK = 3; "
        "print(len(index.load_runs(Path(sys.argv[1])).runs), 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate() for process in started] == [("60 False\n", "")] * 4
    with sqlite3.connect(tmp_path / INDEX) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_first_listing_is_saved_in_parts(tmp_path, monkeypatch, reads):
    monkeypatch.setattr(index, "CHUNK", 2)
    assert CHUNK > 2
    for name in "abcde":
        made_run(tmp_path / name)
    original = index.read_record

    def stopped(path):
        if len(reads) == 4:
            raise KeyboardInterrupt
        return original(path)

    monkeypatch.setattr(index, "read_record", stopped)
    with pytest.raises(KeyboardInterrupt):
        load_runs(tmp_path)
    monkeypatch.setattr(index, "read_record", original)
    reads.clear()
    assert len(load_runs(tmp_path).runs) == 5
    assert len(reads) == 1


def test_note_if_many_runs_have_to_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(index, "MANY", 2)
    made_run(tmp_path / "a")
    load_runs(tmp_path)
    made_run(tmp_path / "b")
    made_run(tmp_path / "c")
    with pytest.warns(DataWarning, match="2 runs are new or changed; reading them takes a moment"):
        load_runs(tmp_path)
    load_runs(tmp_path)


def test_a_run_that_is_deleted_while_it_is_read(tmp_path, monkeypatch):
    import shutil

    made_run(tmp_path / "a")
    made_run(tmp_path / "b")
    original = index.read_record

    def read(path):
        if path.name == "a":
            shutil.rmtree(path)
        return original(path)

    monkeypatch.setattr(index, "read_record", read)
    assert statuses(tmp_path) == {"b": "done"}


def test_links_are_not_followed(tmp_path):
    made_run(tmp_path / "outputs" / "a")
    made_run(tmp_path / "elsewhere" / "b")
    (tmp_path / "outputs" / "loop").symlink_to(tmp_path / "outputs")
    (tmp_path / "outputs" / "a" / "itself").symlink_to(tmp_path / "outputs" / "a")
    (tmp_path / "outputs" / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "outputs" / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "outputs" / "a" / "tags.json").symlink_to("tags.json")
    assert list(statuses(tmp_path / "outputs")) == ["a"]
    (tmp_path / "root").symlink_to(tmp_path / "elsewhere")
    assert list(statuses(tmp_path / "root")) == ["b"]


@pytest.mark.parametrize("name", [b"two words", "größe-網路".encode(), b"not\xffutf8", b"line\nbreak", b"a'b\"c"])
def test_unusual_names(tmp_path, name):
    path = os.fsdecode(os.path.join(os.fsencode(tmp_path), name))
    made_run(tmp_path / path)
    for _ in range(2):
        (found,) = load_runs(tmp_path).runs.values()
        assert os.fsencode(found.name) == name
        assert found.summary.status == "done"


def test_damaged_runs_are_listed(tmp_path):
    made_run(tmp_path / "good")
    for name, file in (("no-config", "status.json"), ("no-status", "config.yaml")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("{")
    (tmp_path / "folder-as-file").mkdir()
    (tmp_path / "folder-as-file" / "config.yaml").mkdir()
    (tmp_path / "empty").mkdir()
    found = statuses(tmp_path)
    assert found == {"good": "done", "no-config": "damaged", "no-status": "damaged", "folder-as-file": "damaged"}


def test_folder_that_cannot_be_read(tmp_path, monkeypatch):
    made_run(tmp_path / "a")
    (tmp_path / "secret").mkdir()
    make_unreadable(monkeypatch, "secret")
    with pytest.warns(DataWarning, match="secret was skipped: Permission denied"):
        assert statuses(tmp_path) == {"a": "done"}


def test_nothing_is_written_without_runs(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_runs(tmp_path).runs == {}
    assert list(tmp_path.iterdir()) == []


def test_root_that_is_not_a_directory(tmp_path):
    with pytest.raises(UserError, match=r"none does not exist; output_dir=\.\.\. sets the directory of the runs"):
        load_runs(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file is not a directory"):
        load_runs(tmp_path / "file")


def test_values_that_json_cannot_represent(tmp_path):
    run = made_run(tmp_path / "a")
    (run / "config.yaml").write_text("model: {day: 2026-01-31, x: .nan}\ndata: {}\n")
    for _ in range(2):
        found = load_runs(tmp_path).runs["a"]
        assert found.get("model.day") == "2026-01-31"
        assert json.dumps(found.get("model.x")) == "NaN"


def test_range_tests_are_not_listed(tmp_path):
    made_run(tmp_path / "digits" / "a")
    (made_run(tmp_path / "lr_find" / "b", acc=None, history="") / "lr_find.csv").write_text("optimizer.lr,loss\n")
    assert list(load_runs(tmp_path).runs) == ["digits/a"]
