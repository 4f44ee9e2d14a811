"""Data sets of published files: small files of the same format in the place of the original ones, and no network."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from nnzoo.data.images import emnist, packed_mnist
from nnzoo.data.images.array_pickle import read_array_pickle
from nnzoo.data.images.cifar import CIFAR10, CIFAR100, COARSE, FINE
from nnzoo.data.images.emnist import EMNIST
from nnzoo.data.images.idx import parse_idx
from nnzoo.data.images.packed_mnist import KMNIST, FashionMNIST
from nnzoo.errors import UserError
from torchvision import datasets

random = np.random.default_rng(0)
PIXELS = random.integers(0, 256, (10, 28, 28), np.uint8)
COLORS = random.integers(0, 256, (10, 3, 32, 32), np.uint8)


def idx(values):
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return gzip.compress(header + values.astype(np.uint8).tobytes(), mtime=0)


def md5(content):
    return hashlib.md5(content).hexdigest()


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """An empty cache and no network. Returns a function that lets torchvision download contents by name."""
    monkeypatch.delenv("NNZOO_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    contents = {}

    def download(url, folder, filename, checksum):
        if filename not in contents:
            raise OSError("no network")
        (folder / filename).write_bytes(contents[filename])

    monkeypatch.setattr("torchvision.datasets.utils.download_url", download)
    return contents.update


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# Fashion-MNIST and KMNIST


@pytest.fixture(params=[FashionMNIST, KMNIST])
def kind(request, monkeypatch):
    monkeypatch.setattr(request.param, "training_size", 6)
    monkeypatch.setattr(
        packed_mnist,
        "SHAPES",
        {
            "train-images-idx3-ubyte": (6, 28, 28),
            "train-labels-idx1-ubyte": (6,),
            "t10k-images-idx3-ubyte": (4, 28, 28),
            "t10k-labels-idx1-ubyte": (4,),
        },
    )
    known = getattr(datasets, request.param.torchvision_class)
    monkeypatch.setattr(known, "resources", [(name, md5(content)) for name, content in PACKED.items()])
    return request.param


PACKED = {
    "train-images-idx3-ubyte.gz": idx(PIXELS[:6]),
    "train-labels-idx1-ubyte.gz": idx(np.arange(6)),
    "t10k-images-idx3-ubyte.gz": idx(PIXELS[6:]),
    "t10k-labels-idx1-ubyte.gz": idx(np.arange(6, 10)),
}


def test_packed_files_are_read(kind, tmp_path):
    for name, content in PACKED.items():
        write(tmp_path / kind.torchvision_class / "raw" / name, content)
    data = kind(root=str(tmp_path), val=2)
    assert {name: len(part) for name, part in data.splits.items()} == {"train": 4, "val": 2, "test": 4}
    assert torch.equal(data.splits["test"].x[:, 0], torch.from_numpy(PIXELS[6:]))
    for part in data.splits.values():
        assert torch.equal(part.x[:, 0], torch.from_numpy(PIXELS)[part.y])
    assert data.spec.labels == tuple(kind.class_names)
    assert not (tmp_path / "cache").exists()
    chosen = kind(root=str(tmp_path), val=0, classes=[1, 8, 3])
    assert chosen.spec.labels == tuple(kind.class_names[each] for each in (1, 3, 8))
    assert chosen.splits["train"].y.tolist() == [0, 1]


def test_some_of_the_training_images_by_seed(kind, tmp_path):
    for name, content in PACKED.items():
        write(tmp_path / kind.torchvision_class / "raw" / name, content)
    chosen = [kind(root=str(tmp_path), val=1, train=3, seed=seed).splits for seed in range(5)]
    assert {len(splits["train"]) for splits in chosen} == {3}
    few = [kind(root=str(tmp_path), val=0, train=3, seed=seed).splits["train"].y.tolist() for seed in range(5)]
    assert len({*map(tuple, few)}) > 1


@pytest.mark.parametrize("extra", [b"", b"x", b"xy"])
def test_the_size_of_idx_files(extra):
    content = np.frombuffer(bytearray(gzip.decompress(idx(np.arange(6).reshape(2, 3))) + extra), np.uint8)
    if not extra:
        assert parse_idx(content, (2, 3), "a").tolist() == [[0, 1, 2], [3, 4, 5]]
        return
    with pytest.raises(UserError, match=f"^a has {18 + len(extra)} bytes instead of 18$"):
        parse_idx(content, (2, 3), "a")
    with pytest.raises(UserError, match=r"^a is not an IDX file of 3x2 bytes \(wrong header\)$"):
        parse_idx(content, (3, 2), "a")
    with pytest.raises(UserError, match=r"^a has 17 bytes instead of 18$"):
        parse_idx(content[:17], (2, 3), "a")


def test_names_of_the_classes():
    assert [name.lower() for name in FashionMNIST.class_names] == [
        name.lower() for name in datasets.FashionMNIST.classes
    ]
    assert list(KMNIST.class_names) == datasets.KMNIST.classes
    for split, names in datasets.EMNIST.classes_split_dict.items():
        wanted = [name.upper() for name in names[1:]] if split == "letters" else names
        assert list(EMNIST(split=split).class_names) == wanted
    assert (len(FINE), len(set(FINE)), sorted(FINE)) == (100, 100, list(FINE))
    assert (len(COARSE), sorted(COARSE)) == (20, list(COARSE))


def test_missing_files_are_downloaded_to_the_cache(kind, tmp_path, offline):
    with pytest.raises(UserError, match=r"train-images-idx3-ubyte.gz is not in .*/raw and cannot .* \(no network\)"):
        _ = kind(root=str(tmp_path), val=0).splits
    offline(PACKED)
    for _ in range(2):
        assert len(kind(root=str(tmp_path / "none"), val=0).splits["train"]) == 6
        offline(dict.fromkeys(PACKED, b"not read again"))
    assert not (tmp_path / "none").exists()


def test_damaged_packed_file(kind, tmp_path):
    for name, content in PACKED.items():
        write(tmp_path / kind.torchvision_class / "raw" / name, content[:-1])
    with pytest.raises(UserError, match=r"is not the original file .wrong MD5 checksum.; remove it") as caught:
        _ = kind(root=str(tmp_path), val=0).splits
    assert "\n" not in str(caught.value)


# EMNIST


@pytest.mark.parametrize("split", ["letters", "digits"])
def test_emnist_is_upright(split, tmp_path, monkeypatch):
    labels = np.arange(10) % 9 + (split == "letters")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for part, rows in (("train", slice(7)), ("test", slice(7, 10))):
            images = PIXELS[rows].transpose(0, 2, 1)
            file.writestr(f"gzip/emnist-{split}-{part}-images-idx3-ubyte.gz", idx(images))
            file.writestr(f"gzip/emnist-{split}-{part}-labels-idx1-ubyte.gz", idx(labels[rows]))
    write(tmp_path / "EMNIST" / "raw" / "gzip.zip", archive.getvalue())
    monkeypatch.setattr(datasets.EMNIST, "md5", md5(archive.getvalue()))
    monkeypatch.setitem(emnist.SIZES, split, {"train": 7, "test": 3})
    data = EMNIST(split=split, root=str(tmp_path), val=0)
    assert torch.equal(data.splits["train"].x[:, 0], torch.from_numpy(PIXELS[:7]))
    assert torch.equal(data.splits["test"].x[:, 0], torch.from_numpy(PIXELS[7:]))
    assert data.splits["train"].y.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert data.spec.target_size == {"letters": 26, "digits": 10}[split]


def test_emnist_has_six_splits():
    with pytest.raises(UserError, match="unknown split 'leters'; did you mean 'letters'"):
        EMNIST(split="leters")
    assert {split: EMNIST(split=split).spec.target_size for split in emnist.SPLITS} == {
        "byclass": 62,
        "bymerge": 47,
        "balanced": 47,
        "letters": 26,
        "digits": 10,
        "mnist": 10,
    }


# CIFAR


def python_2(values, *, is_fortran=False, **labels):
    """Return the pickle that NumPy of Python 2 writes of {"data": values, "labels": [...]}."""
    rows, columns = values.shape
    content = values.tobytes("F" if is_fortran else "C")
    return b"".join(
        [
            b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01",
            struct.pack("<cHcHc", b"M", rows, b"M", columns, b"\x86"),
            b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
            b"\x88" if is_fortran else b"\x89",
            struct.pack("<ci", b"T", len(content)) + content + b"tb",
            *(
                b"U" + bytes([len(k)]) + k.encode() + b"](K" + b"K".join(bytes([n]) for n in v) + b"e"
                for k, v in labels.items()
            ),
            b"u.",
        ]
    )


def cifar_file(rows, **labels):
    return python_2(COLORS[rows].reshape(-1, 3072), **labels)


TEN = {
    "data_batch_1": cifar_file(slice(4), labels=[0, 1, 2, 3]),
    "data_batch_2": cifar_file(slice(4, 7), labels=[4, 5, 6]),
    "test_batch": cifar_file(slice(7, 10), labels=[7, 8, 9]),
}
HUNDRED = {
    "train": cifar_file(slice(7), fine_labels=[0, 10, 20, 30, 40, 50, 60], coarse_labels=[0, 1, 2, 3, 4, 5, 6]),
    "test": cifar_file(slice(7, 10), fine_labels=[70, 80, 99], coarse_labels=[7, 8, 19]),
}


@pytest.fixture
def cifar(monkeypatch):
    monkeypatch.setattr("nnzoo.data.images.cifar.CIFAR.training_size", 7)
    for known, files in ((datasets.CIFAR10, TEN), (datasets.CIFAR100, HUNDRED)):
        listed = [[name, md5(content)] for name, content in files.items()]
        monkeypatch.setattr(known, "train_list", listed[:-1])
        monkeypatch.setattr(known, "test_list", listed[-1:])
        monkeypatch.setattr(known, "tgz_md5", md5(packed(known, files)))


def packed(known, files):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        for name, content in {**files, "../outside": b"not unpacked"}.items():
            member = tarfile.TarInfo(f"{known.base_folder}/{name}")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    content = archive.getvalue()
    return content[:4] + bytes(4) + content[8:]  # without the time


def test_cifar_10_as_torchvision(cifar, tmp_path):
    for name, content in TEN.items():
        write(tmp_path / "cifar-10-batches-py" / name, content)
    splits = CIFAR10(root=str(tmp_path), val=2).splits
    assert {name: len(part) for name, part in splits.items()} == {"train": 5, "val": 2, "test": 3}
    for part in splits.values():
        assert part.x.dtype == torch.uint8
        assert torch.equal(part.x, torch.from_numpy(COLORS)[part.y])


def test_cifar_100(cifar, tmp_path):
    for name, content in HUNDRED.items():
        write(tmp_path / "cifar-100-python" / name, content)
    fine, coarse = (CIFAR100(root=str(tmp_path), val=0, labels=labels) for labels in ("fine", "coarse"))
    assert (fine.spec.target_size, coarse.spec.target_size) == (100, 20)
    assert fine.splits["test"].y.tolist() == [70, 80, 99]
    assert coarse.splits["test"].y.tolist() == [7, 8, 19]
    assert torch.equal(fine.splits["train"].x, torch.from_numpy(COLORS[:7]))
    with pytest.raises(UserError, match="unknown labels 'course'; did you mean 'coarse'"):
        CIFAR100(labels="course")


@pytest.mark.parametrize("where", ["root", "download"])
def test_packed_cifar_is_unpacked_into_the_cache_alone(cifar, tmp_path, offline, where):
    archive = packed(datasets.CIFAR10, TEN)
    root = tmp_path / "root"
    if where == "root":
        write(root / "cifar-10-python.tar.gz", archive)
    else:
        offline({"cifar-10-python.tar.gz": archive})
    assert len(CIFAR10(root=str(root), val=0).splits["train"]) == 7
    folder = tmp_path / "cache" / "nnzoo" / "cifar-10-batches-py"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == TEN
    assert not list(tmp_path.rglob("outside"))


def test_missing_and_damaged_cifar(cifar, tmp_path):
    with pytest.raises(UserError, match=r"cifar-10-python.tar.gz is not in .* and cannot be downloaded") as caught:
        _ = CIFAR10(root=str(tmp_path), val=0).splits
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("NNZOO_DATA to a folder with cifar-10-python.tar.gz")
    write(tmp_path / "cifar-10-batches-py" / "data_batch_1", TEN["data_batch_1"] + b"more")
    with pytest.raises(UserError, match="data_batch_1 is not the original file"):
        _ = CIFAR10(root=str(tmp_path), val=0).splits


class Harmful:
    def __reduce__(self):
        return print, ("executed",)


def test_pickles_are_read_without_executing_anything(tmp_path, capsys):
    path = tmp_path / "file"
    path.write_bytes(pickle.dumps({"data": Harmful()}, protocol=2))
    with pytest.raises(UserError, match=r"no pickle of a mapping with arrays of bytes: it calls __builtin__\.print"):
        read_array_pickle(path)
    assert "executed" not in capsys.readouterr().out
    path.write_bytes(pickle.dumps({"data": np.arange(3)}, protocol=2))
    with pytest.raises(UserError, match="its numbers are not bytes"):
        read_array_pickle(path)
    path.write_bytes(b"text")
    with pytest.raises(UserError, match="no pickle of a mapping"):
        read_array_pickle(path)


@pytest.mark.parametrize("is_fortran", [False, True])
def test_pickled_arrays(tmp_path, is_fortran):
    (tmp_path / "file").write_bytes(python_2(PIXELS[0, :3], is_fortran=is_fortran, labels=[1, 2]))
    found = read_array_pickle(tmp_path / "file")
    np.testing.assert_array_equal(found["data"], PIXELS[0, :3])
    assert found["labels"] == [1, 2]
    theirs = pickle.loads((tmp_path / "file").read_bytes(), encoding="latin1")
    np.testing.assert_array_equal(theirs["data"], PIXELS[0, :3])
