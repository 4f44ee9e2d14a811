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


def device_of(worker: int, devices: Sequence[str]) -> str | None:
    """Return the device of a worker: worker i has device i mod n; None without devices."""
    return devices[worker % len(devices)] if devices else None
