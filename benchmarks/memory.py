"""Peak memory of an MNIST run (P6), as the process's maximum, beside that of the plain loop."""

import subprocess
import sys
from pathlib import Path

CODE = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import training
case = next(case for case in training.CASES if case.name.startswith("P6"))
data = training.build_data(training.config_of(case))
getattr(training, sys.argv[2])(case, data)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak(side: str) -> float:
    """Return the peak of one side in MiB."""
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", CODE, here, side], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure() -> dict[str, float]:
    """Return the peaks of both sides in MiB."""
    return {"plain_mib": peak("loop"), "ours_mib": peak("ours")}
