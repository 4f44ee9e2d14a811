from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from google.protobuf import text_format
from nnzoo import api
from nnzoo.callbacks.pictures.maps import Target
from nnzoo.callbacks.projector import (
    CONFIG,
    Projector,
    add_sprite,
    escape,
    features,
    has_features,
    row_columns,
    target_column,
    write_points,
)
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.layers.embeddings.ids import IdEmbedding
from nnzoo.spec import DataSpec
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo, ProjectorConfig

from .conftest import Fit
from .pictures.small_examples import TRAINER
from .small_tasks import PLANE, make_task

WORDS = DataSpec(
    input="tokens",
    shape=(),
    target="classes",
    target_size=2,
    labels=("a", "b"),
    sequence=True,
    vocabulary=("the", "a\tb", " ", "網路"),
)


class Bag(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.words(x).mean(1)


def listed(folder: Path) -> list[EmbeddingInfo]:
    return list(text_format.Parse((folder / CONFIG).read_text(), ProjectorConfig()).embeddings)


def table(path: Path) -> np.ndarray:
    return np.loadtxt(path, delimiter="\t", ndmin=2)


def test_words(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(WORDS, net := Bag()), [Projector(points=3)], max_epochs=1)
    (info,) = listed(tmp_path)
    assert not Path(info.tensor_path).is_absolute()  # the directory can be moved
    assert list(info.tensor_shape) == [3, 2]
    points = table(tmp_path / info.tensor_path)
    assert points == pytest.approx(net.words.weight[:3].detach().numpy(), rel=1e-5)
    assert (tmp_path / info.metadata_path).read_text() == "the\na\\tb\n' '\n"


class TwoTables(Bag):
    """A network with input and output vectors."""

    def vectors(self, which: str = "input") -> torch.Tensor:
        return self.words.weight if which == "input" else self.words.weight[:2]


def test_input_and_output_vectors_with_names(tmp_path: Path, fit: Fit) -> None:
    task = make_task(WORDS, net := TwoTables())
    task.net.vectors = net.vectors  # as the adapter has it
    fit(task, [Projector()], max_epochs=1)
    inputs, outputs = listed(tmp_path)
    assert [info.tensor_name for info in (inputs, outputs)] == ["input_vectors", "output_vectors"]
    values = net.words.weight.detach().numpy()
    assert table(tmp_path / inputs.tensor_path) == pytest.approx(values, rel=1e-5)
    assert table(tmp_path / outputs.tensor_path) == pytest.approx(values[:2], rel=1e-5)
    assert (tmp_path / inputs.metadata_path).read_text() == "the\na\\tb\n' '\n網路\n"
    assert (tmp_path / outputs.metadata_path).read_text() == "a\nb\n"  # the labels of the outputs


def test_vectors_without_names_are_left_out(tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture) -> None:
    task = make_task(replace(WORDS, labels=("a",), target_size=1), net := TwoTables())
    task.net.vectors = net.vectors
    fit(task, [Projector()], max_epochs=1)
    assert [info.tensor_name for info in listed(tmp_path)] == ["input_vectors"]
    assert "no points of output vectors: the network has 2 output vectors, and the data has 1 names" in caplog.text


def test_codes_of_images(tmp_path: Path) -> None:
    """The codes of validation images are those that `encode` gives, with their classes and a sprite."""
    callbacks = dict.fromkeys(("figures", "best", "progress"))
    result = api.train(
        model="autoencoder",
        data="digits",
        trainer={"max_epochs": 1, "accelerator": "cpu"},
        callbacks=callbacks,
        output_dir=str(tmp_path),
    )
    (info,) = listed(result.directory)
    assert info.tensor_name == "codes"
    validation = Digits().splits["val"]
    codes = api.encode(result.directory, validation.x.numpy(), which="last")["code"]
    assert table(result.directory / info.tensor_path) == pytest.approx(codes, rel=1e-4, abs=1e-5)
    rows = [f"{y}\t{k}" for k, y in enumerate(validation.y.tolist())]
    assert (result.directory / info.metadata_path).read_text().splitlines() == ["class\texample", *rows]
    sprite = np.asarray(Image.open(result.directory / info.sprite.image_path))
    assert sprite.shape == (12 * 28, 12 * 28)  # 144 images
    assert sprite[28:56, :28] == pytest.approx(validation.x[12, 0].numpy() * 255, abs=0.51)


def test_features_of_images(tmp_path: Path) -> None:
    """A classifier without codes has the input of its last layer; of many features, fewer examples."""
    settings = ["model=mlp", "data=digits", "model.hidden=[30,20]", "trainer.max_epochs=1", "trainer.accelerator=cpu"]
    result = api.train(*settings, callbacks=dict.fromkeys(("figures", "best", "progress")), output_dir=str(tmp_path))
    (info,) = listed(result.directory)
    assert info.tensor_name == "features"
    net, x = api.load(result.directory, which="last"), Digits().splits["val"].x
    expected = net.network.forward_features(x).detach().numpy()
    assert expected.shape == (144, 20)
    assert table(result.directory / info.tensor_path) == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert np.asarray(Image.open(result.directory / info.sprite.image_path)).shape == (12 * 28, 12 * 28)


def test_of_many_features_fewer_examples_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.callbacks.projector.MAX_FEATURES", 64 * 10 + 5)
    settings = ["model=softmax_regression", "data=digits", "data.size=8", "trainer.max_epochs=1"]
    result = api.train(
        *settings,
        "trainer.accelerator=cpu",
        callbacks=dict.fromkeys(("figures", "best", "progress")),
        output_dir=str(tmp_path),
    )
    (info,) = listed(result.directory)
    validation = Digits(size=8).splits["val"]
    assert table(result.directory / info.tensor_path).shape == (10, 64)
    labels = (result.directory / info.metadata_path).read_text().splitlines()[1:]
    assert labels == [f"{k}\t{number}" for number, k in enumerate(validation.y[:10].tolist())]


def test_labels_are_single_visible_cells() -> None:
    assert [escape(label) for label in ("word", "two words", "a\nb", "\u2028", "", "é")] == [
        *("word", "two words", "a\\nb", "\\u2028", "''", "é")
    ]


def test_ids_without_names_are_numbers(tmp_path: Path, fit: Fit) -> None:
    net = torch.nn.Linear(2, 3)
    net.user_vectors = IdEmbedding(4, 2, std=0.1)
    net.user_biases = IdEmbedding(4, 1, std=0.1)  # a point needs two coordinates
    fit(make_task(PLANE, net), [Projector()], max_epochs=1)
    (info,) = listed(tmp_path)
    assert (tmp_path / info.metadata_path).read_text() == "1\n2\n3\n"  # 0 has no vector


def test_ids_and_titles_of_items(tmp_path: Path, fit: Fit) -> None:
    net = torch.nn.Linear(2, 3)
    net.user_vectors, net.item_vectors = IdEmbedding(3, 2, std=0.1), IdEmbedding(4, 2, std=0.1)
    task = make_task(PLANE, net)
    ids = (("Ann", "Bob"), ("7", "9", "12"))
    titles = ("E.T.", "A\tB", "")
    recorded = {"kind": "ids", "names": ("user", "item"), "ids": ids, "titles": titles}
    task.record = lambda: {"preprocessing": recorded}
    fit(task, [Projector()], max_epochs=1)
    users, items = ((tmp_path / info.metadata_path).read_text() for info in listed(tmp_path))
    assert users == "Ann\nBob\n"
    assert items == "item\ttitle\n7\tE.T.\n9\tA\\tB\n12\t''\n"


def test_columns_of_classes_and_of_numbers() -> None:
    assert target_column(Target(torch.tensor([1, 0]), ("cat", "dog"))) == {"class": ["dog", "cat"]}
    assert target_column(Target(torch.tensor([1, 0]), ())) == {"class": ["1", "0"]}
    assert target_column(Target(torch.tensor([0.25, 1e9]), ("age",))) == {"age": ["0.25", "1e+09"]}
    assert target_column(None) == {}


def test_no_files_without_points(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, torch.nn.Linear(2, 3)), [Projector()], max_epochs=1)
    assert not (tmp_path / CONFIG).exists()
    assert not (tmp_path / "projector").exists()


def test_sprite_is_square_and_padded(tmp_path: Path) -> None:
    (tmp_path / "projector").mkdir()
    images = torch.arange(5 * 6).reshape(5, 1, 3, 2).float()  # 29 is the largest
    info = EmbeddingInfo(tensor_name="codes")
    add_sprite(tmp_path, info, images)
    assert list(info.sprite.single_image_dim) == [2, 3]  # width, height
    pixels = np.asarray(Image.open(tmp_path / info.sprite.image_path))
    assert pixels.shape == (9, 6)  # 3 x 3 images
    for place in range(9):
        row, column = divmod(place, 3)
        cell = pixels[3 * row : 3 * row + 3, 2 * column : 2 * column + 2]
        wanted = images[place, 0].numpy() * 255 / 29 if place < 5 else np.zeros((3, 2))
        assert cell == pytest.approx(wanted, abs=0.51)


def test_colored_sprite(tmp_path: Path) -> None:
    (tmp_path / "projector").mkdir()
    images = torch.zeros(1, 3, 2, 2)
    images[0, 1] = 1
    info = EmbeddingInfo(tensor_name="codes")
    add_sprite(tmp_path, info, images)
    assert np.asarray(Image.open(tmp_path / info.sprite.image_path)).tolist() == [[[0, 255, 0]] * 2] * 2


def test_at_least_three_points() -> None:
    with pytest.raises(UserError, match="points is 2; the projector needs at least 3"):
        Projector(points=2)


def sprite_of(folder: Path, images: torch.Tensor) -> np.ndarray | None:
    (folder / "projector").mkdir(exist_ok=True)
    info = EmbeddingInfo(tensor_name="codes")
    add_sprite(folder, info, images)
    return np.asarray(Image.open(folder / info.sprite.image_path)) if info.sprite.image_path else None


def test_pictures_without_a_sprite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sprite_of(tmp_path, torch.zeros(2, 2, 4, 4)) is None  # neither gray nor in colour
    monkeypatch.setattr("nnzoo.callbacks.projector.MAX_SIDE", 6)
    assert sprite_of(tmp_path, torch.zeros(5, 1, 2, 1)) is not None  # 3 x 3 of height 2
    assert sprite_of(tmp_path, torch.zeros(5, 1, 3, 1)) is None
    assert sprite_of(tmp_path, torch.zeros(5, 1, 1, 3)) is None


def test_gray_values_are_scaled_to_the_whole_range(tmp_path: Path) -> None:
    pixels = sprite_of(tmp_path, torch.tensor([-1.0, 0, 1, 3]).view(4, 1, 1, 1))
    assert pixels is not None
    assert pixels.tolist() == [[0, 64], [128, 255]]
    pixels = sprite_of(tmp_path, torch.full((1, 1, 1, 2), 7.0))
    assert pixels is not None
    assert pixels.tolist() == [[0, 0]]


def test_points_and_columns_are_tables(tmp_path: Path) -> None:
    points = torch.tensor([[1.0, 0.123456789], [2.0, -3.0]])
    info = write_points(tmp_path, "model.words", points, {"label": ["a", "b", "c"]})
    assert info.tensor_name == "words"
    assert (info.tensor_path, info.metadata_path) == ("projector/words.tsv", "projector/words_labels.tsv")
    assert list(info.tensor_shape) == [2, 2]
    assert (tmp_path / info.tensor_path).read_text() == "1\t0.123457\n2\t-3\n"
    assert (tmp_path / info.metadata_path).read_text() == "a\nb\n"
    info = write_points(tmp_path, "", points, {"label": ["a", "b"], "n": ["1", "2"]})
    assert info.tensor_name == "embedding"
    assert (tmp_path / info.metadata_path).read_text() == "label\tn\na\t1\nb\t2\n"


def test_rows_of_embedding_layers() -> None:
    net = torch.nn.Linear(2, 3)
    task = make_task(replace(WORDS, labels=("end", "x", "y"), target_size=3), net)
    assert row_columns(task, "words", torch.nn.Embedding(4, 2)) == {"label": ["the", "a\tb", " ", "網路"]}
    assert row_columns(task, "net.symbols", torch.nn.Embedding(3, 2)) == {"label": ["end", "x", "y"]}
    assert row_columns(task, "words", torch.nn.Embedding(5, 2)) == {"label": ["0", "1", "2", "3", "4"]}
    recorded = {"kind": "ids", "names": ("user", "item"), "ids": (("Ann", "Bob"), ("7", "9")), "titles": ("E", "F")}
    task.record = lambda: {"preprocessing": recorded}
    layer = IdEmbedding(3, 2, std=0.1)
    assert row_columns(task, "a.item_vectors", layer) == {"item": ["7", "9"], "title": ["E", "F"]}
    assert row_columns(task, "item.user_vectors", layer) == {"label": ["Ann", "Bob"]}
    assert row_columns(task, "other", layer) == {"label": ["1", "2"]}
    del recorded["titles"]
    assert row_columns(task, "item_vectors", layer) == {"label": ["7", "9"]}
    recorded["kind"] = "numbers"
    assert row_columns(task, "item_vectors", layer) == {"label": ["1", "2"]}


def test_features_are_of_image_classifiers() -> None:
    image = DataSpec("real", (1, 2, 2), "classes", 3)
    net: Any = torch.nn.Linear(2, 3)
    assert not has_features(make_task(image, net))
    net.forward_features = lambda x: x
    specs = (image, replace(image, target="real"), PLANE)
    tasks = [SimpleNamespace(spec=spec, net=SimpleNamespace(model=net)) for spec in specs]
    assert [has_features(task) for task in tasks] == [True, False, False]  # type: ignore[arg-type]


def test_at_least_three_examples_have_features(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.arange(40.0).view(5, 2, 4)
    net = SimpleNamespace(forward_features=lambda x: 2 * x)
    examples: Any = SimpleNamespace(net=net, trainer=TRAINER)
    for most, number in ((8 * 4 + 7, 4), (8, 3), (1, 3), (1000, 5)):
        monkeypatch.setattr("nnzoo.callbacks.projector.MAX_FEATURES", most)
        assert torch.equal(features(examples, x), 2 * x.flatten(1)[:number])


def test_defaults_and_smallest_number() -> None:
    assert (Projector().points, Projector(points=3).points) == (1000, 3)
