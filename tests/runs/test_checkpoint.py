import os
import pickle
import resource
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import read
from nnzoo.runs.checkpoint_io import AtomicIO

from tests.support.pickles import Evil


def save(path: Path, **more: object) -> Path:
    AtomicIO().save_checkpoint({"state_dict": {"w": torch.arange(1000.0)}, "nnzoo": {"config": {}}, **more}, path)
    return path


def test_round_trip_is_exact_and_leaves_no_drafts(tmp_path: Path) -> None:
    path = save(tmp_path / "checkpoints" / "last.ckpt")
    save(path, step=2)
    found = AtomicIO().load_checkpoint(path)
    assert found["step"] == 2
    assert torch.equal(found["state_dict"]["w"], torch.arange(1000.0))
    assert os.listdir(path.parent) == ["last.ckpt"]


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
