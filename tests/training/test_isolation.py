"""Runs do not depend on settings of the process, other threads, environment variables or missing streams."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric.utilities.rank_zero import rank_zero_only
from nnzoo import api
from nnzoo.errors import UserError
from nnzoo.tasks.base import Task
from nnzoo.training import isolation
from nnzoo.training.isolation import isolated
from nnzoo.training.result import Result

from tests.support.paths import ROOT
from tests.support.processes import python
from tests.support.runs import same, train, weights

TEXT = ("model=lstm", "model.hidden=8", "data=char_text", "trainer.max_epochs=1", "trainer.limit_train_batches=2")
QUICK = ("trainer.limit_val_batches=1", "evaluate=[val]", "~callbacks.figures", "callbacks.samples.length=20")


@pytest.fixture(autouse=True)
def settings_are_restored():
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


# Settings of PyTorch


def default_dtype() -> AbstractContextManager[Any]:
    torch.set_default_dtype(torch.float64)
    return nullcontext()


def default_device() -> AbstractContextManager[Any]:
    torch.set_default_device("meta")
    return nullcontext()


HOSTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "float64": default_dtype,
    "default device": default_device,
    "device": lambda: torch.device("meta"),
    "inference mode": torch.inference_mode,
    "no gradients": torch.no_grad,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


def settings() -> list[Any]:
    return [
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_inference_mode_enabled(),
        torch.is_grad_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_num_threads(),
        torch.get_rng_state().tolist(),
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Result]:
    """Runs in a process with default settings."""
    folder = tmp_path_factory.mktemp("plain")
    return train(folder, "model.dropout=0.3"), api.train(*TEXT, *QUICK, output_dir=folder)


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_settings_of_the_process(tmp_path: Path, plain: tuple[Result, Result], host: Any) -> None:
    x = np.random.default_rng(0).random((3, 1, 8, 8)).astype(np.float32)
    expected, text = api.predict(plain[0].directory, x), api.sample(plain[1].directory, length=20)
    with host():
        before = settings()
        results = train(tmp_path, "model.dropout=0.3"), api.train(*TEXT, *QUICK, output_dir=tmp_path)
        measured = api.evaluate(results[0].directory)
        loaded = api.load(results[0].directory)
        predicted = api.predict(results[0].directory, x)
        written = api.sample(results[1].directory, length=20)
        assert settings() == before
    for result, other in zip(results, plain, strict=True):
        assert result.metrics == other.metrics != {}
        assert same(weights(result.directory), weights(other.directory))
    assert measured == results[0].metrics
    assert written == text
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert not any(p.is_inference() or p.device.type != "cpu" for p in loaded.parameters())
    assert all((predicted[key] == expected[key]).all() for key in expected)


def test_data_created_in_inference_mode(tmp_path: Path) -> None:
    def trained() -> Result:
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(40, 3, generator=generator)
        return api.train(model="linear", data=(x, x[:, 0] > 0), trainer={"max_epochs": 1}, output_dir=tmp_path)

    with torch.inference_mode():
        inside = trained()
    assert inside.metrics == trained().metrics


def test_everything_is_restored_after_an_error() -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(2)
    before = settings()

    def fails() -> None:
        with isolated() as threads:
            assert (threads, torch.get_num_threads(), torch.get_default_dtype()) == (2, 1, torch.float32)
            torch.rand(())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert settings() == before


# Threads


def in_thread(work: Callable[[], Any]) -> Any:
    """Return the result or the exception of a call in another thread."""
    found: list[Any] = []

    def call() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(timeout=60)
    return found[0]


def test_another_run_in_the_same_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run is refused before it writes anything, and the first one is unchanged."""
    alone = train(tmp_path / "alone", "model.dropout=0.3")
    refused: list[Any] = []
    whole = Task.on_train_epoch_end

    def meanwhile(self: Task) -> None:
        if not refused:
            refused.append(in_thread(lambda: train(tmp_path / "second")))
            refused.append(in_thread(lambda: api.load(alone.directory)))
            refused.append(in_thread(lambda: api.evaluate(alone.directory)))
            api.load(alone.directory)  # allowed: the same thread
        whole(self)

    monkeypatch.setattr(Task, "on_train_epoch_end", meanwhile)
    first = train(tmp_path / "first", "model.dropout=0.3")
    assert first.metrics == alone.metrics
    assert same(weights(first.directory), weights(alone.directory))
    assert len(refused) == 3
    for error in refused:
        assert isinstance(error, UserError)
        assert str(error).startswith("a run is active in another thread of this process")
        assert "\n" not in str(error)
    assert not (tmp_path / "second").exists()
    assert train(tmp_path / "second").status == "done"


def test_short_computations_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with isolated():
            begun.set()
            may_end.wait(timeout=60)
            order.append("first")

    def second() -> None:
        with isolated(run=True):
            order.append("second")

    threads = [threading.Thread(target=work) for work in (first, second)]
    threads[0].start()
    begun.wait(timeout=60)
    threads[1].start()
    threads[1].join(timeout=4 * isolation.POLL)
    assert order == []
    may_end.set()
    for thread in threads:
        thread.join(timeout=60)
    assert order == ["first", "second"]


# Variables of launchers and schedulers


LAUNCHERS = {
    "torchrun": {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "1"},
    "local rank": {"LOCAL_RANK": "3"},
    "SLURM, tasks alone": {"SLURM_NTASKS": "4", "SLURM_PROCID": "0"},
    "SLURM": {
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NAME": "train",
        "SLURM_NTASKS": "4",
        "SLURM_NTASKS_PER_NODE": "4",
        "SLURM_NNODES": "1",
        "SLURM_PROCID": "2",
        "SLURM_LOCALID": "2",
        "SLURM_NODEID": "1",
    },
    "Lightning": {"PL_TRAINER_FAST_DEV_RUN": "True", "PL_TRAINER_DEVICES": "2"},
}


@pytest.mark.parametrize("variables", LAUNCHERS.values(), ids=LAUNCHERS)
def test_variables_of_launchers(
    tmp_path: Path, plain: tuple[Result, Result], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(rank_zero_only, "rank", 1)  # as if Lightning had been imported with such variables
    environment = dict(os.environ)
    result = train(tmp_path, "model.dropout=0.3")
    assert result.metrics == plain[0].metrics
    assert sorted(os.listdir(result.directory / "checkpoints")) == ["best.ckpt", "last.ckpt"]
    assert len(list(result.directory.glob("events*"))) == 1
    assert api.evaluate(result.directory) == result.metrics
    assert os.environ == environment
    assert rank_zero_only.rank == 1  # type: ignore[attr-defined]


# Separate processes


def test_python_m(tmp_path: Path) -> None:
    done = python("-m", "nnzoo", "trian", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nnzoo: unknown command 'trian'; did you mean 'train'?\n"


def test_beside_a_clone_of_the_name(tmp_path: Path) -> None:
    """Python finds the folder of the clone before the installed package; it must be the package itself."""
    clone = tmp_path / "nnzoo"
    clone.mkdir()
    for name in ("__init__.py", "src", "configs"):
        (clone / name).symlink_to(ROOT / name)
    code = "import nnzoo; from nnzoo.cli.commands import main; print(nnzoo.__file__); main(['train', '--cfg', 'job'])"
    done = python("-c", code, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{clone / '__init__.py'}\nseed: 0\n")


def test_matplotlib_backend_of_another_environment() -> None:
    code = "import nnzoo, matplotlib; print(matplotlib.get_backend(auto_select=False))"
    for module in ("not_installed.backend_inline", "notinstalled"):
        done = python("-c", code, env={**os.environ, "MPLBACKEND": f"module://{module}"}, check=True)
        assert done.stdout == "None\n"
    kept = python("-c", code, env={**os.environ, "MPLBACKEND": "module://matplotlib.backends.backend_svg"}, check=True)
    assert "svg" in kept.stdout


@pytest.mark.skipif(os.name != "posix", reason="descriptors of POSIX")
@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams(tmp_path: Path, closed: tuple[int, ...]) -> None:
    """No file gets the descriptor of a closed stream: error messages would be written to it."""
    code = (
        "import os, sys; from nnzoo.cli import streams; streams.prepare(); file = open('file', 'w')\n"
        "print('out'); print('error', file=sys.stderr); os.write(2, b'more'); sys.stdin.read()\n"
        "sys.exit(file.fileno())"
    )
    shell = " ".join(f"{number}>&-" for number in closed)
    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {shell}', sys.executable, code],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode >= 3
    assert done.stdout == ("" if 1 in closed else "out\n")
    assert done.stderr == ("" if 2 in closed else "error\nmore")
    assert (tmp_path / "file").read_text() == ""


def test_characters_outside_the_encoding_of_the_terminal(tmp_path: Path) -> None:
    code = "from nnzoo.cli import streams; streams.prepare(); print('\\xb1', streams.printable('\\xb1', '+/-'))"
    for encoding, expected in (("ascii", "\\xb1 +/-\n"), ("utf-8", "\xb1 \xb1\n")):
        done = python("-c", code, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True, encoding="utf-8")
        assert done.stdout == expected


def test_all_random_numbers_are_seeded() -> None:
    isolation.seed(3)
    found = random.random(), np.random.rand(), torch.rand(()).item()
    own = torch.Generator().manual_seed(3)
    assert found == (random.Random(3).random(), np.random.RandomState(3).rand(), torch.rand((), generator=own).item())
