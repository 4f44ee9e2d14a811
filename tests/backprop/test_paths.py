import pytest
from nnzoo.backprop import accumulate, path_sum, paths

DIAMOND = {"w": {"p": 2.0, "q": 3.0}, "p": {"o": 5.0, "q": 7.0}, "q": {"o": 11.0}, "o": {}}


def test_all_paths():
    assert sorted(paths(DIAMOND, "w", "o")) == [("w", "p", "o"), ("w", "p", "q", "o"), ("w", "q", "o")]
    assert list(paths(DIAMOND, "o", "w")) == []


def test_path_sum_equals_dynamic_programming():
    assert path_sum(DIAMOND, "w", "o") == 2 * 5 + 2 * 7 * 11 + 3 * 11
    assert accumulate(DIAMOND, {"o": 1.0}) == {"o": 1, "q": 11, "p": 5 + 7 * 11, "w": 197}


def test_seeds_at_hidden_nodes():
    found = accumulate(DIAMOND, {"o": 1.0, "p": 100.0})
    assert found["w"] == path_sum(DIAMOND, "w", "o") + 100 * path_sum(DIAMOND, "w", "p")
    assert found["q"] == 11


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        accumulate({"a": {"b": 1.0}, "b": {"a": 1.0}}, {"a": 1.0})
