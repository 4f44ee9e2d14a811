"""`make bench`: every figure as a ratio measured in this run; a table on the screen, JSON in outputs/bench.json."""

import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import memory
import startup
import torch
import training
from nnzoo.runs import commit
from nnzoo.summary import table

OUTPUT = Path("outputs/bench.json")


def main() -> None:
    if torch.cuda.is_available():
        torch.cuda.init()
    rows = [["training", "threads", "plain us/step", "ours us/step", "ratio", "target", "Lightning us/step", "ratio"]]
    cases = []
    for found in training.all_cases():
        cases.append(found)
        slow = [f"{found[k]:.0f}" if k.endswith("step") else f"{found[k]:.2f}" for k in SLOW if k in found]
        numbers = [f"{found['plain_us_per_step']:.0f}", f"{found['ours_us_per_step']:.0f}", f"{found['ratio']:.2f}"]
        rows.append([found["case"], str(found["threads"]), *numbers, str(found["target"]), *(slow or ["", ""])])
        print(f"{found['case']}: {found['ratio']:.2f}", flush=True)
    print("\n" + table(rows))
    quick = startup.quick()
    print(
        "\n"
        + table(
            [
                ["answer of", "seconds", "torch"],
                *([q["command"], f"{q['seconds']:.2f}", "yes" if q["torch"] else "no"] for q in quick),
            ]
        )
    )
    with tempfile.TemporaryDirectory() as directory:
        first = startup.first_step(directory)
    print(
        f"\nfrom the command to the first step: {first['first_step_seconds']:.2f} s, "
        f"its imports alone {first['imports_seconds']:.2f} s, ratio {first['ratio']:.2f} (target {first['target']})"
    )
    peaks = memory.measure()
    print(f"peak memory of P6: ours {peaks['ours_mib']:.0f} MiB, plain loop {peaks['plain_mib']:.0f} MiB")
    write({"training": cases, "answers": quick, "first_step": first, "memory": peaks})


SLOW = ("lightning_us_per_step", "lightning_ratio")


def write(found: dict[str, Any]) -> None:
    """Write the results beside those of other devices."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    machine = {
        "device": device,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "commit": commit(),
        "date": time.strftime("%Y-%m-%d"),
    }
    everything = json.loads(OUTPUT.read_text()) if OUTPUT.is_file() else {}
    everything[device] = {"machine": machine, **found}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(everything, indent=2) + "\n")
    print(f"\nresults in {OUTPUT}")


if __name__ == "__main__":
    main()
