"""Every benchmark runs: the code that they measure changes more often than they are used."""

import os

import pytest

from tests.support.paths import ROOT
from tests.support.processes import python


@pytest.mark.slow
def test_every_benchmark_runs(tmp_path):
    run, env = str(ROOT / "benchmarks" / "run.py"), {**os.environ, "OMP_NUM_THREADS": "1"}
    done = python("-W", "ignore", run, "--smoke", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    for case in (
        "| MLP 16-32-2",
        "| rnn / nn.RNN",
        "| NumPy | 100",
        "| 100 |",
        "| CSV of numbers | 1000",
        "| nnzoo --help",
    ):
        assert case in done.stdout
    assert not [*tmp_path.iterdir()]  # no files are left behind


def test_listing_of_runs(tmp_path):
    done = python("-W", "ignore", str(ROOT / "benchmarks" / "runs.py"), "10", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("10 runs")
    assert "with a filter and an order" in done.stdout
    assert not [*tmp_path.iterdir()]
