"""A scenario of the reliability page: what is injected, what is required, what was counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


class Skipped(Exception):
    """The machine does not allow the scenario; the message is the reason."""


@dataclass
class Report:
    """What a scenario has found so far. counted: facts; failures: requirements that do not hold."""

    counted: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def count(self, fact: str) -> None:
        """Add a fact."""
        self.counted.append(fact)

    def require(self, condition: bool, failure: str) -> None:
        """Add a failure unless the condition holds."""
        if not condition:
            self.failures.append(failure)


@dataclass(frozen=True)
class Scenario:
    """A scenario. play: plays it in an empty folder and reports; raises Skipped."""

    name: str
    injected: str
    required: str
    play: Callable[[Path, Report], None]
