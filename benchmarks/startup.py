"""Time to an answer: commands that need no torch, and the way from the command to the first optimizer step."""

import statistics
import subprocess
import sys
import time
from typing import Any

NNZOO = "import sys; from nnzoo.cli.commands import main; main(sys.argv[1:])"
QUICK = {
    "nnzoo --help": ["--help"],
    "nnzoo list": ["list"],
    "a misspelt model": ["train", "model=lenet6"],
    "an unknown key": ["train", "optimizer.rl=0.1"],
    "a wrong type": ["train", "optimizer.lr=fast"],
}
IMPORTS = "import hydra, torch, pytorch_lightning, torch.utils.tensorboard, sklearn.datasets"
FIRST_STEP = """
import os, sys
import torch
def step(*_, **__):
    os._exit(0)
torch.optim.Adam.step = step
from nnzoo.cli.commands import main
main(["train", "output_dir=" + sys.argv[1]])
"""


def seconds(code: str, *args: str) -> float:
    """Return the wall time of a fresh Python that runs `code`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *args], capture_output=True)
    return time.perf_counter() - start


def quick(repeats: int = 3) -> list[dict[str, Any]]:
    """Return the median seconds of each command that must answer at once, and whether torch was imported."""
    found = []
    for name, args in QUICK.items():
        check = NNZOO.replace(
            "main(sys", "import atexit; atexit.register(lambda: print('torch' in sys.modules)); main(sys"
        )
        output = subprocess.run([sys.executable, "-c", check, *args], capture_output=True, text=True).stdout
        found.append(
            {
                "command": name,
                "seconds": statistics.median(seconds(NNZOO, *args) for _ in range(repeats)),
                "torch": output.strip().endswith("True"),
            }
        )
    return found


def first_step(directory: str, *, repeats: int, warm: int) -> dict[str, float]:
    """Return the median seconds from the command to the first step of the default, and of the imports alone."""
    pairs = [(seconds(IMPORTS), seconds(FIRST_STEP, directory)) for _ in range(warm + repeats)][warm:]
    imports, step = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return {"imports_seconds": imports, "first_step_seconds": step, "ratio": ratio, "target": 1.3}
