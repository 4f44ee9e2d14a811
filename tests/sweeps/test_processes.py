"""Worker processes."""

import json

from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps.plan import read_plan
from nnzoo.sweeps.run import run_sweep


def test_a_dead_worker_and_an_exception_cost_their_trials(tmp_path):
    """Trial 0 kills its worker, trial 1 raises an exception in the next one, which then trains trial 2."""
    settings = ("model=linear", "data=iris", "trainer.max_epochs=1", "trainer.threads=1", "callbacks=none")
    faults = (
        "+callbacks.kill._target_=tests.support.kills.Kill",
        "+callbacks.kill.killed=0",
        "+callbacks.kill.failed=1",
    )
    plan = read_plan([*settings, *faults, "allow=[tests]", "optimizer.lr=0.1,0.2,0.3", f"output_dir={tmp_path}"])
    lines = []
    outcome = run_sweep(plan, print_line=lines.append)
    trials = {row.number: row for row in outcome.results.trials}
    assert [trials[k].status for k in range(3)] == ["failed", "failed", "done"]
    assert trials[0].message == "the worker was killed by SIGKILL"
    assert trials[1].message == "RuntimeError: no luck"
    assert "Traceback" in trials[1].runs[0].directory.log_file.read_text()
    for row in trials.values():
        (run,) = row.runs
        assert RunDirectory(run.directory.path).status() == row.status
    assert outcome.status == "done"
    assert len(lines) == 3
    processes = [
        json.loads((row.runs[0].directory.path / "env.json").read_text())["command"] for row in trials.values()
    ]
    assert all("nnzoo.sweeps.worker" in command or "worker.py" in command for command in processes)
