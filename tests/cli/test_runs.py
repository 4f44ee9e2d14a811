"""The command `nnzoo runs` on run directories made by hand."""

import csv
import io
import json
import os
import time

import pytest
from nnzoo.runs.index import INDEX, load_runs

from tests.support.commands import exit_code
from tests.support.made_runs import made_config, made_run, make_unreadable
from tests.support.processes import python

HOUR = 3600


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Return a function that runs `nnzoo runs` in a folder with four runs and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    now, outputs = time.time(), tmp_path / "outputs"
    made_run(outputs / "digits/mlp-lr=0.1-0f1a", made_config(lr=0.1), acc=0.9, time=now - 3 * HOUR)
    overrides = ("model=linear", "optimizer.lr=0.2")
    made_run(outputs / "digits/linear-77b0", made_config("linear", lr=0.2), overrides=overrides, time=now - 50 * HOUR)
    made_run(
        outputs / "sweeps/lr=1,2/0-mlp-aaaa", made_config(lr=1.0, seed=1), status="diverged", message="loss is nan"
    )
    made_run(outputs / "sweeps/lr=1,2/1-mlp-bbbb", made_config(lr=2.0), status="running", acc=None, time=now - 90)
    (outputs / "sweeps/lr=1,2/sweep.csv").write_text("")

    def run(*args):
        return exit_code("runs", *args), *capsys.readouterr()

    return run


def rows(text):
    return [line.split() for line in text.splitlines()]


def test_list(command):
    code, out, err = command("list")
    assert (code, err) == (0, "")
    table = rows(out)
    assert table[0] == ["status", "age", "model", "data", "metric", "val", "test", "run"]
    assert table[1] == ["running", "90", "s", "mlp", "digits", "acc", "0.9", "sweeps/lr=1,2/1-mlp-bbbb"]
    assert table[2] == ["done", "3", "h", "mlp", "digits", "acc", "0.9", "0.9", "digits/mlp-lr=0.1-0f1a"]
    assert table[3] == ["done", "2", "d", "linear", "digits", "acc", "0.9", "0.95", "digits/linear-77b0"]
    assert table[4][0] == "diverged"
    assert len(table) == 5


def test_list_with_filters_sort_limit_and_columns(command):
    code, out, _ = command(
        "list",
        "model=mlp",
        "optimizer.lr>=0.1",
        "sort=-optimizer.lr",
        "limit=2",
        "columns=[optimizer.lr,test/acc,seed]",
    )
    assert code == 0
    assert rows(out) == [
        ["optimizer.lr", "test/acc", "seed", "run"],
        ["2.0", "0", "sweeps/lr=1,2/1-mlp-bbbb"],
        ["1.0", "0.95", "1", "sweeps/lr=1,2/0-mlp-aaaa"],
        ["2", "of", "4", "runs", "in", "outputs"],
    ]
    assert command("list", "status=failed") == (0, "0 of 4 runs in outputs\n", "")


def test_list_of_a_directory(command, tmp_path):
    _, out, _ = command("list", "outputs/sweeps/lr=1,2", "columns=run", "sort=run")
    assert out.split() == ["run", "0-mlp-aaaa", "1-mlp-bbbb"]
    assert command("list", "output_dir=outputs/digits", "columns=run")[1].split() == [
        "run",
        "mlp-lr=0.1-0f1a",
        "linear-77b0",
    ]
    (tmp_path / "empty").mkdir()
    assert command("list", "empty") == (0, "no runs in empty\n", "")


def test_list_as_json(command):
    code, out, _ = command("list", "--json", "sort=run")
    assert code == 0
    found = json.loads(out)
    assert [row["run"] for row in found][:2] == ["digits/linear-77b0", "digits/mlp-lr=0.1-0f1a"]
    assert found[1]["test"] == 0.9
    assert found[1]["time"].startswith("20")
    assert found[3]["test"] is None
    assert found[2]["message"] == "loss is nan"
    found = json.loads(command("list", "--json", "columns=[optimizer.lr,test/acc,model.hidden]", "name=1-*")[1])
    assert found == [{"optimizer.lr": 2.0, "test/acc": None, "model.hidden": [128], "run": "sweeps/lr=1,2/1-mlp-bbbb"}]
    assert json.loads(command("list", "--json", "status=failed")[1]) == []


def test_list_as_csv(command):
    _, out, _ = command("list", "--csv", "sort=run", "columns=[run,optimizer.lr,test,scheduler]")
    assert list(csv.reader(io.StringIO(out))) == [
        ["run", "optimizer.lr", "test", "scheduler"],
        ["digits/linear-77b0", "0.2", "0.95", ""],
        ["digits/mlp-lr=0.1-0f1a", "0.1", "0.9", ""],
        ["sweeps/lr=1,2/0-mlp-aaaa", "1.0", "0.95", ""],
        ["sweeps/lr=1,2/1-mlp-bbbb", "2.0", "", ""],
    ]


def test_show(command):
    code, out, err = command("show", "77b0")
    assert (code, err) == (0, "")
    for text in (
        "run     outputs/digits/linear-77b0\nstatus  done\n",
        "overrides\n  model=linear\n  optimizer.lr=0.2\n",
        "metrics\n  test/best    loss 0.2  acc 0.95\n",
        "last epochs\n  epoch  val/loss  val/acc",
        "  command  nnzoo train 'name=a b'\n",
        "  checkpoints/last.ckpt  1.0 kB\n",
    ):
        assert text in out
    assert "cuda" not in out
    assert "message" not in out
    assert "message  loss is nan\n" in command("show", "outputs/sweeps/lr=1,2/0-mlp-aaaa/")[1]


def test_show_as_json(command):
    found = json.loads(command("show", "0f1a", "--json")[1])
    assert found["run"] == "digits/mlp-lr=0.1-0f1a"
    assert found["config"]["optimizer"]["lr"] == 0.1
    assert found["overrides"] == ["model=mlp"]
    assert found["results"]["test/best"]["acc"] == 0.9
    assert found["last_epochs"][-1]["epoch"] == 2
    assert found["files"]["checkpoints/last.ckpt"] == 1000
    assert found["environment"]["torch"] == "2.15.0"
    assert (found["status"], found["tags"], found["val"]) == ("done", [], 0.9)


def test_show_of_a_damaged_run(command, tmp_path):
    run = tmp_path / "outputs/digits/linear-77b0"
    for file in run.iterdir():
        if file.is_file():
            file.write_bytes(b"\xff")
    code, out, err = command("show", "77b0")
    assert (code, err) == (0, "")
    assert "status   damaged\nmessage  status.json cannot be read: " in out
    assert json.loads(command("show", "77b0", "--json")[1])["config"] == {}


def test_compare(command):
    code, out, err = command("compare", "0f1a", "77b0", "bbbb")
    assert (code, err) == (0, "")
    legend, table = out.split("\n\n", 1)
    assert rows(legend) == [
        ["1", "done", "digits/mlp-lr=0.1-0f1a"],
        ["2", "done", "digits/linear-77b0"],
        ["3", "running", "sweeps/lr=1,2/1-mlp-bbbb"],
    ]
    lines = rows(table)
    assert lines[:3] == [["1", "2", "3"], ["model", "mlp", "linear", "mlp"], ["optimizer.lr", "0.1", "0.2", "2.0"]]
    assert ["test/best/acc", "0.9", "0.95"] in lines
    assert lines[3:5] == [[], ["val/best/acc", "0.9", "0.9", "0.9"]]
    assert "seed" not in out


def test_compare_equal_runs_and_filters(command):
    made_run_path = "outputs/digits/linear-77b0"
    assert "no setting differs" in command("compare", made_run_path, "77b0")[1]
    found = json.loads(command("compare", "model=mlp", "status!=running", "--json")[1])
    assert found["runs"] == ["sweeps/lr=1,2/0-mlp-aaaa", "digits/mlp-lr=0.1-0f1a"]  # the oldest first
    assert found["status"] == ["diverged", "done"]
    assert found["config"] == {"seed": [1, 0], "optimizer.lr": [1.0, 0.1]}
    assert found["metrics"]["test/best/acc"] == [0.95, 0.9]


def test_compare_as_csv(command):
    found = list(csv.reader(io.StringIO(command("compare", "0f1a", "bbbb", "--csv")[1])))
    assert found[:3] == [
        ["key", "digits/mlp-lr=0.1-0f1a", "sweeps/lr=1,2/1-mlp-bbbb"],
        ["status", "done", "running"],
        ["optimizer.lr", "0.1", "2.0"],
    ]
    assert ["test/best/acc", "0.9", ""] in found


def test_settings_that_only_one_run_has(command, tmp_path):
    made_run(tmp_path / "outputs/rnn-cccc", {**made_config(vectors=None), "model": {"_target_": "x.RNN", "layers": 2}})
    found = json.loads(command("compare", "0f1a", "cccc", "--json")[1])["config"]
    assert found["model.layers"] == [None, 2]
    assert found["model.hidden"] == [[128], None]
    assert "vectors" not in found  # missing equals null


def test_tags(command, tmp_path):
    assert command("tag", "0f1a", "bbbb", "+good", "+paper-1") == (
        0,
        "digits/mlp-lr=0.1-0f1a: good, paper-1\nsweeps/lr=1,2/1-mlp-bbbb: good, paper-1\n",
        "",
    )
    assert command("tag", "0f1a", "-good", "-never")[1] == "digits/mlp-lr=0.1-0f1a: paper-1\n"
    assert json.loads((tmp_path / "outputs/digits/mlp-lr=0.1-0f1a/tags.json").read_text()) == {"tags": ["paper-1"]}
    table = rows(command("list", "tag=paper-*", "sort=run")[1])
    assert table[0] == ["status", "age", "model", "data", "metric", "val", "test", "tags", "run"]
    assert [line[-2:] for line in table[1:3]] == [
        ["paper-1", "digits/mlp-lr=0.1-0f1a"],
        ["good,paper-1", "sweeps/lr=1,2/1-mlp-bbbb"],
    ]
    assert command("tag", "model=linear", "+lin")[1] == "digits/linear-77b0: lin\n"
    assert command("tag", "outputs/digits/linear-77b0", "-lin")[1] == "digits/linear-77b0: no tags\n"
    assert command("list", "tag!=good", "columns=run", "sort=run", "limit=1")[1].split()[:2] == [
        "run",
        "digits/linear-77b0",
    ]


def test_damaged_tags_are_not_overwritten(command, tmp_path):
    file = tmp_path / "outputs/digits/linear-77b0/tags.json"
    file.write_text("good")
    code, _, err = command("tag", "77b0", "+x")
    assert code == 2
    assert "tags.json cannot be read" in err
    assert file.read_text() == "good"


def there(tmp_path):
    return sorted(load_runs(tmp_path / "outputs").runs)


def test_rm(command, tmp_path):
    code, out, err = command("rm", "0f1a", "outputs/digits/linear-77b0", "yes=true")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("deleted outputs/digits/mlp-lr=0.1-0f1a (")
    assert lines[1].startswith("deleted outputs/digits/linear-77b0 (")
    assert lines[2].startswith("2 directories deleted, ")
    assert int(lines[2].split()[3]) > 2000
    assert there(tmp_path) == ["sweeps/lr=1,2/0-mlp-aaaa", "sweeps/lr=1,2/1-mlp-bbbb"]
    assert (tmp_path / "outputs/digits").is_dir()


def test_rm_by_filter(command, tmp_path):
    assert command("rm", "age>40h", "model=linear", "yes=true")[1].endswith("bytes\n")
    assert "digits/linear-77b0" not in there(tmp_path)
    assert len(there(tmp_path)) == 3
    message = "nothing to delete: none of the runs in outputs fulfils model=linear\n"
    assert command("rm", "model=linear", "yes=true") == (0, message, "")


def test_rm_of_a_sweep(command, tmp_path):
    refused = "nnzoo: outputs/sweeps/lr=1,2/1-mlp-bbbb is running, or was killed; force=true deletes it anyway\n"
    assert command("rm", "sweeps/lr=1,2", "yes=true") == (2, "", refused)
    assert (tmp_path / "outputs/sweeps/lr=1,2/sweep.csv").exists()
    code, out, _ = command("rm", "outputs/sweeps/lr=1,2", "yes=true", "force=true")
    assert code == 0
    assert out.startswith("deleted outputs/sweeps/lr=1,2 (")
    assert "\n1 directory deleted, " in out
    assert os.listdir(tmp_path / "outputs/sweeps") == []
    assert len(there(tmp_path)) == 2


def test_rm_never_deletes_the_root(command, tmp_path):
    for name in ("none", ".", "", "..", str(tmp_path / "outputs/sweeps/lr=1,2")):
        code, out, err = command("rm", name, "output_dir=outputs/sweeps/lr=1,2", "yes=true", "force=true")
        assert (code, out) == (2, ""), name
        assert any(
            f"{text} '{name}'" in err or f"'{name}' {text}" in err for text in ("is not a run", "is a sweep", "no run")
        )
    assert len(there(tmp_path)) == 4


def test_rm_refuses_everything_if_one_run_is_running(command, tmp_path):
    assert command("rm", "model=mlp", "yes=true")[0] == 2
    assert len(there(tmp_path)) == 4


@pytest.mark.parametrize(
    ("answer", "deleted"),
    [("y", True), ("yes", True), ("Y ", True), ("n", False), ("", False), ("x", False), (None, False)],
)
def test_rm_asks_on_a_terminal(command, tmp_path, monkeypatch, answer, deleted):
    asked = []

    def reply(question):
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", reply)
    code, out, _ = command("rm", "0f1a")
    assert asked[0].startswith("delete 1 directory, ")
    assert asked[0].endswith("? [y/N] ")
    assert code == (0 if deleted else 1)
    assert out.startswith("digits/mlp-lr=0.1-0f1a (")
    assert ("nothing was deleted" in out) != deleted
    assert len(there(tmp_path)) == (3 if deleted else 4)


def test_rm_of_a_run_that_was_resumed_before_the_answer(command, tmp_path, monkeypatch):
    def reply(_):
        (tmp_path / "outputs/digits/linear-77b0/status.json").write_text('{"status": "running"}')
        return "y"

    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("builtins.input", reply)
    assert command("rm", "77b0")[0] == 2
    assert len(there(tmp_path)) == 4


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "nnzoo runs takes one of: list, show, compare, rm, tag"),
        (["lst"], "unknown command of nnzoo runs 'lst'; did you mean 'list'?"),
        (["list", "--jsn"], "unknown argument '--jsn'; did you mean '--json'?"),
        (["list", "--json", "--csv"], "choose one of --json and --csv"),
        (["list", "modle=mlp"], "unknown setting or metric 'modle'; did you mean 'model'?"),
        (["list", "val/accc>0"], "unknown setting or metric 'val/accc'; did you mean 'val/acc'?"),
        (["list", "columns=[optimizer.rl]"], "unknown setting or metric 'optimizer.rl'; did you mean 'optimizer.lr'?"),
        (["list", "sort=-vla"], "unknown setting or metric 'vla'; did you mean 'val'?"),
        (["list", "limit=few"], "limit is 'few'; it takes an integer"),
        (["list", "limit=0"], "limit is 0; it must be at least 1"),
        (
            ["list", "digist"],
            "'digist' is no directory and no filter; a filter is KEY=VALUE or, in quotes, 'KEY<VALUE'",
        ),
        (["list", "outputs", "outputs/digits"], "cannot use 'outputs/digits'; nnzoo runs list takes one directory"),
        (["list", "outputs", "output_dir=x"], "cannot use 'outputs'; nnzoo runs list takes one directory"),
        (["list", "output_dir=x"], "x does not exist; output_dir=... sets the directory of the runs"),
        (["show"], "nnzoo runs show takes the directory or the name of one run"),
        (["show", "0f1a", "77b0"], "nnzoo runs show takes the directory or the name of one run"),
        (["show", "--csv", "0f1a"], "unknown argument '--csv'; did you mean '--json'?"),
        (["show", "linear-77b1"], "no run 'linear-77b1' in outputs; did you mean 'linear-77b0'?"),
        (["show", "digits"], "'digits' is not a run in outputs; output_dir=... sets the directory of the runs"),
        (["compare", "0f1a"], "nnzoo runs compare takes at least two runs; there is one"),
        (["compare", "model=rnn"], "nnzoo runs compare takes at least two runs; there are none"),
        (
            ["compare", "0f1a", "model=mlp"],
            "cannot use 'model=mlp'; give either runs or filters; there is no such run in outputs",
        ),
        (["tag", "0f1a"], "nnzoo runs tag takes runs or filters, and tags: +NAME to add one, -NAME to remove one"),
        (["tag", "+x"], "nnzoo runs tag takes runs or filters, and tags: +NAME to add one, -NAME to remove one"),
        (
            ["tag", "0f1a", "+a b"],
            "cannot use '+a b'; +NAME adds and -NAME removes a tag of letters, digits and . _ : -",
        ),
        (["rm"], "nnzoo runs rm takes runs, directories of sweeps, or filters"),
        (["rm", "0f1a"], "standard input is not a terminal to ask on; yes=true deletes 1 directory"),
        (["rm", "0f1a", "yes=1"], "yes is '1'; it takes true or false"),
        (["rm", "0f1a", "--yes"], "unknown argument '--yes'; did you mean 'yes'?"),
        (
            ["rm", "outputs", "yes=true"],
            "'outputs' is not a run in outputs; output_dir=... sets the directory of the runs",
        ),
        (
            ["rm", "digits", "yes=true"],
            "'digits' is not a run in outputs; output_dir=... sets the directory of the runs",
        ),
        (["rm", "..", "yes=true"], "'..' is not a run in outputs; output_dir=... sets the directory of the runs"),
        (["rm", "0f1a", "77b1", "yes=true"], "no run '77b1' in outputs; did you mean '77b0'?"),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else "",
)
def test_user_errors_are_one_line_and_delete_nothing(command, tmp_path, monkeypatch, args, message):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert command(*args) == (2, "", f"nnzoo: {message}\n")
    assert len(there(tmp_path)) == 4


def test_names_with_control_characters_take_one_line(command, tmp_path):
    name = os.fsdecode(b"a\nb\x1b[31m\xff")
    made_run(tmp_path / "outputs" / name)
    lines = command("list", "name=a*", "columns=run")[1].splitlines()
    assert len(lines) == 3
    assert "\x1b" not in lines[1]
    assert lines[1].startswith("a\\nb\\x1b[31m")
    assert json.loads(command("list", "name=a*", "columns=run", "--json")[1]) == [{"run": name}]
    assert command("rm", "name=a*", "yes=true")[0] == 0
    assert len(there(tmp_path)) == 4


def test_folder_that_is_skipped_is_one_note(command, tmp_path, monkeypatch):
    (tmp_path / "outputs" / "secret").mkdir()
    make_unreadable(monkeypatch, "secret")
    code, out, err = command("list")
    assert code == 0
    assert out.count("\n") == 5
    assert err == "nnzoo: note: outputs/secret was skipped: Permission denied\n"


WATCHED = """
import contextlib, io, json, sys
from nnzoo.cli.commands import main
for args in json.loads(sys.argv[1]):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            main(["runs", *args])
        except SystemExit as end:
            code = end.code
    heavy = [name for name in ("torch", "numpy", "pandas", "pytorch_lightning", "hydra") if name in sys.modules]
    print(json.dumps([code, heavy]))
"""


def test_commands_do_not_import_torch(command, tmp_path):
    commands = [
        ["list", "optimizer.lr<0.5", "val/acc>0"],
        ["list", "--json"],
        ["list", "--csv"],
        ["show", "0f1a"],
        ["compare", "0f1a", "77b0"],
        ["tag", "0f1a", "+x"],
        ["rm", "0f1a", "yes=true"],
    ]
    done = python("-W", "error", "-c", WATCHED, json.dumps(commands), cwd=tmp_path, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [[0, []]] * len(commands)
    assert (tmp_path / "outputs" / INDEX).is_file()


def test_tag_says_that_no_run_fulfils_the_filters(command):
    assert command("tag", "model=lenet5", "+good")[:2] == (
        0,
        "nothing to tag: none of the runs in outputs fulfils model=lenet5\n",
    )


def test_csv_has_no_formulas(command, tmp_path):
    path = tmp_path / "outputs/=digits/mlp-0000"
    made_run(path, made_config(name="=1+2", seed=-1), message="@SUM(A1)", status="failed")
    _, out, _ = command("list", "--csv", "status=failed", "columns=[name,seed,message,run]")
    _, row = csv.reader(io.StringIO(out))
    assert row[1:] == ["-1", "'@SUM(A1)", "'=digits/mlp-0000"]
