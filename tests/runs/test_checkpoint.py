import os
import pickle
import re
import resource
import struct
from collections import deque
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import Checkpoint, read
from nnzoo.runs.checkpoint_io import AtomicIO, DeferredIO
from nnzoo.spec import DataSpec

from tests.support.pickles import Evil

SPEC = DataSpec(input="real", shape=(4,), target="classes", target_size=2)
OURS = {"config": {}, "spec": SPEC.to_dict(), "stream": {"epoch": 0, "done": 0}}
CONTENT = {"state_dict": {"w": torch.arange(1000.0)}, "global_step": 0, "nnzoo": OURS}


def save(path: Path, **more: object) -> Path:
    AtomicIO().save_checkpoint({**CONTENT, **more}, path)
    return path


def test_round_trip_is_exact_and_leaves_no_drafts(tmp_path: Path) -> None:
    path = save(tmp_path / "checkpoints" / "last.ckpt")
    save(path, step=2)
    found = AtomicIO().load_checkpoint(path)
    assert found["step"] == 2
    assert torch.equal(found["state_dict"]["w"], torch.arange(1000.0))
    assert os.listdir(path.parent) == ["last.ckpt"]


@pytest.mark.parametrize("state", [{"n": np.float64(3)}, {"n": [deque([1])]}, {"n": lambda: 0}])
def test_contents_that_could_not_be_read_are_not_written(tmp_path: Path, state: dict[str, object]) -> None:
    path = save(tmp_path / "last.ckpt", step=1)
    with pytest.raises(
        UserError,
        match=r"^a checkpoint cannot hold callbacks.Mine.n, a (numpy.float64|\w+.deque|\w+.function): it holds",
    ):
        save(path, callbacks={"Mine": state})
    assert read(path)["step"] == 1
    save(path, callbacks={"Mine": {"n": [1, None], "pair": (True, {"a": 0.5})}})
    assert read(path)["callbacks"]["Mine"] == {"n": [1, None], "pair": (True, {"a": 0.5})}


def test_pickled_objects_are_refused_and_nothing_is_executed(tmp_path: Path) -> None:
    proof = tmp_path / "executed"
    torch.save({"nnzoo": {}, "state_dict": Evil(proof)}, tmp_path / "new.ckpt")
    torch.save({"nnzoo": Evil(proof)}, tmp_path / "old.ckpt", _use_new_zipfile_serialization=False)
    (tmp_path / "bare.ckpt").write_bytes(pickle.dumps(Evil(proof)))
    for name in ("new", "old", "bare"):
        with pytest.raises(UserError, match=rf"{name}\.ckpt .*more than tensors") as caught:
            read(tmp_path / f"{name}.ckpt")
        assert "\n" not in str(caught.value)
    assert not proof.exists()
    torch.load(tmp_path / "new.ckpt", weights_only=False)
    assert proof.exists()  # the code would have been executed


def test_files_of_other_programs(tmp_path: Path) -> None:
    torch.save({"w": torch.zeros(2)}, tmp_path / "other.pt")
    torch.save(torch.zeros(2), tmp_path / "tensor.pt")
    for name in ("other.pt", "tensor.pt"):
        with pytest.raises(UserError, match=r"is not a checkpoint of nnzoo"):
            read(tmp_path / name)
    with pytest.raises(UserError, match=r"there is no checkpoint .*none\.ckpt"):
        read(tmp_path / "none.ckpt")
    with pytest.raises(UserError, match="there is no checkpoint"):
        read(tmp_path)


def test_damaged_files_are_one_line_errors(tmp_path: Path) -> None:
    whole = save(tmp_path / "last.ckpt").read_bytes()
    damaged = tmp_path / "damaged.ckpt"
    for length in (0, 1, 3, 10, 100, len(whole) // 2, len(whole) - 1):
        damaged.write_bytes(whole[:length])
        with pytest.raises(UserError, match=r"damaged\.ckpt") as caught:
            read(damaged)
        assert "\n" not in str(caught.value)
    numbers = torch.Generator().manual_seed(0)
    for text in (b"hello\n" * 50, bytes(torch.randint(256, (500,), generator=numbers).tolist()), b"\x80\x02}."):
        damaged.write_bytes(text)
        with pytest.raises(UserError, match=r"damaged\.ckpt"):
            read(damaged)
    for _ in range(200):  # single bytes of the pickle
        place, value = (int(torch.randint(*bounds, (1,), generator=numbers)) for bounds in ((60, 400), (0, 256)))
        damaged.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
        with suppress(UserError):  # it may still be readable
            read(damaged)


def equal(one: Any, other: Any) -> bool:
    """Return whether two contents are equal to the bit."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and one.numpy().tobytes() == other.numpy().tobytes()
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def test_a_flipped_bit_is_found_or_has_no_effect(tmp_path: Path) -> None:
    values = torch.tensor([1.5, -2.5, 3.25])
    whole = save(tmp_path / "last.ckpt", state_dict={"w": values}, weight=0.1).read_bytes()
    before, path = read(tmp_path / "last.ckpt"), tmp_path / "flipped.ckpt"
    start = whole.index(values.numpy().tobytes())
    of_values = range(start, start + 12)
    messages: dict[int, str] = {}
    for place in {*of_values, *range(0, len(whole), 11)}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        try:
            content = read(path)
        except UserError as error:
            messages[place] = str(error)
        else:
            assert equal(before, content), place
    assert messages.keys() >= {*of_values}
    assert all("flipped.ckpt" in message and "\n" not in message for message in messages.values())


def test_damaged_files_name_the_other_checkpoint(tmp_path: Path) -> None:
    last, best = tmp_path / "last.ckpt", tmp_path / "best.ckpt"
    whole = save(last).read_bytes()
    start = whole.index(torch.arange(1000.0).numpy().tobytes())
    last.write_bytes(whole[: start + 9] + b"x" + whole[start + 10 :])
    with pytest.raises(UserError, match=r"last\.ckpt is damaged: Bad CRC-32 for file '.*/data/0'$"):
        read(last)
    best.write_bytes(whole)
    with pytest.raises(UserError, match=r"as last\.ckpt, a copy of it can be resumed"):
        read(last)
    best.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(
        UserError, match=r"best\.ckpt is damaged: File is not a zip file; use last\.ckpt with checkpoint=last"
    ):
        read(best)


def test_checksums_are_written_in_any_case(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        path = save(tmp_path / "last.ckpt", step=3)
    finally:
        torch.serialization.set_crc32_options(True)
    assert read(path)["step"] == 3


def test_interrupted_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "last.ckpt", step=1)
    before = path.read_bytes()

    def half(_: object, target: Path) -> None:
        Path(target).write_bytes(before[: len(before) // 2])
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(KeyboardInterrupt):
        save(path, step=2)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["last.ckpt"]


def test_full_disk(tmp_path: Path) -> None:
    path = save(tmp_path / "last.ckpt", step=1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"last\.ckpt could not be written"):
            save(path, step=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert read(path)["step"] == 1
    assert os.listdir(tmp_path) == ["last.ckpt"]


def test_checkpoints_kept_in_memory_are_written_as_others(tmp_path: Path) -> None:
    deferred, path = DeferredIO(), tmp_path / "checkpoints" / "last.ckpt"
    deferred.save_checkpoint(CONTENT, path)
    assert not path.exists()
    deferred.write()
    found, other = read(path), read(save(tmp_path / "last.ckpt"))
    assert found.keys() == other.keys()
    assert found["nnzoo"] == other["nnzoo"]
    assert torch.equal(found["state_dict"]["w"], other["state_dict"]["w"])
    assert os.listdir(path.parent) == ["last.ckpt"]
    deferred.save_checkpoint({**CONTENT, "step": 2}, path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            deferred.write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "step" not in read(path)
    assert os.listdir(path.parent) == ["last.ckpt"]


def with_value(key: str, value: object) -> dict[str, Any]:
    """Return the content with another value at a dotted key."""
    content = deepcopy(CONTENT)
    node: Any = content
    *parents, last = key.split(".")
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value
    return content


MALFORMED: dict[str, list[Any]] = {
    "state_dict": [None, [1], {1: torch.zeros(1)}, {"w": 1}],
    "global_step": [-1, "7", 1.5, True, None, 1 << 60],
    "epoch": [-1, "x"],
    "callbacks": [[], {"a": 1}, {1: {}}],
    "optimizer_states": [{}, [1], [{"state": {}}], [{"state": {"a": {}}, "param_groups": []}]],
    "lr_schedulers": [{}, [None]],
    "nnzoo.format": [-1, "1", None],
    "nnzoo.config": [None, [], {1: 2}, {"data": {"seed": torch.zeros(3)}}, {"model": [torch.float32]}],
    "nnzoo.spec": [None, {}, [1]],
    "nnzoo.data": [3, []],
    "nnzoo.data.preprocessing": ["x"],
    "nnzoo.data.transforms": [None, {"a": 1}, {"a": {"b": 1}}],
    "nnzoo.data.digest": [3],
    "nnzoo.data.contents": [3, {"rows": -1}, {"columns": [1]}, {"any_order": 3}],
    "nnzoo.stream": [None, {}],
    "nnzoo.stream.epoch": [-1, "x", 1e3, 1 << 60],
    "nnzoo.stream.done": [-5, None],
    "nnzoo.train": [[]],
    "nnzoo.train.loss": [None, "x", torch.zeros(1)],
    "nnzoo.train.weight": [-1.0],
    "nnzoo.train.notes": [{"a": "b"}],
    "nnzoo.random": [None],
    "nnzoo.stopped": [None, 1],
    "nnzoo.ranks": [3],
}


@pytest.mark.parametrize("key", MALFORMED)
def test_malformed_fields_are_one_line_errors(tmp_path: Path, key: str) -> None:
    for value in MALFORMED[key]:
        torch.save(with_value(key, value), tmp_path / "last.ckpt")
        with pytest.raises(UserError, match=rf"last\.ckpt is damaged: {re.escape(key)}") as caught:
            read(tmp_path / "last.ckpt")
        assert len(str(caught.value).removeprefix(str(tmp_path))) < 150


def test_fields_that_must_be_there(tmp_path: Path) -> None:
    for key in ("state_dict", "global_step", "nnzoo.config", "nnzoo.spec", "nnzoo.stream", "nnzoo.stream.done"):
        content = deepcopy(CONTENT)
        *parents, last = key.split(".")
        del (content[parents[0]] if len(parents) == 1 else content["nnzoo"]["stream"] if parents else content)[last]
        torch.save(content, tmp_path / "last.ckpt")
        with pytest.raises(UserError, match=f"{key} is missing"):
            read(tmp_path / "last.ckpt")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", "picture"),
        ("shape", [1 << 40]),
        ("shape", "4"),
        ("shape", [4.0]),
        ("target_size", "2"),
        ("target_size", 1 << 33),
        ("sequence", 1),
        ("labels", [1]),
        ("low", "x"),
        ("blocks", [1]),
        ("colour", 1),
    ],
)
def test_malformed_specs_are_one_line_errors(tmp_path: Path, field: str, value: object) -> None:
    torch.save(with_value(f"nnzoo.spec.{field}", value), tmp_path / "last.ckpt")
    with pytest.raises(UserError, match=rf"last\.ckpt is damaged: nnzoo\.spec.*{field}"):
        read(tmp_path / "last.ckpt")


def test_specs_that_contradict_themselves(tmp_path: Path) -> None:
    torch.save(with_value("nnzoo.spec.per_step", True), tmp_path / "last.ckpt")
    with pytest.raises(UserError, match=r"last\.ckpt is damaged: nnzoo\.spec: per_step is True; a target"):
        _ = Checkpoint.read(tmp_path / "last.ckpt").spec


def repeated(levels: int) -> list[Any]:
    value: list[Any] = [0]
    for _ in range(levels):
        value = [value] * 10
    return value


def itself() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (repeated(9), "values that repeat each other"),
        (itself(), "nested more than 64 times"),
        (deep(100), "nested more than 64 times"),
        (1 << 70, "integers of more than 64 bits"),
        (torch.zeros(1).expand(1 << 40), "tensors that are larger than the file"),
        (torch.zeros(3, device="meta"), "more than tensors"),
        (torch.sparse_coo_tensor([[0]], [1.0], (1 << 40,), check_invariants=True), "more than tensors"),
        (bytearray(10), "more than tensors"),
        ({1, 2}, "more than tensors"),
        (b"text", "more than tensors"),
        (torch.UntypedStorage(10), "more than tensors"),
        ({(1, 2): 3, torch.float32: 1}, "keys that are not plain"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_values_that_take_more_than_the_file(tmp_path: Path, value: object, message: str) -> None:
    torch.save(with_value("callbacks", {"a": {"b": value}}), tmp_path / "last.ckpt")
    with pytest.raises(UserError, match=rf"last\.ckpt .*{message}") as caught:
        read(tmp_path / "last.ckpt")
    assert "\n" not in str(caught.value)


def test_a_name_in_a_text_is_no_call(tmp_path: Path) -> None:
    torch.save(with_value("nnzoo.config", {"words": "cbuiltins\nbytearray\n"}), tmp_path / "last.ckpt")
    assert read(tmp_path / "last.ckpt")["nnzoo"]["config"]["words"].startswith("cbuiltins")


def rewritten(source: Path, target: Path, **changes: Any) -> Path:
    """Copy an archive with other attributes of its members."""
    with ZipFile(source) as old, ZipFile(target, "w") as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member), **changes)
    return target


def test_archives_that_pytorch_does_not_write(tmp_path: Path) -> None:
    whole = save(tmp_path / "last.ckpt", state_dict={"w": torch.zeros(1 << 20)})
    deflated = rewritten(whole, tmp_path / "deflated.ckpt", compress_type=ZIP_DEFLATED)
    assert deflated.stat().st_size < 1e5 < whole.stat().st_size
    with pytest.raises(UserError, match=r"deflated\.ckpt has compressed members"):
        read(deflated)
    stored = rewritten(whole, tmp_path / "stored.ckpt", compress_type=ZIP_STORED).read_bytes()
    place = stored.index(b"PK\x01\x02")
    (tmp_path / "encrypted.ckpt").write_bytes(stored[: place + 8] + b"\x01" + stored[place + 9 :])
    with pytest.raises(UserError, match=r"encrypted\.ckpt has encrypted members"):
        read(tmp_path / "encrypted.ckpt")
    entry, end = stored[place : stored.index(b"PK\x01\x02", place + 1)], stored.rindex(b"PK\x05\x06")
    ours = stored[:place] + stored[place:end] + entry * 100
    count = stored.count(b"PK\x01\x02") + 100
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(ours) - place, place, 0)
    (tmp_path / "overlapping.ckpt").write_bytes(ours + tail)
    with pytest.raises(UserError, match=r"overlapping\.ckpt "):
        read(tmp_path / "overlapping.ckpt")
