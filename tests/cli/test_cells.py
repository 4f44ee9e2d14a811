"""Values of runs in tables."""

import pytest
from nnzoo.cli.cells import as_json, escape, format_age, format_size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),  # the clock was set back
        (0, "0 s"),
        (1.9, "1 s"),
        (119, "119 s"),
        (120, "2 min"),
        (119 * 60 + 59, "119 min"),
        (2 * 3600, "2 h"),
        (48 * 3600 - 1, "47 h"),
        (48 * 3600, "2 d"),
        (400 * 86400, "400 d"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    assert format_age(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_250_000, "1.2 MB"), (10**9, "1.0 GB"), (2 * 10**12, "2000.0 GB")],
)
def test_sizes(count: int, text: str) -> None:
    assert format_size(count) == text


def test_a_text_is_in_one_line_and_moves_no_cursor() -> None:
    assert escape("größe\n\x1b[2J\ta b") == r"größe\n\x1b[2J\ta b"


def test_json() -> None:
    assert as_json({"größe": float("nan"), "acc": 0.5}) == '{\n  "größe": null,\n  "acc": 0.5\n}'
