"""Generated picture files of all formats: their pixels, and the errors for unreadable files."""

import io
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.files.pictures import (
    area_seen,
    existing_folder,
    find_pictures,
    read_header,
    read_headers,
    read_pictures,
    resize_to_fit,
    to_pixels,
    usable_cores,
    visible_folders,
)
from PIL import Image

GRADIENT = (np.arange(16 * 24, dtype=np.uint8) % 251).reshape(16, 24)
RAMP = np.add.outer(np.arange(16) * 6, np.arange(24) * 6).astype(np.uint8)  # smooth: JPEG keeps it within a few steps


def read(path, shape=None, fit=None):
    """Return the pixels of a file, in its own shape unless `shape` is given."""
    header = read_header(path)
    shape = shape or (1 if header.grey else 3, header.height, header.width)
    return read_pictures([path], shape, fit, skip=False).x[0]


def save(path, image, **options):
    image.save(path, **options)
    return path


# Orientation


@pytest.mark.parametrize("suffix", ["jpg", "png", "tiff", "webp"])
@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, RAMP),
        (2, np.fliplr(RAMP)),
        (3, np.rot90(RAMP, 2)),
        (4, np.flipud(RAMP)),
        (5, RAMP.T),
        (6, np.rot90(RAMP, -1)),  # a photograph in portrait format
        (7, np.rot90(RAMP, 2).T),
        (8, np.rot90(RAMP, 1)),
    ],
)
def test_exif_orientation_is_applied(tmp_path, suffix, orientation, upright):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if suffix == "jpg" else {"lossless": True} if suffix == "webp" else {}
    image = Image.fromarray(np.stack([RAMP] * 3, -1))
    path = save(tmp_path / f"a.{suffix}", image, exif=exif, **options)
    assert read_header(path)[:2] == upright.shape
    found = read(path)
    assert found.shape == (3, *upright.shape)
    assert np.abs(found.astype(int) - upright).max() <= (6 if suffix == "jpg" else 0)


def test_damaged_exif_data_is_ignored(tmp_path):
    path = save(tmp_path / "a.png", Image.fromarray(GRADIENT), exif=b"Exif\0\0garbage that is no EXIF")
    np.testing.assert_array_equal(read(path)[0], GRADIENT)


# Modes


def grey_of_16_bits(values, suffix, tmp_path):
    return save(tmp_path / f"a.{suffix}", Image.fromarray(np.array([values], np.uint16)))


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm"])
def test_grey_of_16_bits_is_scaled(tmp_path, suffix):
    path = grey_of_16_bits([0, 128, 129, 257, 32768, 65535, 65407, 65406], suffix, tmp_path)
    assert read(path)[0, 0].tolist() == [0, 0, 1, 1, 128, 255, 255, 254]  # v * 255 / 65535, rounded
    assert read_header(path).grey


def test_big_endian_tiff_of_16_bits(tmp_path):
    image = Image.frombytes("I;16B", (2, 1), np.array([256, 65535], ">u2").tobytes())
    assert read(save(tmp_path / "a.tif", image))[0, 0].tolist() == [1, 255]


def test_grey_of_unknown_range_is_refused(tmp_path):
    large = save(tmp_path / "a.tif", Image.fromarray(np.array([[0, 70000]], np.int32)))
    with pytest.raises(UserError, match=r"a\.tif cannot be read as a picture: .* from 0 to 70000"):
        read(large)
    real = save(tmp_path / "b.tif", Image.fromarray(np.array([[0.5]], np.float32)))
    with pytest.raises(UserError, match="floating-point"):
        read(real)


def test_black_and_white(tmp_path):
    image = Image.fromarray(np.array([[0, 255, 0]], np.uint8)).convert("1")
    path = save(tmp_path / "a.png", image)
    assert read(path)[0, 0].tolist() == [0, 255, 0]
    assert read(path, (3, 1, 3))[:, 0].tolist() == [[0, 255, 0]] * 3


def test_palette(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    image.putdata([0, 1, 2])
    for suffix in ("png", "gif", "bmp"):
        found = read(save(tmp_path / f"a.{suffix}", image))
        assert found[:, 0].T.tolist() == [[255, 0, 0], [0, 255, 0], [10, 20, 30]]


def test_transparent_color_of_a_palette_becomes_white(tmp_path):
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    image.putdata([0, 1, 2])
    found = read(save(tmp_path / "a.png", image, transparency=bytes([255, 0, 255])))
    assert found[:, 0].T.tolist() == [[255, 0, 0], [255, 255, 255], [10, 20, 30]]
    found = read(save(tmp_path / "a.gif", image, transparency=2))
    assert found[:, 0].T.tolist() == [[255, 0, 0], [0, 255, 0], [255, 255, 255]]


def test_transparent_pixels_become_white(tmp_path):
    rgba = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [0, 0, 0, 128]]], np.uint8)
    found = read(save(tmp_path / "a.png", Image.fromarray(rgba)))
    assert found[:, 0].T.tolist() == [[200, 100, 0], [255, 255, 255], [127, 127, 127]]
    grey = Image.fromarray(rgba[..., [1, 3]])
    assert grey.mode == "LA"
    found = read(save(tmp_path / "b.png", grey))
    assert found[0, 0].tolist() == [100, 255, 127]
    keyed = save(tmp_path / "c.png", Image.fromarray(np.array([[7, 8]], np.uint8)), transparency=7)
    assert read(keyed)[0, 0].tolist() == [255, 8]


def test_cmyk(tmp_path):
    image = Image.fromarray(np.full((8, 8, 3), (200, 40, 90), np.uint8)).convert("CMYK")
    for suffix, options in (("jpg", {"quality": 100}), ("tif", {})):
        found = read(save(tmp_path / f"a.{suffix}", image, **options))
        assert np.abs(found[:, 4, 4].astype(int) - [200, 40, 90]).max() <= 3


def test_grey_from_color_equals_that_of_pillow(tmp_path):
    colors = np.random.default_rng(0).integers(0, 256, (5, 4, 3), np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(colors))
    np.testing.assert_array_equal(read(path, (3, 5, 4)), colors.transpose(2, 0, 1))
    np.testing.assert_array_equal(read(path, (1, 5, 4))[0], np.asarray(Image.fromarray(colors).convert("L")))


def test_only_the_first_frame_is_read(tmp_path):
    frames = [Image.fromarray(np.full((2, 2), value, np.uint8)) for value in (50, 200)]
    path = save(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert read(path, (1, 2, 2)).max() == 50


def test_files_with_several_frames(tmp_path):
    frames = [Image.fromarray(np.full((2, 2, 3), value, np.uint8)) for value in (50, 200)]
    suffixes = ("gif", "png", "tiff", "webp")
    single = [save(tmp_path / f"single.{suffix}", frames[0]) for suffix in suffixes]
    several = [
        save(tmp_path / f"several.{suffix}", frames[0], save_all=True, append_images=frames[1:]) for suffix in suffixes
    ]
    photograph = save(tmp_path / "a.jpg", frames[0], format="MPO", save_all=True, append_images=frames[1:])
    cut = tmp_path / "cut.gif"
    cut.write_bytes(several[0].read_bytes()[:-12])
    files = [*single, photograph, *several]
    assert read_pictures(files, (3, 2, 2), None, skip=False).with_frames == [5, 6, 7, 8]
    assert read_pictures([cut], (3, 2, 2), None, skip=False).kept == [0]


# Sizes


def test_crop_stretch_and_pad():
    stripes = np.zeros((4, 12), np.uint8)
    stripes[:, 4:8] = 200  # the middle third
    image = Image.fromarray(stripes)
    assert np.asarray(resize_to_fit(image, 4, 4, "crop")).tolist() == [[200] * 4] * 4
    stretched = np.asarray(resize_to_fit(image, 4, 3, "stretch"))
    assert stretched.shape == (4, 3)
    assert stretched[0, 0] == stretched[0, 2] < 100 < stretched[0, 1]
    padded = np.asarray(resize_to_fit(Image.fromarray(np.full((4, 12), 200, np.uint8)), 6, 6, "pad"))
    assert padded.tolist() == [[0] * 6, [0] * 6, [200] * 6, [200] * 6, [0] * 6, [0] * 6]
    upright = np.asarray(resize_to_fit(Image.fromarray(np.full((12, 4), 200, np.uint8)), 6, 6, "pad"))
    np.testing.assert_array_equal(upright, padded.T)


@pytest.mark.parametrize(
    ("size", "shape", "fit", "area"),
    [
        ((10, 20), (5, 5), "crop", (5, 0, 10, 10)),
        ((20, 10), (5, 5), "crop", (0, 5, 10, 10)),
        ((10, 20), (4, 2), "crop", (7.5, 0, 5, 10)),
        ((10, 20), (8, 8), "pad", (0, -5, 20, 20)),
        ((9, 3), (6, 4), "pad", (-1.5, 0, 6, 9)),
        ((10, 20), (8, 8), "stretch", (0, 0, 20, 10)),
        ((10, 20), (10, 20), "crop", (0, 0, 20, 10)),
        ((10, 20), (10, 20), "pad", (0, 0, 20, 10)),
    ],
)
def test_the_part_of_a_picture_that_is_seen(size, shape, fit, area):
    assert area_seen(size, *shape, fit) == pytest.approx(area)


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
def test_fit_keeps_a_picture_of_the_same_size(fit):
    np.testing.assert_array_equal(to_pixels(Image.fromarray(GRADIENT), (1, 16, 24), fit)[0], GRADIENT)


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (1000, 1)])
def test_fit_of_extreme_sizes(fit, size):
    assert to_pixels(Image.new("L", size, 255), (3, 7, 5), fit).shape == (3, 7, 5)


def test_another_size_is_refused_without_fit(tmp_path):
    path = save(tmp_path / "a.png", Image.fromarray(GRADIENT))
    with pytest.raises(UserError, match=r"a\.png .*: it has 16x24 pixels, the others have 8x8"):
        read(path, (1, 8, 8))


# Unreadable files


def jpeg():
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"no picture at all\n", "its format is none of BMP, GIF, JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "its format is none of"),  # would start Ghostscript
        (jpeg()[:1500], "truncated"),
        (b"P5 30000 30000 255\n", "it has more than 178956970 pixels"),
    ],
    ids=["empty", "text", "postscript", "truncated", "bomb"],
)
def test_unreadable_files_are_refused_or_skipped(tmp_path, content, reason):
    good, path = save(tmp_path / "a.png", Image.fromarray(GRADIENT)), tmp_path / "b.jpg"
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf"b\.jpg cannot be read as a picture: .*{reason}") as caught:
        read_pictures([good, path, good], (1, 16, 24), None, skip=False)
    assert "\n" not in str(caught.value)
    found = read_pictures([good, path, good], (1, 16, 24), None, skip=True)
    assert found.kept == [0, 2]
    assert len(found.digests) == 3
    assert len(found.failures) == 1
    np.testing.assert_array_equal(found.x, np.stack([GRADIENT[None]] * 2))


def test_large_picture_gives_no_warning(tmp_path):
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P5 10000 9000 255\n")  # large enough for a warning of Pillow, without the pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_headers([path], skip=False) == [(9000, 10000, True)]
        with pytest.raises(UserError, match=r"[Tt]runcated"):
            read_pictures([path], (1, 2, 2), "crop", skip=False)


def test_error_names_the_first_unreadable_file(tmp_path):
    files = [tmp_path / f"{number:03}.png" for number in range(200)]
    for number, path in enumerate(files):
        if number % 3 == 1:
            path.write_bytes(b"broken")
        else:
            Image.fromarray(np.full((2, 2), number, np.uint8)).save(path)
    with pytest.raises(UserError, match=r"001\.png"):
        read_pictures(files, (1, 2, 2), None, skip=False)
    found = read_pictures(files, (1, 2, 2), None, skip=True)
    assert found.kept == [number for number in range(200) if number % 3 != 1]
    assert found.x[:, 0, 0, 0].tolist() == found.kept
    assert [header is None for header in read_headers(files, skip=True)] == [number % 3 == 1 for number in range(200)]


def test_pictures_that_exceed_memory_are_refused():
    with pytest.raises(UserError, match=r"100000 pictures of 1000000x1000000 pixels do not fit into memory"):
        read_pictures([Path("a.png")] * 100000, (3, 1000000, 1000000), "crop", skip=False)


# Folders


def test_find_pictures_sorts_by_folder_and_name(tmp_path):
    names = ["b/2.PNG", "b/10.jpg", "b/deep/1.gif", "a/z.webp", "a/Z.tiff"]
    others = ["a/notes.txt", "b/raw.heic"]
    clutter = ["a/.DS_Store", "a/Thumbs.db", "b/._2.png", "b/.ipynb_checkpoints/2.png", "a/__MACOSX/z.png"]
    hidden = [".git/1.png", "__MACOSX/b/2.png"]
    for name in [*names, *others, *clutter, *hidden]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    folders = visible_folders(tmp_path)
    assert folders == ["a", "b"]
    found = find_pictures(tmp_path, folders)
    assert [str(file.relative_to(tmp_path)) for file in found.files] == [
        "a/Z.tiff",
        "a/z.webp",
        "b/10.jpg",
        "b/2.PNG",
        "b/deep/1.gif",
    ]
    assert found.folders == [0, 0, 1, 1, 1]
    assert sorted(str(file.relative_to(tmp_path)) for file in found.others) == others


def test_folders_in_the_data_folder(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "data" / "flowers").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("NNZOO_DATA", str(tmp_path / "data"))
    assert existing_folder("flowers") == tmp_path / "data" / "flowers"
    with pytest.raises(UserError, match=r"^no folder a in the current folder or \$NNZOO_DATA$"):
        existing_folder("a")


def test_all_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4, 6}, raising=False)
    assert usable_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    for count, expected in ((5, 5), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        assert usable_cores() == expected


def test_missing_folders_are_refused(tmp_path):
    (tmp_path / "flowers").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"no folder .*flower; did you mean 'flowers'\?"):
        existing_folder(tmp_path / "flower")
    with pytest.raises(UserError, match="is a file, not a folder"):
        existing_folder(str(tmp_path / "file"))
