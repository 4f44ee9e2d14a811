import math

import yaml
from nnzoo import runs
from nnzoo.sweeps import summarize


def test_a_figure_that_is_not_defined_stands_in_the_table(tmp_path):
    sweep = tmp_path / "my sweep"
    for seed, r2 in enumerate((0.5, math.nan)):
        directory = sweep / f"{seed}-run"
        directory.mkdir(parents=True)
        runs.write(directory / "overrides.yaml", yaml.safe_dump(["model=linear", f"seed={seed}"]))
        runs.write_json(directory / "results.json", {"test/last": {"mse": 13380.4 + seed, "r2": r2}})
        runs.set_status(directory, "done")
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
        f"dashboard    tensorboard --logdir '{sweep}'",
    ]
