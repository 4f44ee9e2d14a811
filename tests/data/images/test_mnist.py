import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from nnzoo.data.images.mnist import MNIST, SHA256, SHAPES, read_idx
from nnzoo.data.images.pixels import to_unit_interval
from nnzoo.errors import UserError
from torchvision import datasets
from torchvision.transforms.functional import to_tensor


def idx(shape, values):
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(values)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, four small files in the place of MNIST's, and no network."""
    monkeypatch.delenv("NNZOO_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(MNIST, "training_size", 6)
    small = {
        "train-images-idx3-ubyte": (6, 28, 28),
        "train-labels-idx1-ubyte": (6,),
        "t10k-images-idx3-ubyte": (4, 28, 28),
        "t10k-labels-idx1-ubyte": (4,),
    }
    assert list(small) == list(SHAPES)
    assert list(small) == list(SHA256)
    monkeypatch.setattr("nnzoo.data.images.mnist.SHAPES", small)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents().items()}
    monkeypatch.setattr("nnzoo.data.images.mnist.SHA256", sums)

    def offline(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", offline)
    return tmp_path / "cache" / "nnzoo" / "MNIST" / "raw"


def contents():
    return {
        "train-images-idx3-ubyte": idx((6, 28, 28), np.repeat(np.arange(6, dtype=np.uint8), 784)),
        "train-labels-idx1-ubyte": idx((6,), range(6)),
        "t10k-images-idx3-ubyte": idx((4, 28, 28), np.repeat(np.arange(6, 10, dtype=np.uint8), 784)),
        "t10k-labels-idx1-ubyte": idx((4,), range(6, 10)),
    }


@pytest.fixture
def root(tmp_path, cache):
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in contents().items():
        (raw / name).write_bytes(content)
    return tmp_path / "root"


@pytest.fixture
def packed(tmp_path, cache, monkeypatch):
    raw = tmp_path / "packed" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    sums = []
    for name, content in contents().items():
        (raw / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
        sums.append((f"{name}.gz", hashlib.md5(gzip.compress(content, mtime=0)).hexdigest()))
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    return tmp_path / "packed"


def test_splits_and_bytes(root):
    data = MNIST(root=str(root), val=2)
    assert {name: len(part.x) for name, part in data.splits.items()} == {"train": 4, "val": 2, "test": 4}
    for part in data.splits.values():
        assert part.x.dtype == torch.uint8
        assert torch.equal(part.x[:, 0, 5, 5].long(), part.y)
    assert sorted([*data.splits["train"].y.tolist(), *data.splits["val"].y.tolist()]) == list(range(6))
    batch = next(iter(data.train_loader()))
    assert batch.x.dtype == torch.float32
    assert torch.allclose(batch.x[:, 0, 0, 0] * 255, batch.y.float())


def test_validation_set_is_chosen_by_seed(root):
    chosen = {tuple(MNIST(root=str(root), val=2, seed=seed).splits["val"].y.tolist()) for seed in range(5)}
    assert len(chosen) > 1


def test_validation_on_the_test_set(root):
    splits = MNIST(root=str(root), val=0, validate_on="test").splits
    assert len(splits["train"].x) == 6
    assert torch.equal(splits["val"].x, splits["test"].x)
    assert list(MNIST(root=str(root), val=0).splits) == ["train", "test"]


def test_root_from_environment(root, monkeypatch):
    monkeypatch.setenv("NNZOO_DATA", str(root))
    assert len(MNIST(val=0).splits["test"].x) == 4


def test_packed_files_are_unpacked_into_the_cache_alone(packed, cache):
    before = sorted(packed.rglob("*"))
    MNIST(root=str(packed), val=0).load()
    assert sorted(packed.rglob("*")) == before
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == contents()
    assert sorted(path.name for path in cache.parent.parent.iterdir()) == ["MNIST"]
    for path in before:
        if path.is_file():
            path.write_bytes(b"not looked at again")
    assert len(MNIST(root=str(packed), val=0).splits["train"].x) == 6


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content[:-20], "truncated or damaged"),
        (lambda content: content[:40] + b"####" + content[44:], "truncated or damaged"),
        (lambda content: gzip.compress(b"something else"), "wrong MD5 checksum"),
    ],
)
def test_damaged_packed_file(packed, cache, damage, reason):
    path = packed / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=f"{path} is .*{reason}") as caught:
        MNIST(root=str(packed), val=0).load()
    assert "\n" not in str(caught.value)
    assert not (cache / "t10k-labels-idx1-ubyte").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "train-images-idx3-ubyte",
            contents()["train-images-idx3-ubyte"][:-1],
            "has 4719 bytes instead of 4720",
        ),
        ("train-images-idx3-ubyte", b"", "wrong header"),
        ("train-images-idx3-ubyte", idx((5, 28, 28), bytes(5 * 784)), "not an IDX file of 6x28x28 bytes"),
        (
            "train-labels-idx1-ubyte",
            struct.pack(">HBBI", 0, 9, 1, 6) + bytes(6),
            "not an IDX file of 6 bytes",
        ),
        ("train-labels-idx1-ubyte", idx((6,), [0, 1, 2, 3, 4, 4]), "not MNIST's original file"),
        ("t10k-images-idx3-ubyte", idx((4, 28, 28), bytes(4 * 784)), "not MNIST's original file.* Fashion-MNIST"),
    ],
)
def test_damaged_file(root, name, content, reason):
    path = root / "MNIST" / "raw" / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path} .*{reason}"):
        MNIST(root=str(root), val=0).load()


def test_missing_and_offline(cache, tmp_path):
    with pytest.raises(UserError, match="cannot be downloaded") as caught:
        MNIST(root=str(tmp_path / "nowhere"), val=0).load()
    message = str(caught.value)
    assert "\n" not in message
    for part in (
        "train-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
        "nowhere/MNIST/raw",
        "NNZOO_DATA",
        "no network",
    ):
        assert part in message


def test_download_goes_to_the_cache(cache, tmp_path, monkeypatch):
    def download(url, download_root, filename, md5):
        name = filename.removesuffix(".gz")
        Path(download_root, name).write_bytes(contents()[name])

    monkeypatch.setattr("torchvision.datasets.mnist.download_and_extract_archive", download)
    assert len(MNIST(root=str(tmp_path / "nowhere"), val=0).splits["train"].x) == 6
    assert not (tmp_path / "nowhere").exists()
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == contents()


def test_cache_that_cannot_be_made(packed, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="XDG_CACHE_HOME"):
        MNIST(root=str(packed), val=0).load()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"val": 60000}, "val is 60000"),
        ({"val": -1}, "val is -1"),
        ({"validate_on": "tst"}, "did you mean 'test'"),
        ({"validate_on": "test"}, "needs val=0"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        MNIST(**wrong)


def test_unit_is_torchvisions():
    pixels = torch.arange(256, dtype=torch.uint8).view(16, 16)
    assert torch.equal(to_unit_interval(pixels), to_tensor(pixels.numpy())[0])


def test_real_mnist(real, tmp_path, monkeypatch):
    real("MNIST")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    data = MNIST()
    assert {name: len(part.x) for name, part in data.splits.items()} == {
        "train": 55000,
        "val": 5000,
        "test": 10000,
    }
    original = datasets.MNIST(tmp_path / "nnzoo", train=False)
    assert torch.equal(data.splits["test"].x[:, 0], original.data)
    assert torch.equal(data.splits["test"].y, original.targets)
    assert data.splits["test"].y.bincount().tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]
    every = torch.cat([data.splits["train"].y, data.splits["val"].y])
    assert every.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    path = tmp_path / "nnzoo" / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    assert read_idx(path, (60000,))[:5].tolist() == [5, 0, 4, 1, 9]


def test_fewer_images_and_some_classes(root):
    part = MNIST(root=str(root), val=1, train=3).splits
    assert {name: len(each.x) for name, each in part.items()} == {"train": 3, "val": 1, "test": 4}
    assert part["train"].x.dtype == torch.uint8
    data = MNIST(root=str(root), val=0, classes=[1, 4, 8])
    assert data.splits["train"].y.tolist() == [0, 1]
    assert data.splits["train"].x[:, 0, 0, 0].tolist() == [1, 4]
    assert data.splits["test"].y.tolist() == [2]
    with pytest.raises(UserError, match=r"val is 3; there are 3 training images of the classes \[1, 4, 5\]"):
        MNIST(root=str(root), val=3, classes=[1, 4, 5]).splits  # noqa: B018
