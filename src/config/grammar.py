"""Overrides as Hydra's grammar reads them. Imports no torch."""

from functools import cache, lru_cache

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override


@lru_cache(maxsize=1024)  # composing a config reads each override several times, which takes a third of a millisecond
def parse_override(text: str) -> Override:
    """Return an override, shared by all callers. Raises HydraException if the grammar rejects it."""
    return parser().parse_override(text)


@cache
def parser() -> OverridesParser:
    """Return a parser that knows no configs; creating it takes as long as parsing an override."""
    return OverridesParser.create()
