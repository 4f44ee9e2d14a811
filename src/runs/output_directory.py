"""What the directories of runs and of sweeps have in common."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import UserError
from .atomic import write_json
from .readers import NUMBER, check_types, read_object

STATUS, FIGURES = "status.json", "figures"
NO_CHECKSUMS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class OutputDirectory:
    """The directory of a run or a sweep; `path` need not exist yet. All files are written atomically."""

    path: Path

    @property
    def figures(self) -> Path:
        """The folder of the figures."""
        return self.path / FIGURES

    def set_status(self, status: str, message: str = "", checksums: Mapping[str, str] = NO_CHECKSUMS) -> None:
        """Write the status. checksums: of finished files, by name."""
        state = {"status": status, "message": message, "time": time.time()}
        write_json(self.path / STATUS, state | ({"checksums": dict(checksums)} if checksums else {}))

    def status(self) -> str:
        """Return the status, `unknown` if there is none."""
        try:
            return str(self.state()["status"])
        except (UserError, KeyError):
            return "unknown"

    def message(self) -> str:
        """Return the message of the status, empty if there is none."""
        try:
            return str(self.state().get("message") or "")
        except UserError:
            return ""

    def state(self) -> dict[str, Any]:
        """Return status, message and the time of the last change, empty if unknown. Raises UserError as `results`."""
        found = read_object(self.path / STATUS)
        check_types(self.path / STATUS, found, {"status": str, "message": str, "time": NUMBER, "checksums": dict})
        return found
