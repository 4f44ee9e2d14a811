"""`make bench`: every figure as a ratio measured in this run; tables on the screen, JSON, and docs/BENCHMARKS.md.

`python benchmarks/run.py --smoke` runs each benchmark for a moment, to see that it works, and keeps nothing.
"""

import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import augmentation
import classes
import costs
import devices
import linear
import members
import memory
import own_data
import recommenders
import recurrent
import startup
import torch
import word_vectors
from nnzoo.runs.environment import commit
from page import page, section

import inference
import training

OUTPUT = Path("outputs/bench.json")
PAGE = Path("docs/BENCHMARKS.md")
MEMORY = ("P6", "ResNet-20")  # first words of cases of `training`


def measure(*, smoke: bool) -> dict[str, Any]:
    """Return the results of all benchmarks; smoke: without those that need a process of their own or MNIST."""
    cases = []
    for found in training.all_cases():
        cases.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} (aim {found['target']})", flush=True)
    outputs = []
    for found in inference.all_cases():
        outputs.append(found)
        print(f"{found['case']}, outputs: ratio {found['ratio']:.2f} (aim {found['target']})", flush=True)
    augmented = []
    for found in augmentation.all_cases():
        augmented.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} (aim {found['target']})", flush=True)
    stacked = []
    for found in members.all_cases():
        stacked.append(found)
        print(f"{found['case']}, {found['members']} members: {found['factor']:.1f} times as fast as loops", flush=True)
    learners = []
    for found in linear.all_cases():
        learners.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} (aim {found['target']})", flush=True)
    races = []
    for found in linear.all_races():
        races.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} of the times to the same test error", flush=True)
    factorizations = []
    for found in recommenders.all_races():
        factorizations.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} of the times to the same test error", flush=True)
    words = []
    for found in word_vectors.all_cases():
        words.append(found)
        print(f"{found['case']}: ratio {found['ratio']:.2f} of the times of gensim with two workers", flush=True)
    online = [*linear.online(batch=100), *linear.online(batch=1000)]
    cells = []
    for found in recurrent.all_cases():
        cells.append(found)
        print(
            f"{found['case']}, {found['units']} units, {found['steps']} steps: ratio {found['ratio']:.2f}", flush=True
        )
    compiled = recurrent.compiled((lambda loop: loop) if smoke else torch.compile)
    many = []
    for found in classes.all_cases():
        many.append(found)
        print(f"{found['classes']} classes: {found['ratios']}", flush=True)
    settings = []
    for found in devices.all_cases():
        settings.append(devices.row(found))
        print(f"{found['case']}: {settings[-1]}", flush=True)
    grown = []
    for found in costs.smallest() if smoke else costs.all_cases():
        grown.append(found)
        aim = f", growth {found['growth']:.2f} (aim {found['target']})" if "growth" in found else ""
        print(f"{found['case']}, {found['size']} {found['unit']}: {found['seconds']:.2f} s{aim}", flush=True)
    own = own_data.measure(own_data.ROWS)
    answers = startup.quick()
    with tempfile.TemporaryDirectory() as directory:
        first = startup.first_step(directory, repeats=1 if smoke else 5, warm=0 if smoke else 1)
    peaks = [{"case": "P6", "plain_mib": memory.highest(), "ours_mib": memory.highest()}]
    if not smoke:
        peaks = [memory.measure(case) for case in MEMORY]
    return {
        "training": cases,
        "inference": outputs,
        "augmentation": augmented,
        "members": stacked,
        "linear": learners,
        "races": races,
        "factorizations": factorizations,
        "word_vectors": words,
        "online": online,
        "recurrent": cells,
        "compiled": compiled,
        "classes": many,
        "devices": settings,
        "processor": devices.instructions(),
        "costs": grown,
        "own_data": own,
        "answers": answers,
        "first_step": first,
        "memory": peaks,
    }


def reduce() -> None:
    """Leave so little of all benchmarks that they take a moment."""
    training.CASES[:] = [replace(training.CASES[0], epochs=1, repeats=1)]
    members.CASES[:] = [replace(members.CASES[0], epochs=1)]
    members.MEMBERS, members.LAUNCHED, members.REPEATS, members.EXAMPLES = 3, 1, 1, 100
    augmentation.TRANSFORMS.clear()
    linear.CASES.clear()
    linear.RACES.clear()
    recommenders.RACES.clear()
    word_vectors.TEXTS.clear()
    devices.CASES.clear()
    training.EXAMPLES = linear.EXAMPLES = 400
    linear.REPEATS = recurrent.REPEATS = classes.REPEATS = 1
    recurrent.UNITS, recurrent.STEPS, classes.CLASSES = (4,), (5,), (100,)
    own_data.ROWS, own_data.REPEATS = (1000,), 1
    own_data.KINDS[1:] = []
    startup.QUICK = {"nnzoo --help": ["--help"]}
    startup.IMPORTS = startup.FIRST_STEP = "pass"


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
    PAGE.write_text(page(everything))
    print(section(device, everything[device]))
    print(f"results in {OUTPUT} and {PAGE}")


if __name__ == "__main__":
    if "--smoke" in sys.argv[1:]:
        reduce()
        print(section("cpu", {"machine": {}, **measure(smoke=True)}))
    else:
        write(measure(smoke=False))
