import csv
import io
import math
import sys

import pytest
import yaml
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from nnzoo.cli.launched import summarize
from nnzoo.runs.atomic import write, write_json
from nnzoo.runs.directory import RunDirectory

from tests.support.commands import exit_code


def write_run(sweep, seed, figures):
    directory = sweep / f"{seed}-run"
    directory.mkdir(parents=True)
    write(directory / "overrides.yaml", yaml.safe_dump(["model=linear", f"seed={seed}"]))
    write_json(directory / "results.json", {"test/last": figures})
    RunDirectory(directory).set_status("done")


def test_table_contains_undefined_metrics(tmp_path):
    sweep = tmp_path / "my sweep"
    for seed, r2 in enumerate((0.5, math.nan)):
        write_run(sweep, seed, {"mse": 13380.4 + seed, "r2": r2})
    assert summarize(sweep).splitlines() == [
        "seed  status  mse    r2   run",
        "0     done    13380  0.5  0-run",
        "1     done    13381  nan  1-run",
        "",
        "over seeds: mean ± standard deviation",
        "n  mse           r2",
        "2  13381 ± 0.71  nan ± nan",
        "",
        f"sweep        '{sweep}'",
        f"dashboard    nnzoo board '{sweep}'",
    ]


def test_table_is_ascii_if_the_terminal_is(tmp_path, monkeypatch):
    for seed in range(2):
        write_run(tmp_path, seed, {"loss": 0.25 + seed})
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    text = summarize(tmp_path)
    assert text.isascii()
    assert "over seeds: mean +/- standard deviation\nn  loss\n2  0.75 +/- 0.71\n" in text


@pytest.fixture
def pickled_jobs(monkeypatch):
    """Run jobs on a pickled copy of the task function, as the launchers for joblib and Slurm do."""
    cloudpickle = pytest.importorskip("cloudpickle")  # a dependency of joblib
    launch = BasicLauncher.launch

    def launched(self, job_overrides, initial_job_idx):
        here = self.task_function
        self.task_function = cloudpickle.loads(cloudpickle.dumps(here))
        try:
            return launch(self, job_overrides, initial_job_idx)
        finally:
            self.task_function = here

    monkeypatch.setattr(BasicLauncher, "launch", launched)


@pytest.mark.parametrize(("models", "code"), [("lenet5,linear", 1), ("linear,perceptron", 0)])
def test_jobs_in_other_processes(tmp_path, capsys, pickled_jobs, models, code):
    """The table and the exit code are read from the directory of the sweep."""
    settings = (
        "data=iris",
        "trainer.max_epochs=1",
        "trainer.threads=1",
        "callbacks.figures=null",
        "callbacks.boundaries=null",
    )
    assert (
        exit_code("train", "-m", "hydra/launcher=basic", f"model={models}", *settings, f"output_dir={tmp_path}") == code
    )
    (sweep,) = tmp_path.glob("sweeps/*")
    with (sweep / "sweep.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == (["failed", "done"] if code else ["done", "done"])
    out = capsys.readouterr().out
    assert all(f"{row['model']:<{max(len(r['model']) for r in rows)}}  {row['status']}" in out for row in rows)


def test_killed_job_has_status_unknown(tmp_path, capsys, monkeypatch):
    """It leaves no final status in its directory."""
    monkeypatch.setattr(RunDirectory, "set_status", lambda *_: None)
    settings = (
        "hydra/launcher=basic",
        "model=linear",
        "data=iris",
        "seed=0,1",
        "trainer.max_epochs=0",
        "callbacks.figures=null",
    )
    assert exit_code("train", "-m", *settings, f"output_dir={tmp_path}") == 1
    assert "unknown" in capsys.readouterr().out


def test_several_devices_are_refused(tmp_path, capfd):
    """The jobs of Hydra's basic launcher share a process."""
    settings = ("model=linear", "data=iris", "trainer.devices=2", f"output_dir={tmp_path}")
    assert exit_code("train", "-m", "hydra/launcher=basic", *settings) == 1
    message = "failed: trainer.devices above 1 with a launcher of Hydra, whose runs may share a process"
    assert message in capfd.readouterr().err
