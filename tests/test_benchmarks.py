"""Every benchmark runs: what they measure changes, and nobody looks at them every day."""

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def test_each_benchmark_runs_for_a_moment(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARKS / "run.py"), "--smoke"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
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
