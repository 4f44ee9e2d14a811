"""Time of `nnzoo runs list` over many runs: `python benchmarks/runs.py [NUMBER]`, 10 000 by default.

The run directories are made by hand, with the config of a real run. Each listing is a process of its own; its time
includes the start of Python. The first listing reads every run, later ones only the index and the times of the files.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from nnzoo.config.compose import compose
from nnzoo.formatting import format_table
from omegaconf import OmegaConf

RUNS = 10_000
EPOCHS = 20
LISTINGS = {
    "first, which makes the index": ["limit=20"],
    "the 20 newest runs": ["limit=20"],
    "all runs": [],
    "with a filter and an order": ["optimizer.lr<0.05", "sort=-val/acc", "limit=20"],
    "as JSON": ["--json"],
}


def make_runs(root: Path, number: int) -> None:
    """Write run directories of a default run that differ in the learning rate."""
    config = yaml.safe_dump(OmegaConf.to_container(compose(["model=mlp"]), resolve=True), sort_keys=False)
    head = "epoch,val/loss,val/acc,val/errors,train/loss,train/acc,train/errors\n"
    history = head + "".join(f"{epoch},0.4,0.{epoch + 10},16,0.5,0.9,130\n" for epoch in range(1, EPOCHS + 1))
    measured = {"loss": 0.36, "acc": 0.92, "errors": 29.0}
    results = json.dumps({"test/last": measured, "test/best": measured})
    for i in range(number):
        run = root / f"data{i % 10}" / f"mlp-digits-lr={i}-0101-000000-{i:05x}"
        for folder in ("checkpoints", "figures"):
            (run / folder).mkdir(parents=True)
        (run / "config.yaml").write_text(config.replace("lr: 0.001", f"lr: {(i + 1) / (10 * number)}"))
        (run / "metrics.csv").write_text(history)
        (run / "results.json").write_text(results)
        (run / "status.json").write_text(json.dumps({"status": "done", "message": "", "time": time.time() - i}))


def measure(root: Path, args: list[str]) -> tuple[float, float]:
    """Return the wall time and the CPU time of a listing in seconds."""
    code = "import sys; from nnzoo.cli.commands import main; main(sys.argv[1:])"
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, "runs", "list", str(root), *args], check=True, capture_output=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(number: int) -> None:
    """Print the times of all listings."""
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder), number)
        rows = [[f"{number} runs", "seconds", "of CPU time"]]
        for name, args in LISTINGS.items():
            wall, cpu = measure(Path(folder), args)
            rows.append([name, f"{wall:.2f}", f"{cpu:.2f}"])
    print(format_table(rows))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
