"""The tests that docs/proofs.md names."""

import re

from .paths import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def named_tests() -> list[tuple[str, str]]:
    """Return file and function of each test, in the order of the page."""
    return NAMED.findall((ROOT / "docs" / "proofs.md").read_text())
