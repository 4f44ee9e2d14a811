"""The run directory as the other processes of a run see it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from .directory import RunDirectory
from .output_directory import NO_CHECKSUMS


@dataclass(frozen=True)
class FollowerDirectory(RunDirectory):
    """The directory of a run in which only the first process writes: this one reads, and its writing does nothing."""

    def remove_drafts(self) -> None:
        """Do nothing."""

    def write_setup(self, config: dict[str, Any], overrides: Sequence[str]) -> None:
        """Do nothing."""

    def write_data(self, description: Mapping[str, Any]) -> None:
        """Do nothing."""

    def write_results(self, metrics: dict[str, dict[str, float]]) -> None:
        """Do nothing."""

    def write_outlier_scores(self, scores: Mapping[str, Any]) -> None:
        """Do nothing."""

    def set_status(self, status: str, message: str = "", checksums: Mapping[str, str] = NO_CHECKSUMS) -> None:
        """Do nothing."""

    def restore_setup(self, contents: Mapping[str, bytes | None]) -> None:
        """Do nothing."""

    def log(self) -> AbstractContextManager[None]:
        """Return a context without a log."""
        return nullcontext()
