"""Every benchmark runs: what they measure changes, and nobody looks at them every day."""

import os

from tests.support.paths import ROOT
from tests.support.processes import python


def test_each_benchmark_runs_for_a_moment(tmp_path):
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
    assert not [*tmp_path.iterdir()]  # nothing is kept
