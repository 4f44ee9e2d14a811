"""The devices of worker processes. Imports no torch."""

import os
import shutil
import subprocess
from collections.abc import Sequence


def visible_devices() -> list[str]:
    """Return the CUDA devices that this process may use, by index or UUID; empty without an NVIDIA driver."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip()]
    if (program := shutil.which("nvidia-smi")) is None:
        return []
    query = [program, "--query-gpu=index", "--format=csv,noheader"]
    found = subprocess.run(query, capture_output=True, text=True, check=False, timeout=30)
    return found.stdout.split() if found.returncode == 0 else []


def sharing(workers: int, devices: Sequence[str], cores: int) -> str:
    """Return a note if there are more workers than CUDA devices or, without devices, than cores; else an empty text."""
    if devices and workers > len(devices):
        return f"{workers} workers share {len(devices)} CUDA device{'s' * (len(devices) > 1)}"
    if not devices and workers > cores:
        return f"{workers} workers share {cores} CPU core{'s' * (cores > 1)}; more than one per core is not faster"
    return ""


def devices_of(worker: int, devices: Sequence[str], each: int = 1) -> str | None:
    """Return the devices of a worker, separated by commas, None without devices.

    each: devices of a run, -1 = all. Worker i has device i mod n or, of several, the next ones.
    """
    if not devices:
        return None
    if each == -1:
        return ",".join(devices)
    return ",".join(devices[(worker * each + i) % len(devices)] for i in range(min(each, len(devices))))
