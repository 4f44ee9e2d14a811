"""The memory of the machine, compared with what a computation needs before it is allocated."""

import os
from pathlib import Path

from ..errors import UserError

CGROUP = Path("/sys/fs/cgroup")
GIGABYTE = 1e9


def check_memory(needed: float, what: str, advice: str) -> None:
    """Raise UserError if a computation needs more bytes than are available. what: its name; advice: a setting."""
    free = available_memory()
    if needed > free:
        raise UserError(
            f"{what} takes about {needed / GIGABYTE:.0f} GB of memory, but {free / GIGABYTE:.0f} GB are available; "
            f"{advice}"
        )


def available_memory() -> float:
    """Return how many bytes processes can still allocate without swapping; infinity if the system does not tell."""
    return min(machine_memory(Path("/proc/meminfo")), container_memory(CGROUP))


def machine_memory(file: Path) -> float:
    """Return the available bytes of the machine: on Linux, as its meminfo says, elsewhere all physical memory."""
    try:
        lines = dict(line.split(":") for line in file.read_text().splitlines())
        return float(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # Windows
        return float("inf")


def container_memory(group: Path) -> float:
    """Return the bytes that the limit of a container leaves; infinity without one."""
    try:
        limit, used = ((group / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return float("inf") if limit == "max" else float(limit) - float(used)
    except (OSError, ValueError):
        return float("inf")
