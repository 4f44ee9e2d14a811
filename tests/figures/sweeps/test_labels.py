import pytest
from nnzoo.figures.sweeps.labels import (
    format_apart,
    format_digits,
    format_exactly,
    short_keys,
    short_texts,
    state_counts,
    title,
    with_sd,
)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (0.0, 4, "0"),
        (0.00001, 4, "1e-5"),
        (0.0001, 1, "0.0001"),
        (-0.123456, 4, "-0.1235"),
        (12345.6, 2, "12346"),
        (123456789.0, 2, "123456789"),
        (2e10, 4, "2e10"),
        (999999999.0, 2, "999999999"),
        (1e9, 2, "1e9"),
        (1.0, 0, "1"),
        (-12345.6, 2, "-12346"),
        (0.999, 2, "1"),
        (1e-200, 4, "1e-200"),
    ],
)
def test_format_digits(value: float, digits: int, expected: str) -> None:
    assert format_digits(value, digits) == expected


def test_as_many_digits_as_it_takes() -> None:
    assert format_apart([0.97, 0.1]) == ["0.97", "0.1"]
    assert format_apart([0.123456]) == ["0.1235"]
    assert format_apart([0.9712341, 0.9712369]) == ["0.971234", "0.971237"]
    assert format_apart([1.0, 1.0]) == ["1", "1"]
    assert format_apart([]) == []
    assert format_exactly([0.225, 0.25, 0.275]) == ["0.225", "0.25", "0.275"]
    assert format_exactly([1e-5, 1.0]) == ["1e-5", "1"]


def test_short_keys_differ() -> None:
    assert short_keys(["optimizer.lr", "model.hidden"], 9) == {"optimizer.lr": "lr", "model.hidden": "hidden"}
    keys = ["optimizer.lr", "scheduler.lr", "lr"]
    assert list(short_keys(keys, 20).values()) == keys
    assert list(short_keys(["a.b.lr", "a.c.lr"], 20).values()) == ["b.lr", "c.lr"]
    assert short_keys(["a_very_long_name"], 10) == {"a_very_long_name": "…long_name"}


def test_texts_are_cut_at_the_front_if_they_differ_at_the_end() -> None:
    assert short_texts(["network_1", "network_2"], 5) == ["…rk_1", "…rk_2"]
    assert short_texts(["1_network", "2_network"], 5) == ["1_ne…", "2_ne…"]
    assert short_texts(["1_network_1", "1_network_2", "2_network_1"], 5) == ["1_…_1", "1_…_2", "2_…_1"]
    assert short_texts(["山" * 9], 7) == ["…山山山"]
    assert short_texts(["$a"], 5) == [r"\$a"]


def test_other_texts() -> None:
    assert (with_sd("0.5", 0.01234), with_sd("0.5", 0.0)) == ("0.5 ± 0.012", "0.5")
    assert state_counts(["failed", "pruned", "failed"]) == "2 failed, 1 pruned"
    assert title("one", "", "word " * 20).splitlines() == ["one", ("word " * 11).strip(), ("word " * 9).strip()]


def test_digits_that_do_not_help_are_left_out() -> None:
    assert format_apart([1.0, 1.0 + 1e-15]) == ["1", "1"]
    assert format_exactly([1.0, 1.0 + 1e-6], 2) == ["1", "1.000001"]
    assert format_exactly([1 / 3]) == ["0.3"]


def test_texts_that_fit_are_not_cut() -> None:
    assert short_texts(["abcde", "abcdef"], 5) == ["abcde", "…cdef"]
    assert short_texts(["a" * 9, "a" * 9], 5) == ["…aaaa", "…aaaa"]
