"""What the command of a sweep prints before its first run."""

import pytest
from nnzoo.cli.sweeps import describe
from nnzoo.sweeps.plan import read_plan


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        (["seeds=3"], "1 trial of 3 runs"),
        (["optimizer.lr=0.1,0.2"], "2 trials of optimizer.lr"),
        (["optimizer.lr=0.1,0.2", "seed=0,1"], "2 trials of optimizer.lr, 2 runs each"),
        (["sweep=coarse_to_fine", "optimizer.lr=interval(0.1,0.2)"], "trials of optimizer.lr"),
    ],
)
def test_number_of_trials_and_runs(overrides, text):
    assert describe(read_plan(["model=linear", "data=iris", *overrides])) == text
