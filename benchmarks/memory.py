"""Peak memory of a run, as the process's maximum, beside that of the plain loop."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

CODE = """
import sys
sys.path.insert(0, sys.argv[1])
import memory, training
case = next(case for case in training.CASES if case.name.startswith(sys.argv[3]))
data = training.build_data(training.config_of(case))
getattr(training, sys.argv[2])(case, data)
print(memory.highest())
"""


def highest() -> float:
    """Return the peak of this process so far in MiB.

    Linux counts in ru_maxrss what the process that started this one had taken, so it is asked in another way.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def of_process(code: str, *args: str) -> float:
    """Return the number that a fresh Python prints at its end."""
    command = [sys.executable, "-W", "ignore", "-c", code, str(Path(__file__).parent), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure(case: str) -> dict[str, Any]:
    """Return the peaks of both sides in MiB. case: the first words of a case of `training`."""
    return {"case": case, "plain_mib": of_process(CODE, "loop", case), "ours_mib": of_process(CODE, "ours", case)}
