"""Folders of class folders, made up: what is read, how it is split, and what is said of folders that cannot be used."""

import shutil

import numpy as np
import pytest
import torch
from nnzoo.data.images.image_folder import ImageFolder
from nnzoo.data.images.pixels import to_unit_interval
from nnzoo.errors import DataWarning, UserError
from nnzoo.spec import DataSpec
from PIL import Image
from torchvision.datasets import ImageFolder as Torchvisions
from torchvision.transforms.functional import pil_to_tensor

COUNTS = {"daisy": 8, "rose": 12, "tulip": 20}


def fill(folder, counts, size=(5, 6), first=0):
    """Put colored pictures of noise into class folders; all are different."""
    rng = np.random.default_rng(first)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def flowers(tmp_path):
    return fill(tmp_path / "flowers", COUNTS)


def rows(batch):
    return {(x.numpy().tobytes(), int(y)) for x, y in zip(batch.x, batch.y, strict=True)}


def made(folder, **settings):
    return ImageFolder(path=str(folder), **settings)


def test_what_is_read(flowers):
    data = made(flowers)
    labels = ("daisy", "rose", "tulip")
    assert data.spec == DataSpec("real", (3, 5, 6), "classes", 3, low=0.0, high=1.0, labels=labels)
    assert {name: len(part.y) for name, part in data.splits.items()} == {"test": 8, "train": 29, "val": 3}
    assert data.splits["test"].y.bincount().tolist() == [2, 2, 4]
    assert all(part.x.dtype == torch.uint8 for part in data.splits.values())
    assert data.summary == "flowers: 40 pictures, 3 classes (daisy 8, rose 12, tulip 20), 5x6 rgb"
    theirs = {(pil_to_tensor(image).numpy().tobytes(), y) for image, y in Torchvisions(flowers)}
    assert len(theirs) == 40
    assert set.union(*map(rows, data.splits.values())) == theirs
    batch = next(iter(data.train_loader()))
    assert batch.x.dtype == torch.float32
    assert 0 <= batch.x.min() <= batch.x.max() <= 1


def test_pictures_as_their_own_target(flowers):
    data = made(flowers)
    data.use_input_as_target()
    assert (data.spec.target, data.original_spec.target, data.unsupervised) == ("input", "classes", True)
    batch = next(iter(data.eval_loader("test")))
    assert torch.equal(batch.y, batch.x.flatten(1))


def test_pictures_with_their_classes(flowers):
    data, plain = made(flowers, size=4), made(flowers, size=4)
    data.add_class_to_input(context=True)
    for split in ("train", "val", "test"):
        x, y = data.splits[split].x, plain.splits[split].y
        torch.testing.assert_close(x[:, :48].view(-1, 3, 4, 4), to_unit_interval(plain.splits[split].x))
        assert torch.equal(x[:, 48:], torch.nn.functional.one_hot(y, 3).to(x))
    assert data.summary == "flowers: 40 pictures, resized (crop) to 4x4 rgb; target: the input"


def test_the_files_of_training_give_the_examples_of_training(flowers):
    data = made(flowers, size=4)
    examples = {row for part in data.splits.values() for row in rows(part)}
    inputs = data.preprocessing.encode(sorted(flowers.rglob("*.png"))).x
    (piece,) = data.preprocessing.read(flowers)
    assert torch.equal(piece.x, inputs)
    assert {x.numpy().tobytes() for x in inputs} == {
        to_unit_interval(torch.frombuffer(bytearray(x), dtype=torch.uint8)).numpy().tobytes() for x, _ in examples
    }


def test_the_test_set_does_not_depend_on_the_seed(flowers):
    one, other = made(flowers, seed=1).splits, made(flowers, seed=2).splits
    assert torch.equal(one["test"].x, other["test"].x)
    assert not torch.equal(one["val"].x, other["val"].x)
    assert "val" not in made(flowers, val=0).splits


def test_the_digest_is_of_names_and_contents(flowers):
    def digest(**settings):
        data = made(flowers, **settings)
        assert data.splits
        return data.digest

    before = digest()
    assert digest(size=3, seed=3) == before
    (flowers / "rose" / "0.png").rename(flowers / "rose" / "00.png")
    renamed = digest()
    shutil.copy(flowers / "daisy" / "0.png", flowers / "rose" / "00.png")
    assert len({before, renamed, digest()}) == 3


# Splits that the folder has


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "validation", "Testing")])
def test_splits_of_the_folder(tmp_path, names):
    for first, (name, count) in enumerate(zip(names, (9, 4, 5), strict=True)):
        fill(tmp_path / "data" / name, {"a": count, "b": count}, first=first)
    data = made(tmp_path / "data")
    assert {name: part.y.bincount().tolist() for name, part in data.splits.items()} == {
        "train": [9, 9],
        "val": [4, 4],
        "test": [5, 5],
    }
    assert data.summary == "data: 36 pictures (train 18, val 8, test 10), 2 classes (a 18, b 18), 5x6 rgb"
    theirs = {(pil_to_tensor(image).numpy().tobytes(), y) for image, y in Torchvisions(tmp_path / "data" / names[2])}
    assert rows(data.splits["test"]) == theirs


def test_missing_splits_are_held_out(tmp_path):
    fill(tmp_path / "train", {"a": 10, "b": 10})
    fill(tmp_path / "test", {"a": 3}, first=1)
    with pytest.warns(DataWarning, match="test: no pictures of 1 of 2 classes of the training set: b$"):
        data = made(tmp_path)
    assert {name: len(part.y) for name, part in data.splits.items()} == {"train": 18, "val": 2, "test": 3}
    (tmp_path / "test").rename(tmp_path / "valid")
    with pytest.warns(DataWarning, match="valid: no pictures of 1 of 2 classes of the training set: b$"):
        data = made(tmp_path)
    assert {name: len(part.y) for name, part in data.splits.items()} == {"train": 16, "val": 3, "test": 4}


def test_a_class_called_train(tmp_path):
    assert made(fill(tmp_path, {"bus": 5, "test": 5, "train": 5})).spec.labels == ("bus", "test", "train")


# Networks that need no target


@pytest.mark.parametrize(
    ("target", "words"), [("use_input_as_target", "target: the input"), ("remove_target", "no target")]
)
def test_pictures_without_the_target(flowers, target, words):
    data = made(flowers)
    getattr(data, target)()
    assert sum(len(part.y) for part in data.splits.values()) == 40
    assert data.summary == f"flowers: 40 pictures, 5x6 rgb; {words}"


def flat(folder, count=10, first=0):
    """Put pictures into the folder itself."""
    fill(folder, {"inner": count}, first=first)
    for path in (folder / "inner").iterdir():
        path.rename(folder / path.name)
    (folder / "inner").rmdir()
    return folder


def test_pictures_without_class_folders(tmp_path, monkeypatch):
    folder = flat(tmp_path / "photos")
    monkeypatch.chdir(folder)
    for path in (folder, "."):
        data = made(path)
        assert data.spec == DataSpec("real", (3, 5, 6), "none", 0, low=0.0, high=1.0)
        assert {name: len(part.y) for name, part in data.splits.items()} == {"test": 2, "train": 7, "val": 1}
        assert data.summary == "photos: 10 pictures, 5x6 rgb; no target"
    theirs = {pil_to_tensor(Image.open(path)).numpy().tobytes() for path in folder.glob("*.png")}
    assert {x for part in data.splits.values() for x, _ in rows(part)} == theirs
    for path in folder.glob("*.png"):
        path.write_bytes(b"no picture")
    with pytest.raises(UserError, match=r": no picture can be read; .*/0\.png cannot be read"):
        _ = made(folder, size=4, channels="rgb", unreadable="skip").splits


def test_single_class_folder_is_allowed_without_a_target(tmp_path):
    data = made(fill(tmp_path, {"all": 10}))
    data.use_input_as_target()
    assert sum(len(part.y) for part in data.splits.values()) == 10


def test_splits_without_class_folders(tmp_path):
    flat(tmp_path / "train")
    flat(tmp_path / "test", 4, first=1)
    data = made(tmp_path)
    data.remove_target()
    assert {name: len(part.y) for name, part in data.splits.items()} == {"train": 9, "val": 1, "test": 4}
    with pytest.raises(UserError, match="train contains pictures but no folders"):
        data.require_target()
    for path in (tmp_path / "test").iterdir():
        path.unlink()
    with pytest.raises(UserError, match="test contains no pictures; remove the folder"):
        made(tmp_path)


# Sizes and channels


def test_sizes(flowers):
    Image.new("RGB", (60, 20)).save(flowers / "rose" / "wide.png")
    Image.new("RGB", (3, 2)).save(flowers / "tulip" / "tiny.png")
    wanted = r"3 sizes, from 2x3 \(tiny\.png\) to 20x60 \(wide\.png\); data\.size=64"
    with pytest.raises(UserError, match=wanted):
        made(flowers)
    data = made(flowers, size=[7, 9], fit="pad")
    assert data.spec.shape == (3, 7, 9)
    assert data.splits["train"].x.shape[1:] == (3, 7, 9)
    assert data.summary.endswith("resized (pad) to 7x9 rgb")
    assert made(flowers, size=8).spec.shape == (3, 8, 8)


def test_turned_photographs_have_another_size(flowers):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 5)).save(flowers / "rose" / "turned.jpg", exif=exif)
    with pytest.raises(UserError, match=r"from 5x6 .* to 6x5 \(turned\.jpg\)"):
        made(flowers)


def test_channels(tmp_path):
    folder = fill(tmp_path / "a", {"a": 5, "b": 5})
    for path in folder.rglob("*.png"):
        Image.open(path).convert("L").save(path)
    data = made(folder)
    assert data.spec.shape == (1, 5, 6)
    assert data.splits["train"].x.shape[1:] == (1, 5, 6)
    assert data.summary.endswith("5x6 grey")
    assert made(folder, channels="rgb").spec.shape == (3, 5, 6)
    Image.new("RGB", (6, 5)).save(folder / "b" / "color.png")
    with pytest.warns(DataWarning, match=r"10 of 11 pictures are grey, .* read as RGB .* the first: a/0\.png"):
        assert made(folder).spec.shape == (3, 5, 6)
    assert made(folder, channels="rgb").spec.shape == (3, 5, 6)
    assert made(folder, channels="grey").splits["train"].x.shape[1:] == (1, 5, 6)


def test_animations_are_counted(flowers):
    frames = [Image.new("RGB", (6, 5), color) for color in ("red", "blue")]
    for name in ("daisy/a.gif", "rose/b.webp", "tulip/c.tiff"):
        frames[0].save(flowers / name, save_all=True, append_images=frames[1:])
    data = made(flowers)
    with pytest.warns(DataWarning, match=r"first frame or page of 3 of 43 pictures is read; the first: daisy/a\.gif"):
        _ = data.splits


# Files that cannot be read


@pytest.mark.parametrize("size", [None, 4])
def test_unreadable_files(flowers, size):
    (flowers / "rose" / "3.png").write_bytes((flowers / "rose" / "3.png").read_bytes()[:100])
    with pytest.raises(UserError, match=r"rose/3\.png cannot be read as a picture.*; data\.unreadable=skip"):
        _ = made(flowers, size=size).splits
    (flowers / "daisy" / "5.png").write_bytes(b"")
    with pytest.raises(
        UserError, match=r"daisy/5\.png cannot be read as a picture: it is empty; data\.unreadable=skip"
    ):
        _ = made(flowers, size=size).splits
    data = made(flowers, size=size, unreadable="skip")
    with pytest.warns(DataWarning, match=r"flowers: 2 of 40 pictures cannot be read .*daisy/5\.png"):
        total = sum(len(part.y) for part in data.splits.values())
    assert total == 38
    assert "38 pictures, 3 classes (daisy 7, rose 11, tulip 20)" in data.summary
    assert data.summary.endswith("; 2 unreadable files left out")
    known = Torchvisions(flowers, is_valid_file=lambda name: not name.endswith(("rose/3.png", "daisy/5.png")))
    if size is None:
        theirs = {(pil_to_tensor(image).numpy().tobytes(), y) for image, y in known}
        assert set.union(*map(rows, data.splits.values())) == theirs


def test_a_class_without_a_readable_file(flowers):
    for path in (flowers / "rose").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"no picture of the class rose can be read; .*rose/0\.png cannot be read"):
        _ = made(flowers, size=4, unreadable="skip").splits
    for path in flowers.rglob("*.png"):
        path.write_bytes(b"no picture")
    with pytest.raises(UserError, match="none of the 40 pictures can be read"):
        made(flowers, unreadable="skip")


def test_hidden_files_are_ignored_and_other_files_are_reported(flowers):
    for name in (".DS_Store", "rose/Thumbs.db", "rose/._0.png", ".ipynb_checkpoints/0.png", "__MACOSX/rose/0.png"):
        (flowers / name).parent.mkdir(parents=True, exist_ok=True)
        (flowers / name).write_bytes(b"clutter")
    assert made(flowers).spec.target_size == 3
    (flowers / "rose" / "1.heic").write_bytes(b"photograph")
    with pytest.warns(DataWarning, match=r"left out 1 of 41 files, .* the first: rose/1\.heic"):
        made(flowers)


def test_pictures_beside_the_folders_are_counted(flowers):
    fill(flowers, {"loose": 2})
    for path in (flowers / "loose").iterdir():
        path.rename(flowers / path.name)
    (flowers / "loose").rmdir()
    with pytest.warns(DataWarning, match=r"left out 2 pictures beside the folders, such as 0\.png"):
        made(flowers)


# Folders that cannot be used


def pictures_without_folders(folder):
    for name in "abc":
        Image.new("L", (2, 2)).save(folder / f"{name}.png")


def one_class(folder):
    fill(folder, {"all": 3})


def one_folder_too_far_out(folder):
    fill(folder / "flowers", COUNTS)


def empty_class(folder):
    fill(folder, {"a": 3, "b": 0, "c": 3})


def class_of_other_files(folder):
    fill(folder, {"a": 3, "b": 0})
    (folder / "b" / "1.heic").write_bytes(b"photograph")


def strange_class_in_the_test_set(folder):
    fill(folder / "train", {"a": 3, "b": 3})
    fill(folder / "test", {"a": 3, "c": 3})


def no_classes_in_the_test_set(folder):
    fill(folder / "train", {"a": 3, "b": 3})
    (folder / "test").mkdir()
    pictures_without_folders(folder / "test")


def more_than_splits(folder):
    fill(folder / "train", {"a": 3, "b": 3})
    fill(folder / "test", {"a": 3, "b": 3})
    fill(folder, {"more": 1})


def too_few(folder):
    fill(folder, {"a": 1, "b": 1})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "contains no folders of pictures; the pictures of each class must be in a folder"),
        (pictures_without_folders, "contains pictures but no folders; the pictures of each class"),
        (one_class, "has only one class folder, all; there must be at least two classes$"),
        (one_folder_too_far_out, r"one class folder, flowers; .*; data\.path=.*/flowers has 3$"),
        (empty_class, r"/b contains no pictures; pictures end in \.bmp, \.gif"),
        (class_of_other_files, r"/b contains no pictures, but files that end in \.heic; pictures end in"),
        (strange_class_in_the_test_set, "test has the class folder c, which the training set does not have"),
        (no_classes_in_the_test_set, "test contains no pictures in class folders"),
        (more_than_splits, "contains the splits train, test and also more; move"),
        (too_few, r"2 pictures are too few for val=0\.1 and test=0\.2"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path, make, message):
    make(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        made(tmp_path).require_target()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, r"size is 0; it must be one number of pixels, or \[height,width\]"),
        ({"size": [4]}, r"size is \[4\]"),
        ({"size": [4, 0]}, r"size is \[4, 0\]"),
        ({"size": [4, 4, 3]}, r"size is \[4, 4, 3\]"),
        ({"channels": "gray"}, "unknown channels 'gray'; did you mean 'grey'"),
        ({"fit": "crops"}, "did you mean 'crop'"),
        ({"unreadable": "no"}, "unknown unreadable 'no'; one of: refuse, skip"),
        ({"val": 1}, "val is 1"),
        ({"test": -0.1}, "test is -0.1"),
        ({"train": 1}, "train is 1; it must be at least 2 examples"),
        ({"test": 0}, "has no separate test set; test must be above 0"),
    ],
)
def test_settings_that_do_not_fit(flowers, settings, message):
    with pytest.raises(UserError, match=message):
        made(flowers, **settings)


def test_folder_of_the_environment(flowers, monkeypatch):
    monkeypatch.setenv("NNZOO_DATA", str(flowers.parent))
    here = flowers.parent / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert made("flowers").root == flowers
    with pytest.raises(
        UserError, match=r"^no folder flower in the current folder or \$NNZOO_DATA; did you mean 'flowers'"
    ):
        made("flower")
    fill(here / "flowers", {"lily": 3, "oak": 3})
    assert made("flowers").labels == ("lily", "oak")


def test_fewer_training_pictures(flowers):
    few, every = made(flowers, train=10), made(flowers)
    assert few.splits["train"].y.bincount().tolist() == [2, 3, 5]  # of 5, 9 and 15
    assert rows(few.splits["train"]) < rows(every.splits["train"])
    assert few.summary.endswith("; 10 pictures to train on")
    assert "to train on" not in every.summary
    assert all(rows(few.splits[name]) == rows(every.splits[name]) for name in ("val", "test"))
    assert rows(made(flowers, train=10, seed=1).splits["train"]) != rows(few.splits["train"])
    with pytest.raises(UserError, match=r"train is 40; there are 29 training examples with val=0\.1"):
        _ = made(flowers, train=40).splits


def test_paths_that_do_not_fit(flowers):
    with pytest.raises(UserError, match=r"no folder .*flower; did you mean 'flowers'"):
        made(str(flowers)[:-1])
    with pytest.raises(UserError, match="is a file, not a folder"):
        made(flowers / "rose" / "0.png")


# Real photographs


def test_real_photographs(real):
    folder = real("images/cifar10_jpeg")
    data = made(folder)
    assert data.spec.shape == (3, 32, 32)
    assert data.splits["test"].y.bincount().tolist() == [200] * 10
    first, label = Torchvisions(folder / "test")[777]
    assert torch.equal(data.splits["test"].x[777], pil_to_tensor(first))
    assert int(data.splits["test"].y[777]) == label
    assert data.spec.labels[label] == Torchvisions(folder / "test").classes[label]
