"""Pictures and arrays of pictures: the same values from every kind of input, and one-line errors."""

import json

import numpy as np
import pytest
import torch
from nnzoo.data.images.pixels import to_unit_interval
from nnzoo.errors import DataWarning, UserError
from nnzoo.preprocessing.images import ImagePreprocessing, describe_array, to_channels_first
from PIL import Image

from tests.support.files import write_picture

GREY = ImagePreprocessing(shape=(1, 4, 6))
RGB = ImagePreprocessing(shape=(3, 4, 6))
RNG = np.random.default_rng(0)
GREYS = RNG.integers(0, 256, (5, 4, 6), np.uint8)
COLORS = RNG.integers(0, 256, (5, 4, 6, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Create five colored pictures in two folders, in the order of COLORS."""
    for name, pixels in zip(["a/0", "a/1", "a/2", "b/0", "b/1"], COLORS, strict=True):
        write_picture(tmp_path / "pictures" / f"{name}.png", pixels)
    return tmp_path / "pictures"


def expected(pixels):
    return to_unit_interval(torch.from_numpy(pixels))


def all_at_once(preprocessing, path):
    parts = list(preprocessing.read(path))
    (heading,) = parts[0].names
    return torch.cat([part.x for part in parts]), heading, [name for part in parts for name in part.names[heading]]


def test_to_dict_round_trip():
    made = ImagePreprocessing(shape=(3, 8, 9), fit="pad", unreadable="skip")
    plain = json.loads(json.dumps(made.to_dict()))
    assert plain.pop("kind") == "images"
    assert ImagePreprocessing.from_dict(plain) == made


# Arrays


@pytest.mark.parametrize(
    "x",
    [
        GREYS,
        GREYS[:, None],
        GREYS[..., None],
        GREYS.tolist(),
        list(GREYS),
        [torch.from_numpy(each) for each in GREYS],
        torch.from_numpy(GREYS),
        np.asfortranarray(GREYS),
        GREYS[::-1][::-1],
    ],
    ids=["NHW", "NCHW", "NHWC", "lists", "list of arrays", "list of tensors", "tensor", "Fortran", "reversed"],
)
def test_grey_arrays_in_every_layout(x):
    if isinstance(x, list) and isinstance(x[0], list):
        x = (np.array(x) / 255).tolist()  # whole numbers above 1 of unknown range are refused
    found = GREY.encode(x)
    torch.testing.assert_close(found.x, expected(GREYS[:, None]), rtol=0, atol=1e-7)
    assert found.mask is None
    assert list(found.names["index"]) == [0, 1, 2, 3, 4]


def test_bytes_are_exactly_as_in_training():
    assert torch.equal(GREY.encode(GREYS).x, expected(GREYS[:, None]))
    assert torch.equal(RGB.encode(COLORS).x, expected(COLORS.transpose(0, 3, 1, 2)))
    assert torch.equal(RGB.encode(COLORS.transpose(0, 3, 1, 2)).x, expected(COLORS.transpose(0, 3, 1, 2)))


@pytest.mark.parametrize("x", [GREYS[2], GREYS[2][None], GREYS[2][..., None]], ids=["HW", "CHW", "HWC"])
def test_single_grey_picture(x):
    assert torch.equal(GREY.encode(x).x, expected(GREYS[2:3, None]))


@pytest.mark.parametrize("x", [COLORS[2], COLORS[2].transpose(2, 0, 1)], ids=["HWC", "CHW"])
def test_single_color_picture(x):
    assert torch.equal(RGB.encode(x).x, expected(COLORS[2:3].transpose(0, 3, 1, 2)))


def test_channels_are_first_if_both_layouts_are_possible():
    x = RNG.random((3, 3, 3))
    np.testing.assert_allclose(ImagePreprocessing(shape=(3, 3, 3)).encode(x).x[0], x, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4", ">f8", "bool", "int64"])
def test_types_of_numbers(dtype):
    x = (GREYS > 100).astype(dtype)
    found = GREY.encode(x).x
    assert found.dtype == torch.float32
    assert torch.equal(found[:, 0], torch.from_numpy(GREYS > 100).float())


def test_tensors_of_every_kind():
    x = torch.rand(2, 1, 4, 6, requires_grad=True)
    assert torch.equal(GREY.encode(x).x, x.detach())
    assert torch.equal(GREY.encode(x.bfloat16()).x, x.detach().bfloat16().float())


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 3)), r"the input has shape \(2, 3\); the network takes \(B, 1, 4, 6\), images of 4x6 pixels"),
        (np.zeros((7, 64, 48, 3)), r"4x6 pixels with 1 channel, not images of 64x48 pixels with 3 channels$"),
        (np.zeros((7, 3, 4, 6)), r"not images of 4x6 pixels with 3 channels$"),
        (np.zeros((7, 6, 5)), r"not images of 6x5 pixels with 1 channel$"),
        (np.zeros((0, 5)), r"the input has shape \(0, 5\)"),
        (np.float32(0.5), r"the input has shape \(\)"),
        (np.full((1, 1, 4, 6), np.nan), "not finite"),
        (np.full((1, 1, 4, 6), np.inf), "not finite"),
        (np.full((1, 1, 4, 6), 1e300), "not finite"),
        (np.full((1, 1, 4, 6), 16.0), r"values from 16 to 16; .* from 0 to 1, or bytes \(uint8\) to 255"),
        (np.full((1, 1, 4, 6), -0.5), "values from -0.5 to -0.5"),
        (GREYS.astype(np.int64), f"values from {GREYS.min()} to {GREYS.max()}"),
        (np.full((1, 1, 4, 6), "x"), "no array of numbers"),
        (np.full((1, 1, 4, 6), None), "no array of numbers"),
        (np.full((1, 1, 4, 6), 1j), "no array of numbers"),
        ([[1, 2], [3]], "no array of numbers"),
        ([torch.zeros(4, 6), torch.zeros(4, 5)], "no array of numbers"),
        ([np.zeros((4, 6)), np.zeros((4, 5))], "no array of numbers"),
        ([], r"the input has shape \(0,\)"),
        (None, "no array of numbers"),
    ],
)
def test_unsuitable_arrays_are_refused(x, message):
    with pytest.raises(UserError, match=message) as caught:
        GREY.encode(x)
    assert "\n" not in str(caught.value)


def test_whole_numbers_are_divided_as_in_training():
    whole = ImagePreprocessing(shape=(1, 2, 2), numbers="whole", divisor=16.0)
    x = np.array([[[0, 4], [8, 16]]])
    wanted = [[[[0, 0.25], [0.5, 1]]]]
    for kind in (np.uint8, np.int64, np.float64):
        assert whole.encode(x.astype(kind)).x.tolist() == wanted
    bytes_ = ImagePreprocessing(shape=(1, 1, 2), numbers="whole")
    assert bytes_.encode(np.array([[0.0, 255.0]])).x.tolist() == [[[[0, 1]]]]
    assert bytes_.encode(np.array([[0.0, 0.5]])).x.tolist() == [[[[0, 0.5]]]]
    for wrong in ([0.0, 256.0], [-1.0, 3.0], [2.0, 2.5]):
        with pytest.raises(UserError, match="those of the data are integers from 0 to 255"):
            bytes_.encode(np.array([wrong]))


def test_other_numbers_are_unchanged():
    x = [[[[-5.0, 300.0], [0.0, 0.5]]]]
    assert ImagePreprocessing(shape=(1, 2, 2), numbers="any").encode(np.array(x)).x.tolist() == x
    with pytest.raises(UserError, match="Pillow images have bytes; the network was trained on other numbers"):
        ImagePreprocessing(shape=(1, 2, 2), numbers="any").encode(Image.fromarray(GREYS[0]))


def test_scaled():
    whole = ImagePreprocessing(shape=(1, 1, 2), numbers="whole", divisor=16.0)
    assert whole.scaled(torch.tensor([4.0, 8.0])).tolist() == [0.25, 0.5]
    assert whole.scaled(torch.tensor([4, 8], dtype=torch.uint8)).tolist() == [0.25, 0.5]
    assert whole.scaled(torch.tensor([4.0, 0.5])).tolist() == [4, 0.5]
    assert GREY.scaled(torch.tensor([51], dtype=torch.uint8)).tolist() == [pytest.approx(0.2)]
    assert GREY.scaled(torch.tensor([0.0, 1.0])).tolist() == [0, 1]


def test_shapes_in_words():
    assert describe_array((7, 64, 48, 3)) == "images of 64x48 pixels with 3 channels"
    assert describe_array((7, 3, 6, 8)) == "images of 6x8 pixels with 3 channels"
    assert describe_array((7, 5, 6, 8)) == "images of 6x8 pixels with 5 channels"
    assert describe_array((1, 6, 3)) == "images of 6x3 pixels with 1 channel"
    assert describe_array((7, 6, 8)) == "images of 6x8 pixels with 1 channel"
    assert describe_array((7, 6)) is None


def test_empty_array():
    assert GREY.encode(np.zeros((0, 1, 4, 6))).x.shape == (0, 1, 4, 6)
    assert GREY.encode(np.zeros((0, 1, 4, 6), np.uint8)).x.shape == (0, 1, 4, 6)


# Pictures


def test_files_images_and_arrays_give_the_same_input(folder):
    wanted = expected(COLORS.transpose(0, 3, 1, 2))
    paths = sorted(folder.rglob("*.png"))
    by_path = RGB.encode(paths)
    assert torch.equal(by_path.x, wanted)
    assert by_path.names == {"file": [str(path) for path in paths]}
    images = [Image.open(path) for path in paths]
    assert torch.equal(RGB.encode(images).x, wanted)
    assert list(RGB.encode(images).names["index"]) == [0, 1, 2, 3, 4]
    assert torch.equal(RGB.encode(images[3]).x, wanted[3:4])
    one = RGB.encode(str(paths[1]))
    assert torch.equal(one.x, wanted[1:2])
    assert one.names == {"file": [str(paths[1])]}
    assert torch.equal(RGB.encode(folder).x, wanted)


def test_names_of_the_files_of_a_folder(folder):
    x, heading, names = all_at_once(RGB, folder)
    assert torch.equal(x, expected(COLORS.transpose(0, 3, 1, 2)))
    assert (heading, names) == ("file", ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png"])
    x, _, names = all_at_once(RGB, folder / "b")
    assert names == ["0.png", "1.png"]


def test_current_folder(folder, monkeypatch):
    monkeypatch.chdir(folder / "b")
    assert all_at_once(RGB, type(folder)("."))[2] == ["0.png", "1.png"]


def test_folder_in_pieces(folder, monkeypatch):
    monkeypatch.setattr("nnzoo.preprocessing.images.PIECE", 2 * 3 * 4 * 6 + 1)
    assert [len(part.x) for part in RGB.read(folder)] == [2, 2, 1]
    x, _, names = all_at_once(RGB, folder)
    assert torch.equal(x, expected(COLORS.transpose(0, 3, 1, 2)))
    assert names == ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png"]


def test_other_sizes_and_modes_are_converted(tmp_path):
    image = Image.fromarray(np.full((40, 90, 4), (250, 0, 0, 255), np.uint8))
    image.save(tmp_path / "a.png")
    assert torch.equal(RGB.encode(tmp_path / "a.png").x[0, :, 0, 0], torch.tensor([250, 0, 0]).float() / 255)
    assert GREY.encode(image).x.unique().tolist() == [pytest.approx(75 / 255)]  # 0.299 * 250
    padded = ImagePreprocessing(shape=(1, 4, 6), fit="pad").encode(image).x[0, 0]
    assert (padded.max(1).values == 0).tolist() == [False, False, False, True]


def test_unreadable_files_of_a_folder(folder):
    (folder / "a" / "1.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"a/1\.png cannot be read as a picture"):
        list(RGB.read(folder))
    lenient = ImagePreprocessing(shape=(3, 4, 6), unreadable="skip")
    with pytest.warns(DataWarning, match=r"1 of 5 pictures cannot be read and are skipped; the first: .*a/1\.png"):
        x, _, names = all_at_once(lenient, folder)
    assert names == ["a/0.png", "a/2.png", "b/0.png", "b/1.png"]
    assert torch.equal(x, expected(COLORS[[0, 2, 3, 4]].transpose(0, 3, 1, 2)))
    with pytest.raises(UserError, match="none of the 1 pictures can be read"):
        lenient.encode([folder / "a" / "1.png"])


def test_animations_of_a_folder_are_counted(folder, monkeypatch):
    frames = [Image.fromarray(pixels) for pixels in COLORS[:2]]
    frames[0].save(folder / "b" / "2.gif", save_all=True, append_images=frames[1:])
    monkeypatch.setattr("nnzoo.preprocessing.images.PIECE", 1)
    with pytest.warns(DataWarning, match=r"frame or page of 1 of 6 pictures is read; the first: b/2\.gif"):
        assert len(all_at_once(RGB, folder)[0]) == 6


def test_a_single_animation_is_named_once(tmp_path):
    frames = [Image.fromarray(pixels) for pixels in COLORS[:2]]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with pytest.warns(DataWarning, match=r"^\S+/a\.gif: only the first frame or page is read$"):
        RGB.encode(tmp_path / "a.gif")


@pytest.mark.filterwarnings("error")
def test_grey_pictures_for_a_network_of_colours_are_reported(folder, tmp_path):
    grey = tmp_path / "grey.png"
    write_picture(grey, GREYS[0])
    with pytest.warns(DataWarning, match=r"^\S+grey\.png is grey and is converted to RGB, since the network takes col"):
        assert torch.equal(RGB.encode(grey).x[0], expected(GREYS[0]).expand(3, 4, 6))
    with pytest.warns(DataWarning, match=r"^the input is grey and is converted to RGB"):
        RGB.encode(Image.fromarray(GREYS[0]))
    write_picture(folder / "b" / "0.png", GREYS[0])
    with pytest.warns(DataWarning, match=r"1 of 5 pictures are grey and are converted .*; the first: b/0\.png$"):
        all_at_once(RGB, folder)
    GREY.encode(grey)  # without a warning, as colours for a grey network
    GREY.encode(folder)


# Boxes


@pytest.mark.parametrize("fit", ["crop", "stretch", "pad"])
@pytest.mark.parametrize("size", [(120, 80), (80, 120), (80, 200), (120, 121), (40, 60)])
def test_boxes_return_to_the_pixels_of_the_picture(fit, size):
    """A white rectangle is found in the resized picture; its box is that in the picture."""
    height, width = size
    left, top, right, bottom = width // 2 - 13, height // 2 - 9, width // 2 + 5, height // 2 + 14
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    preprocessing = ImagePreprocessing(shape=(3, 40, 60), fit=fit)
    inputs = preprocessing.encode(Image.fromarray(pixels))
    inside = inputs.x[0, 0] > 0.5
    rows, columns = inside.any(1).nonzero().flatten() / 40, inside.any(0).nonzero().flatten() / 60
    box = torch.stack([columns.min(), rows.min(), columns.max() + 1 / 60, rows.max() + 1 / 40])
    found = preprocessing.boxes_in_pixels(box[None], inputs)[0]
    step = max(height / 40, width / 60)  # of a pixel of the resized picture
    torch.testing.assert_close(found, torch.tensor([left, top, right, bottom]).float(), atol=0.6 * step, rtol=0)
    all_of_it = preprocessing.boxes_in_pixels(torch.tensor([[-1.0, -1.0, 2.0, 2.0]]), inputs)[0]
    assert all_of_it.tolist() == [0, 0, width, height]


def test_boxes_of_arrays_are_in_their_pixels():
    inputs = RGB.encode(COLORS[:2])
    boxes = RGB.boxes_in_pixels(torch.tensor([[0, 0.5, 0.5, 1]] * 2), inputs)
    assert boxes.tolist() == [[0, 2, 3, 4]] * 2


def test_sizes_of_a_folder_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("nnzoo.preprocessing.images.PIECE", 2 * 3 * 4 * 6 + 1)
    for place in range(3):
        write_picture(tmp_path / "all" / f"{place}.png", np.zeros((4 + place, 9, 3), np.uint8))
    inputs = RGB.encode(tmp_path / "all")
    assert inputs.sizes == [(4, 9), (5, 9), (6, 9)]
    photo = Image.fromarray(np.zeros((4, 9, 3), np.uint8))
    exif = photo.getexif()
    exif[0x0112] = 6  # to be turned by a quarter
    photo.save(tmp_path / "turned.jpg", exif=exif)
    assert RGB.encode(tmp_path / "turned.jpg").sizes == [(9, 4)]


def test_unsuitable_pictures_are_refused(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("")
    many = ImagePreprocessing(shape=(5, 4, 6))
    for preprocessing, raw, message in [
        (RGB, tmp_path / "empty", r"empty holds no pictures; their names end in \.bmp"),
        (RGB, tmp_path / "nothing.png", "no file .*nothing.png"),
        (RGB, [folder / "a" / "3.png"], r"no file .*a/3\.png; did you mean '\d\.png'"),
        (RGB, [folder / "a"], "is a folder, not a file"),
        (RGB, tmp_path / "empty" / "notes.txt", "cannot be read as a picture: it is empty"),
        (many, folder, r"picture files have 1 channel \(grey\) or 3 \(RGB\); the network takes 5"),
        (many, Image.new("RGB", (6, 4)), "Pillow images have 1 channel"),
        (RGB, Image.new("F", (6, 4)), "picture 0 cannot be read as a picture: .*floating-point"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            preprocessing.encode(raw)
        assert "\n" not in str(caught.value)


# Files of arrays


@pytest.mark.parametrize("name", ["a.npy", "a.NPY"])
def test_npy_files_in_pieces(tmp_path, name, monkeypatch):
    with (tmp_path / name).open("wb") as file:
        np.save(file, COLORS)
    monkeypatch.setattr("nnzoo.preprocessing.images.PIECE", 2 * 3 * 4 * 6)
    x, heading, names = all_at_once(RGB, tmp_path / name)
    assert torch.equal(x, expected(COLORS.transpose(0, 3, 1, 2)))
    assert (heading, names) == ("index", [0, 1, 2, 3, 4])
    assert len(list(RGB.read(tmp_path / name))) == 3


def test_npz_files(tmp_path):
    np.savez(tmp_path / "a.npz", x=(GREYS / 255).astype(">f8"), y=np.arange(5))
    torch.testing.assert_close(all_at_once(GREY, tmp_path / "a.npz")[0], expected(GREYS[:, None]))
    np.savez(tmp_path / "b.npz", images=GREYS)
    with pytest.raises(UserError, match=r"b\.npz has no array called x; it has: images"):
        list(GREY.read(tmp_path / "b.npz"))
    with pytest.raises(UserError, match=r"a\.npz: the input has shape .*4x6 pixels with 3 channels, not"):
        list(RGB.read(tmp_path / "a.npz"))
    np.savez(tmp_path / "c.npz", x=GREYS.astype(float))
    with pytest.raises(UserError, match=r"c\.npz: the input has values from"):
        list(GREY.read(tmp_path / "c.npz"))


# Layouts


@pytest.mark.parametrize(
    ("shape", "layout", "first", "conversion"),
    [
        ((9, 8, 7), "auto", (9, 1, 8, 7), None),
        ((9, 8, 7), "channels_last", (9, 1, 8, 7), None),
        ((9, 3, 32, 32), "auto", (9, 3, 32, 32), None),
        ((9, 32, 32, 3), "auto", (9, 3, 32, 32), "images of 32x32 pixels with 3 channels"),
        ((9, 32, 30, 1), "auto", (9, 1, 32, 30), "images of 32x30 pixels with 1 channel "),
        ((9, 32, 32, 4), "auto", (9, 4, 32, 32), "4 channels"),
        ((9, 12, 32, 32), "auto", (9, 12, 32, 32), None),
        ((9, 32, 32, 12), "channels_last", (9, 12, 32, 32), "12 channels"),
        ((9, 3, 32, 3), "channels_first", (9, 3, 32, 3), None),
        ((9, 3, 32, 3), "channels_last", (9, 3, 3, 32), "images of 3x32 pixels with 3 channels"),
    ],
)
def test_to_channels_first(shape, layout, first, conversion):
    x = np.arange(np.prod(shape)).reshape(shape)
    found, words = to_channels_first(x, layout)
    assert found.shape == first
    assert np.shares_memory(found, x)
    if conversion is None:
        assert words is None
        np.testing.assert_array_equal(found.reshape(shape), x)
    else:
        assert conversion in words + " "
        np.testing.assert_array_equal(np.moveaxis(found, 1, -1), x)


def test_unsuitable_layouts_are_refused():
    with pytest.raises(UserError, match=r"\(9, 3, 32, 3\); .* data\.layout=channels_first or data\.layout="):
        to_channels_first(np.zeros((9, 3, 32, 3)), "auto")
    with pytest.raises(UserError, match=r"unknown data\.layout 'chanels_last'; did you mean 'channels_last'"):
        to_channels_first(np.zeros((9, 3, 32, 32)), "chanels_last")
    with pytest.raises(UserError, match=r"x has shape \(9, 3\); images are \(N, H, W\)"):
        to_channels_first(np.zeros((9, 3)), "auto")
