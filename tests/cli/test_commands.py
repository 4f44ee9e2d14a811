"""The command `nnzoo`: exit codes, one-line errors, lazy imports and sweeps."""

import csv
import json
import statistics
from importlib import import_module

import pytest
from nnzoo import api
from nnzoo.cli.commands import COMMANDS, main
from nnzoo.cli.usage import usage_of

from tests.support.commands import exit_code
from tests.support.made_runs import made_run
from tests.support.paths import ROOT
from tests.support.processes import python

# without the callback `figures`, which is slow
QUICK = ("data.size=8", "trainer.max_epochs=1", "trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures")


@pytest.fixture
def command(capsys, tmp_path, monkeypatch):
    """Return a function that runs the command in an empty folder and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*args):
        return exit_code(*args), *capsys.readouterr()

    return run


WITHOUT_TORCH = [
    (["--help"], 0),
    ([], 0),
    (["--version"], 0),
    (["train", "--help"], 0),
    (["report", "--help"], 0),
    (["predict", "-h"], 0),
    (["train", "--cfg", "job"], 0),
    (["train", "model=mlp", "--cfg", "job", "optimizer.lr=0.5"], 0),
    (["list"], 0),
    (["list", "experiments", "reber"], 0),
    (["info", "lenet5"], 0),
    (["info", "array"], 0),
    (["info", "zaki_meira/lenet5_mnist"], 0),
    (["list", "tasks"], 0),
    (["trian"], 2),
    (["info", "lenet"], 2),
    (["train", "model=mpl"], 2),
    (["train", "optimizer.lrr=1"], 2),
    (["train", "+trainer.max_epoch=1"], 2),
    (["train", "optimizer.lr=fast"], 2),
    (["train", "model=mlp", "--cfg", "jobs"], 2),
    (["train", "model._target_=os.system"], 2),
    (["train", "experiment=mlp_mnits"], 2),
    (["train", "-m", "model=mlp,lenet6"], 2),
    (["predict"], 2),
    (["report", "run="], 2),
    (["report", "run=nowhere"], 2),
    (["report", "sweep=nowhere"], 2),
    (["sample"], 2),
    (["sample", "run=there", "length=many"], 2),
    (["explain", "run=there", "method=saliancy"], 2),
    (["explain", "run=there", "input=nowhere.png"], 2),
    (["info", "vgg_d", "input=3x224x"], 2),
    (["info", "vgg_f", "input=3x224x224"], 2),
]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_describes_the_command_alone(name):
    lines = usage_of(name).splitlines()
    described = {line.split()[1] for line in lines if line.startswith("nnzoo ")}
    assert described == {name}
    assert ("RUN is the directory" in usage_of(name)) == any("RUN" in line for line in lines[: lines.index("")])


WATCHED = """
import contextlib, io, json, sys
from nnzoo.cli.commands import main
for args in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(args)
        except SystemExit as end:
            code = end.code
    heavy = [name for name in ("torch", "numpy", "pytorch_lightning", "matplotlib") if name in sys.modules]
    print(json.dumps([code, bool(out.getvalue()), err.getvalue(), heavy]))
"""


def test_help_lists_and_errors_do_not_import_torch(tmp_path):
    commands = json.dumps([args for args, _ in WITHOUT_TORCH])
    done = python("-c", WATCHED, commands, cwd=tmp_path, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(WITHOUT_TORCH)
    for (args, expected), (code, has_output, error, heavy) in zip(WITHOUT_TORCH, answers, strict=True):
        assert code == expected, args
        assert has_output == (code == 0), args
        assert error.count("\n") == (code == 2), args
        assert error.startswith("nnzoo: ") == (code == 2), args
        assert not heavy, args
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["trian"], "unknown command 'trian'; did you mean 'train'?"),
        (["info"], "nnzoo info takes a name, or a group and a name; nnzoo list shows the names"),
        (["info", "mpl"], "unknown name 'mpl'; did you mean 'model=mlp'?"),
        (["list", "modles", "x"], "unknown kind 'modles'; did you mean 'models'?"),
        (["list", "models", "mlp", "x"], "cannot use 'x'; nnzoo list takes a kind and a pattern"),
        (["predict"], "run=... is required"),
        (["predict", "run=there"], "input=... is required"),
        (["predict", "run=there", "inptu=x.npy"], "input=... is required; cannot use 'inptu=x.npy'"),
        (["predict", "run=a", "input=b", "outptu=c"], "unknown argument 'outptu'; did you mean 'output'?"),
        (["sample"], "run=... is required"),
        (["sample", "run=there", "lenght=3"], "unknown argument 'lenght'; did you mean 'length'?"),
        (["sample", "run=there", "length=many"], "length is 'many'; it takes an integer"),
        (["sample", "run=there", "top_k=2.5"], "top_k is '2.5'; it takes an integer"),
        (["sample", "run=there", "temperature=hot"], "temperature is 'hot'; it takes a number"),
        (["sample", "run=there"], "there does not exist"),
        (["evaluate", "run=there"], "there does not exist"),
        (["evaluate", "run=."], ". is not a run directory (no config.yaml)"),
        (
            ["evaluate", "run=.", "x=1"],
            "unknown argument 'x'; one of: allow, allow_changed_data, data.path, data.root, data.target, run",
        ),
        (["report", "x"], "unknown argument 'x'; one of: output, run, sweep"),
        (
            ["reproduce"],
            "nnzoo reproduce takes the name of an experiment, or all, seeds=N and workers=N; "
            "nnzoo list experiments shows the names",
        ),
        (
            ["reproduce", "mlp_mnits"],
            "unknown experiment 'mlp_mnits'; did you mean 'zaki_meira/mlp_mnist'?",
        ),
        (["train", "resume="], "resume=... takes the directory of a run, or auto"),
        (["train", "resume=there"], "there does not exist"),
        (
            ["train", "--seed=3"],
            "unrecognized arguments: --seed=3; settings have the form key=value, nnzoo train --help lists them",
        ),
        (["train", "--cfg", "job", "model=mpl"], "unknown model 'mpl'; did you mean 'mlp'?"),
        (
            ["train", "callbacks.best.monitor=val/accc"],
            "unknown metric callbacks.best.monitor 'val/accc'; did you mean 'val/acc'?",
        ),
        (
            ["train", "scheduler=plateau", "scheduler.monitor=val/los"],
            "unknown metric scheduler.monitor 'val/los'; did you mean 'val/loss'?",
        ),
        (["train", "evaluate=[tset]"], "unknown split to evaluate 'tset'; did you mean 'test'?"),
        (
            ["train", "data=xor"],
            "model 'lenet5' takes images; the data gives binary vector of 2 -> classes(2); use one of adaline, ar, "
            "bgru ..., or data=image_folder",
        ),
        # sweeps are refused as a whole if Hydra cannot compose one of them
        (["train", "-m", "model=mlp,lenet6"], "unknown model 'lenet6'; did you mean 'lenet5'?"),
        (["train", "-m", "optimizer.lrr=1,2"], "unknown key 'optimizer.lrr'; did you mean 'optimizer.lr'?"),
        (
            ["train", "-m", "model=mlp,linear", "model.hidden=[3]"],
            "unknown key 'model.hidden'; there are: bias (with model=linear)",
        ),
        (
            ["train", "-m", "experiment=mmds/consecutive_ones_mlp,mmds/ones_mlp", "output_dir='a b/c'"],
            "unknown experiment 'mmds/ones_mlp'; did you mean 'mmds/consecutive_ones_mlp'?",
        ),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else "",
)
def test_user_errors_are_one_line_and_create_no_files(command, tmp_path, args, message):
    assert command(*args) == (2, "", f"nnzoo: {message}\n")
    assert not list(tmp_path.iterdir()), "a refused command creates no files"


def test_failed_sweep_keeps_an_existing_folder(command, tmp_path):
    (tmp_path / "mine").mkdir()
    assert command("train", "-m", "model=mlp,lenet6", "output_dir=mine")[0] == 2
    assert [p.name for p in tmp_path.rglob("*")] == ["mine"]


def test_debug_shows_the_traceback():
    with pytest.raises(Exception, match="unknown model 'mpl'"):
        main(["train", "model=mpl", "debug=true"])


def test_internal_errors_are_one_line(command, monkeypatch):
    def broken(_):
        raise RuntimeError("first\nsecond")

    monkeypatch.setitem(main.__globals__["COMMANDS"], "list", broken)
    message = "nnzoo: RuntimeError: first second (a bug in nnzoo; debug=true shows the traceback)\n"
    assert command("list") == (1, "", message)


def test_errors_in_allowed_packages_name_the_place(command, monkeypatch, tmp_path):
    (tmp_path / "ownfailure.py").write_text("def fail(_):\n    raise KeyError('x')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(main.__globals__["COMMANDS"], "list", import_module("ownfailure").fail)
    code, _, err = command("list", "allow=[other,ownfailure]")
    place = f"{tmp_path / 'ownfailure.py'}, line 2"
    assert (code, err) == (2, f"nnzoo: KeyError: 'x' ({place}; debug=true shows the traceback)\n")
    assert command("list", "allow=[other]")[0] == 1


def test_cfg_shows_the_config(command):
    code, out, _ = command("train", "--cfg", "job", "--package", "trainer", "trainer.max_epochs=3")
    assert code == 0
    assert "max_epochs: 3" in out
    assert "optimizer" not in out


def test_sample(command, tmp_path):
    (tmp_path / "a.txt").write_text("abc\n" * 50)
    text = ("data=char_text", "data.path=a.txt", "loader.batch_size=2", "model=rnn", "trainer.max_epochs=1")
    assert command("train", *text, *QUICK[2:])[0] == 0
    (run,) = tmp_path.glob("outputs/char_text/*")
    code, out, err = command("sample", f"run={run}", "prompt=a=", "length=3")
    assert (code, out, err) == (2, "", "nnzoo: '=' at position 2 of 2 is not in the vocabulary\n")
    given = ("prompt=ab", "length=9", "temperature=2", "top_k=3", "seed=1", "checkpoint=last")
    code, out, err = command("sample", f"run={run}", *given)
    expected = api.sample(run, "ab", length=9, temperature=2.0, top_k=3, seed=1, which="last")
    assert (code, out, err) == (0, expected.rstrip("\n") + "\n", "")
    code, out, err = command("sample", f"run={run}", "prompt=ab", "length=4", "beam=2")
    assert (code, out, err) == (0, api.sample(run, "ab", length=4, beam=2).rstrip("\n") + "\n", "")


def test_list_as_json(command):
    code, out, _ = command("list", "models", "lenet", "--json")
    assert code == 0
    listed = json.loads(out)
    assert {each["name"] for each in listed} == {
        *("lenet5", "lenet5_original"),
        *("googlenet", "googlenet_small", "googlenet_side_heads"),
    }
    assert all(each["title"] for each in listed)


def sweep_rows(folder):
    (sweep,) = folder.glob("sweeps/*")
    with (sweep / "sweep.csv").open() as file:
        return sweep, list(csv.DictReader(file))


def test_sweep_trains_every_combination(command, tmp_path):
    settings = ("model=mlp,linear", "seed=0,1", "output_dir='our runs'", "sweep.workers=0", *QUICK)
    code, out, err = command("train", "-m", *settings)
    assert (code, err) == (0, "")
    sweep, rows = sweep_rows(tmp_path / "our runs")
    assert {(r["trial"], r["model"], r["status"], r["n"]) for r in rows} == {
        ("0", "mlp", "done", "2"),
        ("1", "linear", "done", "2"),
    }
    assert [float(r["val/acc"]) for r in rows] == sorted((float(r["val/acc"]) for r in rows), reverse=True)
    directories = [d for d in sweep.iterdir() if (d / "config.yaml").is_file()]
    assert {name for r in rows for name in json.loads(r["runs"])} == {d.name for d in directories}
    assert len(directories) == 4
    for row in rows:
        runs = [json.loads((sweep / name / "results.json").read_text()) for name in json.loads(row["runs"])]
        assert runs[0].keys() == {
            f"{split}/{which}" for split in ("train", "val", "test") for which in ("best", "last")
        }
        values = [run["val/best"]["acc"] for run in runs]
        assert float(row["val/acc"]) == float(row["val/best/acc"]) == pytest.approx(statistics.fmean(values))
        assert float(row["val/best/acc_sd"]) == pytest.approx(statistics.stdev(values))
        losses = [run["test/last"]["loss"] for run in runs]
        assert float(row["test/last/loss"]) == pytest.approx(statistics.fmean(losses))
    assert "compared on 144 examples (val)\n" in out


def test_failed_trial_does_not_stop_the_sweep(command, tmp_path):
    code, out, err = command("train", "-m", "model=lenet5,linear", "output_dir=o", "sweep.workers=0", *QUICK)
    assert (code, err) == (1, "")
    assert "failed: LeNet5: LeNet-5 needs images of at least 16x16 pixels" in out
    sweep, rows = sweep_rows(tmp_path / "o")
    assert [(r["model"], r["status"]) for r in rows] == [("linear", "done"), ("lenet5", "failed")]
    (run,) = json.loads(rows[1]["runs"])
    assert "Traceback" in (sweep / run / "run.log").read_text()
    assert json.loads((sweep / run / "status.json").read_text())["status"] == "failed"


def script(folder, *args):
    return python(str(ROOT / "src" / "train.py"), *args, cwd=folder)


def test_script(tmp_path):
    wrong = script(tmp_path, "model=mpl")
    assert (wrong.returncode, wrong.stderr) == (2, "nnzoo: unknown model 'mpl'; did you mean 'mlp'?\n")
    shown = script(tmp_path, "--cfg", "job")
    assert shown.returncode == 0
    assert shown.stdout.startswith("seed: 0\n")


@pytest.mark.slow
def test_script_trains(tmp_path):
    done = script(tmp_path, "model=linear", "data=xor", "trainer.max_epochs=1", "~callbacks.figures")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("test/best ")
    (run,) = tmp_path.glob("outputs/xor/*")
    assert json.loads((run / "status.json").read_text())["status"] == "done"


@pytest.mark.parametrize(
    "command",
    [
        ["evaluate", "run={}"],
        ["predict", "run={}", "input=x.npy"],
        ["encode", "run={}", "input=x.npy"],
        ["sample", "run={}"],
        ["export", "run={}", "format=onnx"],
        ["rerun", "run={}"],
        ["report", "run={}"],
        ["train", "resume={}"],
        ["runs", "show", "{}"],
    ],
    ids=" ".join,
)
def test_all_commands_find_runs_by_the_end_of_their_names(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = made_run(tmp_path / "outputs/digits/mlp-0f1a")
    (path / "config.yaml").write_text("[")
    exit_code(*(part.format("0f1a") for part in command))
    out, err = capsys.readouterr()
    assert "outputs/digits/mlp-0f1a" in out + err
    assert exit_code(*(part.format("0f1b") for part in command)) == 2
    assert capsys.readouterr().err == "nnzoo: no run '0f1b' in outputs; did you mean '0f1a'?\n"
