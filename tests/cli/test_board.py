import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tensorboard
import yaml
from nnzoo.cli import board as module
from nnzoo.cli.board import board, select_runs
from nnzoo.errors import UserError
from nnzoo.runs.atomic import write_json
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.log_directory import entries, log_directory
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from torch.utils.tensorboard import SummaryWriter

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that creates a run directory below outputs/."""

    def run(place: str, *overrides: str, trial: int | None = None, **choices: str) -> Path:
        path = tmp_path / "outputs" / place
        path.mkdir(parents=True)
        config: dict[str, Any] = {"choices": {"model": "mlp", "data": "digits"} | choices, "seed": 0}
        config |= {"optimizer": {"lr": 0.001}, "model": {"bias": True}}
        swept: dict[str, Any] = {}
        for override in overrides:
            key, value = override.split("=")
            group, _, name = key.rpartition(".")
            (config[group] if group else config)[name] = yaml.safe_load(value)
            if group:
                swept[key] = yaml.safe_load(value)
        config["trial"] = None if trial is None else {"number": trial, "params": swept}
        RunDirectory(path).write_setup(config, overrides)
        writer = SummaryWriter(str(path))
        writer.add_scalar("best/val/acc", 0.5, 1)
        writer.close()
        return path

    return run


@pytest.fixture
def sweep(make: Make) -> list[Path]:
    pairs = [(lr, seed) for lr in (0.1, 0.01) for seed in (0, 1)]
    runs = [make(f"sweeps/s/{n}-x", f"optimizer.lr={lr}", f"seed={s}", trial=n // 2) for n, (lr, s) in enumerate(pairs)]
    for name in ("sweep.yaml", "status.json"):
        (runs[0].parent / name).write_text("{}")
    return runs


def listed(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, Any]]:
    assert board([*args, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_selection(make: Make, sweep: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lenet = make("digits/a", model="lenet5")
    biased = make("spirals/b", "model.bias=false", data="spirals")
    for age, path in enumerate([lenet, *sweep, biased]):
        write_json(path / "status.json", {"status": "done", "message": "", "time": 1e9 + age})

    def selected(*names: str, last: int | None = None) -> list[Path]:
        return [run.path.resolve() for run in select_runs({}, list(names), last)]

    assert selected() == sorted([*sweep, lenet, biased])
    assert selected("model=mlp", "data=spirals") == selected("model.bias=false") == [biased]
    assert selected("optimizer.lr=1e-2") == sweep[2:]
    assert selected("outputs/sweeps/s", "seed=1") == sweep[1::2]
    assert selected(str(lenet), "outputs/spirals/b") == [lenet, biased]
    assert selected(last=2) == sorted([biased, sweep[-1]])
    assert selected("outputs/sweeps", last=1) == sweep[-1:]
    with pytest.raises(UserError, match=r"^cannot use 'outputs/spirals'; nnzoo board takes one folder of runs$"):
        selected("outputs/sweeps/s", "outputs/spirals")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["optimiser.lr=0.1"], "unknown setting or metric 'optimiser.lr'; did you mean 'optimizer.lr'"),
        (["optimizer.lr=7"], "there is no run that fulfils all filters in "),
        (["nowhere"], "no run 'nowhere' in "),
        (["output_dir=nowhere"], "nowhere does not exist"),
        (["port=x"], "port is 'x'; it takes an integer"),
        (["port=70000"], "port is 70000; it must be from 0 to 65535"),
        (["last=0"], "last is 0; it must be at least 1"),
        (["--jsn"], "unknown argument '--jsn'; did you mean '--json'"),
    ],
)
def test_errors(args: list[str], message: str, sweep: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        board([f"output_dir={tmp_path}/outputs", *args])


def test_folder_without_runs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no run in"):
        board([f"output_dir={tmp_path}"])


def test_names_in_a_sweep(sweep: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, str(sweep[0].parent))
    assert [each["name"] for each in found] == [
        "0 lr=0.1 seed=0",
        "0 lr=0.1 seed=1",
        "1 lr=0.01 seed=0",
        "1 lr=0.01 seed=1",
    ]
    assert [each["run"] for each in found] == list(map(str, sweep))
    assert found[0]["settings"] == {"optimizer.lr": 0.1, "seed": 0}
    (one,) = listed(capsys, str(sweep[0]))
    assert one["name"] == sweep[0].name


def test_names_of_other_selections(make: Make, sweep: list[Path], tmp_path: Path, capsys: Any) -> None:
    make("digits/a", model="lenet5")
    make("digits/b", model="lenet5")
    make("digits/c", "model.bias=false")
    found = listed(capsys, f"output_dir={tmp_path}/outputs")
    assert [each["name"] for each in found][:4] == ["lenet5 (1)", "lenet5 (2)", "mlp bias=False", "mlp lr=0.1 seed=0"]
    again = listed(capsys, f"output_dir={tmp_path}/outputs", "model=lenet5")
    assert [each["name"] for each in again] == ["(1)", "(2)"]


def test_log_directory(sweep: list[Path]) -> None:
    """TensorBoard reads the curves of the runs and our record of what differs, in which seeds form a group."""
    SummaryWriter(str(sweep[0].parent)).close()  # the pictures of the sweep
    with log_directory(entries([RunDirectory(path) for path in sweep])) as folder:
        assert len(list((folder / "sweep").iterdir())) == 1
        shutil.rmtree(folder / "sweep")
        read = EventMultiplexer().AddRunsFromDirectory(str(folder)).Reload()
        assert sorted(read.Runs()) == ["0 lr=0.1 seed=0", "0 lr=0.1 seed=1", "1 lr=0.01 seed=0", "1 lr=0.01 seed=1"]
        assert [point.value for point in read.Scalars("0 lr=0.1 seed=0", "best/val/acc")] == [0.5]
        groups = []
        for run in sorted(read.Runs()):
            record = read.SummaryMetadata(run, "_hparams_/session_start_info").plugin_data.content
            start = HParamsPluginData.FromString(record).session_start_info
            groups.append((start.group_name, {name: value.number_value for name, value in start.hparams.items()}))
        assert groups[0] == groups[1] == ("0 lr=0.1", {"optimizer.lr": 0.1})
        assert groups[2] == groups[3] == ("1 lr=0.01", {"optimizer.lr": 0.01})
    assert not folder.exists()
    assert all((path / "config.yaml").exists() for path in sweep)  # only the links are removed


def test_ends_with_a_signal_and_removes_its_folder(
    sweep: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[Path] = []

    def launch(folder: Path, port: int) -> str:
        served.append(folder)
        assert len(list(folder.iterdir())) == 4
        threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
        return f"http://localhost:{port}/"

    monkeypatch.setattr(module, "launch", launch)
    before = signal.getsignal(signal.SIGINT)
    assert board([f"output_dir={tmp_path}/outputs", "port=7"]) == 0
    assert signal.getsignal(signal.SIGINT) is before
    assert not served[0].exists()
    assert "dashboard    http://localhost:7/?smoothing=0 (Ctrl-C ends it)" in capsys.readouterr().out


@pytest.mark.slow  # starts a server
def test_command(sweep: list[Path], tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nnzoo", "board", f"output_dir={tmp_path}/outputs", "port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    assert next(line for line in lines if line.startswith("dashboard")).startswith("dashboard    http://localhost:")
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 0
    assert error == ""


def test_long_names_of_many_bytes_and_line_breaks(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [RunDirectory(make(f"a/{text[:1]}", f'optimizer.a="{text}"')) for text in ("語" * 90, "x\\ty")]
    selected = entries(runs)
    with log_directory(selected) as folder:  # a name of more than 255 bytes cannot be created
        assert len(list(folder.iterdir())) == 2
    assert all(each.name.isprintable() for each in selected)


def test_tensorboard_reads_the_folder_and_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a stand-in for the server, whose modules take a second to import."""
    calls: list[list[str]] = []

    class Taken(Exception):
        pass

    class Server:
        def __init__(self, *_: Any) -> None:
            pass

        def configure(self, argv: list[str]) -> None:
            calls.append(argv)

        def launch(self) -> str:
            print("hints on how it reads the files", file=sys.stderr)
            if calls[-1][-1] == "80":
                raise Taken("port 80 is taken")
            return "http://localhost:6007/"

    program = SimpleNamespace(TensorBoard=Server, TensorBoardServerException=Taken)
    monkeypatch.setattr(tensorboard, "program", program)
    monkeypatch.setattr(tensorboard, "default", SimpleNamespace(get_plugins=list), raising=False)
    assert module.launch(tmp_path, 6007) == "http://localhost:6007/"
    assert calls == [["", "--logdir", str(tmp_path), "--port", "6007"]]
    assert capsys.readouterr().err == ""
    with pytest.raises(UserError, match=r"^TensorBoard cannot start: port 80 is taken; set another port=$"):
        module.launch(tmp_path, 80)
