"""What is available, and the refusal of what is not."""

import pytest
from nnzoo.errors import UserError
from nnzoo.runs import memory


def test_available_memory_of_the_machine(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:       24000 kB\nMemFree:         1000 kB\nMemAvailable:    2000 kB\n")
    assert memory.machine_memory(file) == 2000 * 1024
    assert memory.machine_memory(tmp_path / "missing") > 1e8  # all physical memory
    assert 0 < memory.available_memory() < float("inf")


def test_memory_that_the_limit_of_a_container_leaves(tmp_path):
    assert memory.container_memory(tmp_path) == float("inf")
    (tmp_path / "memory.current").write_text("300\n")
    for limit, left in (("1000\n", 700), ("max\n", float("inf"))):
        (tmp_path / "memory.max").write_text(limit)
        assert memory.container_memory(tmp_path) == left


def test_too_much_is_refused_with_both_numbers(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 8e9)
    memory.check_memory(7.9e9, "the closed form", "use less")
    with pytest.raises(UserError) as error:
        memory.check_memory(42e9, "the closed form", "use less")
    assert str(error.value) == "the closed form takes about 42 GB of memory, but 8 GB are available; use less"
