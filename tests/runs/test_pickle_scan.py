"""Pickles that would take much more time or memory than their size, found before they are unpickled."""

import io
import pickle
import struct
from typing import Any
from zipfile import ZipFile

import pytest
import torch
from nnzoo.runs import pickle_scan
from nnzoo.runs.pickle_scan import Refused, Scanner

START = b"\x80\x02"


def pickle_of(value: Any) -> bytes:
    """Return the pickle that PyTorch writes."""
    file = io.BytesIO()
    torch.save(value, file)
    with ZipFile(file) as archive:
        return archive.read("archive/data.pkl")


def get(place: int) -> bytes:
    return b"j" + struct.pack("<I", place)


def put(place: int) -> bytes:
    return b"r" + struct.pack("<I", place)


@pytest.mark.parametrize(
    "value",
    [
        {
            "text": "cbuiltins\neval\n",
            "n": [1, -1, 300, 1 << 40, 0.5, None, True, False, (), (1,), (1, 2), (1, (2, 3))],
        },
        {"tuple": tuple(range(1000)), "nested": {"a": [[(1, 2, 3, 4)]] * 3}, "type": torch.float32},
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).state_dict(),
        [torch.nn.Parameter(torch.ones(2)), torch.Size([1, 2]), torch.device("cpu"), torch.zeros(2, dtype=torch.uint8)],
    ],
)
def test_tensors_and_plain_data(value: Any) -> None:
    assert Scanner(pickle_of(value)).run() > 5


def test_operations_are_counted() -> None:
    assert Scanner(START + b"](NNNe.").run() == 7


def test_the_hash_of_a_tuple_is_computed_in_time() -> None:
    """A key t_60 with t_0 = 1 and t_i = (t_(i-1), t_(i-1)) has 2^60 parts."""
    doubled = b"".join(get(i) + get(i) + b"\x86" + put(i + 1) for i in range(60))
    with pytest.raises(Refused, match="values that repeat each other"):
        Scanner(START + b"}K\x01" + put(0) + doubled + b"Ns.").run()
    with pytest.raises(Refused, match="tuples that are nested too deeply"):  # its hash would overflow the stack
        Scanner(START + b"})" + b"\x85" * 100_000 + b"Ns.").run()


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickle_scan, "MAX_OPERATIONS", 1000)
    monkeypatch.setattr(pickle_scan, "MAX_CALLS", 10)
    with pytest.raises(Refused, match="more than 1000 values"):
        Scanner(START + b"](" + b"}" * 1000 + b"e.").run()
    with pytest.raises(Refused, match="more than 10 tensors"):
        Scanner(START + b"](" + b"ccollections\nOrderedDict\n)R" * 11 + b"e.").run()


@pytest.mark.parametrize("value", [print, {1, 2}, b"text", bytearray(3), object(), 1j])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_other_objects(value: Any, protocol: int) -> None:
    with pytest.raises(Refused, match="more than tensors and plain data"):
        Scanner(pickle.dumps([value], protocol)).run()


@pytest.mark.parametrize("content", [b"", START, START + b"]", START + b"t.", START + get(3) + b".", START + b"ctorch"])
def test_damaged(content: bytes) -> None:
    with pytest.raises((IndexError, KeyError, ValueError)):
        Scanner(content).run()
