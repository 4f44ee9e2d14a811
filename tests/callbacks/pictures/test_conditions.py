"""When pictures apply: by the kind of data and by the network."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures import reconstructions
from nnzoo.callbacks.pictures.classes import BOUNDARY, CLASS_ERRORS, CONFUSION
from nnzoo.callbacks.pictures.codes import encodes, reconstructs
from nnzoo.callbacks.pictures.curves import LEARNING_CURVES, LOSS_PARTS
from nnzoo.callbacks.pictures.generated import GAME, GENERATED_IMAGES, POINTS_IN_PLANE
from nnzoo.callbacks.pictures.images import BOXES, FEATURE_MAPS, FILTERS, PREDICTIONS, RECONSTRUCTIONS
from nnzoo.callbacks.pictures.latent import CLASS_SAMPLES, COMPLETIONS
from nnzoo.callbacks.pictures.outliers import OUTLIERS
from nnzoo.callbacks.pictures.ratings import RATINGS
from nnzoo.callbacks.pictures.recommendations import RECOMMENDATIONS
from nnzoo.callbacks.pictures.reconstructions import COLUMN_ERRORS, POINTS
from nnzoo.callbacks.pictures.recurrent import ACTIVATIONS, AUTOMATON, GATES, GRADIENTS, NEXT_SYMBOLS
from nnzoo.callbacks.pictures.samples import SAMPLES
from nnzoo.callbacks.pictures.sequences import SEQUENCES
from nnzoo.callbacks.pictures.values import SCATTER
from nnzoo.callbacks.pictures.word_map import WORD_MAP
from nnzoo.callbacks.pictures.words import TOP_WORDS
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.recurrent import Recurrent
from nnzoo.runs.directory import RunDirectory
from nnzoo.spec import DataSpec
from torch import nn

PLANE = DataSpec("real", (2,), "classes", 3)
IMAGES = DataSpec("real", (1, 3, 4), "classes", 3)
REAL = DataSpec("real", (2,), "real", 1)
IDS = DataSpec("ids", (2,), "real", 1, sizes=(5, 6))
INPUT = DataSpec("real", (3,), "input", 3)
COUNTS = DataSpec("counts", (3,), "input", 3, vocabulary=("a", "b", "c"))
WORDS = tuple(f"w{k}" for k in range(10))
NEIGHBOURS = DataSpec("tokens", (), "classes", 10, sequence=True, vocabulary=WORDS, labels=WORDS)
SETS = DataSpec(
    "onehot", (7,), "multilabel", 7, sequence=True, per_step=True, vocabulary=tuple("BEPSTVX"), labels=tuple("BEPSTVX")
)
SYMBOLS = DataSpec(
    "tokens", (), "sequence", 3, sequence=True, vocabulary=("a", "b"), labels=("end", "a", "b"), target_len=4
)


class Codes(nn.Module):
    """A network that can do everything."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.erasure = nn.Dropout(0.5)

    def encode(self, x: Any) -> None: ...
    def decode(self, x: Any) -> None: ...
    def sample_codes(self, n: int) -> None: ...
    def gibbs(self, x: Any) -> None: ...
    def vectors(self, which: str) -> None: ...


def examples(spec: DataSpec, model: nn.Module | None = None, logged: Any = None) -> Any:
    net = nn.Module()
    net.model = Codes() if model is None else model
    task = SimpleNamespace(spec=spec, net=net, record=None, loss_parts={})
    return SimpleNamespace(spec=spec, net=net, task=task, logged=logged or {}, loader=SimpleNamespace(graph=None))


def recurrent(cell: Any = Elman, **settings: Any) -> nn.Module:
    return Codes(Recurrent(lambda size: cell(size, 2), 7, **settings))


@pytest.mark.parametrize(
    ("picture", "given", "others"),
    [
        (CONFUSION, [PLANE, IMAGES], [REAL, SETS]),
        (CLASS_ERRORS, [IMAGES], [PLANE, replace(IMAGES, target_size=2), replace(IMAGES, target="real")]),
        (
            BOUNDARY,
            [PLANE, replace(PLANE, target_size=25)],
            [REAL, replace(PLANE, target_size=26), replace(PLANE, shape=(3,)), replace(PLANE, sequence=True)],
        ),
        (PREDICTIONS, [IMAGES], [PLANE, replace(IMAGES, target="real")]),
        (BOXES, [replace(IMAGES, target="class_box")], [IMAGES]),
        (SCATTER, [REAL, IDS], [PLANE]),
        (RECONSTRUCTIONS, [replace(IMAGES, target="input", target_size=12)], [IMAGES, INPUT]),
        (
            RATINGS,
            [IDS],
            [
                replace(IDS, target="classes"),
                replace(IDS, target_size=2),
                REAL,
                DataSpec("ids", (3,), "real", 1, sizes=(5, 6, 7)),
            ],
        ),
        (
            POINTS_IN_PLANE,
            [replace(PLANE, target="none", target_size=0)],
            [PLANE, replace(PLANE, target="none", shape=(3,)), replace(PLANE, target="none", sequence=True)],
        ),
        (GENERATED_IMAGES, [replace(IMAGES, target="none")], [IMAGES, replace(PLANE, target="none")]),
        (
            POINTS,
            [INPUT, replace(INPUT, shape=(2,), target_size=2)],
            [
                replace(INPUT, shape=(4,), target_size=4),
                replace(INPUT, target="real"),
                replace(INPUT, target_size=2, blocks=((2,), (1,))),
                replace(INPUT, partial=True),
                replace(INPUT, sequence=True),
            ],
        ),
        (COLUMN_ERRORS, [], [INPUT]),  # no table
        (SAMPLES, [IMAGES], [PLANE]),
        (
            TOP_WORDS,
            [COUNTS],
            [replace(COUNTS, input="real"), replace(COUNTS, vocabulary=()), replace(COUNTS, target="real")],
        ),
        (
            WORD_MAP,
            [NEIGHBOURS, DataSpec("ids", (1,), "context", 10, sizes=(11,), vocabulary=WORDS, labels=WORDS)],
            [
                replace(NEIGHBOURS, vocabulary=WORDS[:9]),
                replace(NEIGHBOURS, labels=()),
                replace(NEIGHBOURS, target="multilabel"),
                replace(NEIGHBOURS, input="onehot", shape=(10,)),
            ],
        ),
        (
            SEQUENCES,
            [SYMBOLS, replace(SYMBOLS, input="onehot", shape=(2,))],
            [replace(SYMBOLS, vocabulary=()), replace(SYMBOLS, input="real", shape=(2,)), SETS],
        ),
        (
            NEXT_SYMBOLS,
            [SETS, replace(SETS, target_size=20)],
            [replace(SETS, target_size=21), replace(SETS, per_step=False), replace(SETS, target="real")],
        ),
        (COMPLETIONS, [IMAGES], [PLANE]),
        (
            CLASS_SAMPLES,
            [DataSpec("real", (14,), "input", 12, blocks=((1, 3, 4), (2,)))],
            [DataSpec("real", (14,), "input", 12, blocks=((12,), (2,))), DataSpec("real", (14,), "input", 14)],
        ),
    ],
)
def test_by_the_data(picture: Any, given: list[DataSpec], others: list[DataSpec]) -> None:
    assert [bool(picture.applies(examples(spec))) for spec in given] == [True] * len(given)
    assert [bool(picture.applies(examples(spec))) for spec in others] == [False] * len(others)


@pytest.mark.parametrize(
    ("picture", "spec"),
    [
        (FILTERS, IMAGES),
        (FEATURE_MAPS, IMAGES),
        (SAMPLES, IMAGES),
        (TOP_WORDS, COUNTS),
        (WORD_MAP, NEIGHBOURS),
        (COMPLETIONS, IMAGES),
        (OUTLIERS, INPUT),
        (GRADIENTS, SETS),
        (GATES, SETS),
        (ACTIVATIONS, SETS),
        (AUTOMATON, SETS),
    ],
)
def test_networks_without_what_is_drawn(picture: Any, spec: DataSpec) -> None:
    assert not picture.applies(examples(spec, nn.Linear(2, 2)))


def test_convolutions_and_first_layers_of_images() -> None:
    conv, dense = Codes(nn.Conv2d(1, 2, 3)), Codes(nn.Linear(12, 3))
    assert FEATURE_MAPS.applies(examples(IMAGES, conv))
    assert not FEATURE_MAPS.applies(examples(IMAGES, dense))
    assert FILTERS.applies(examples(IMAGES, dense))
    assert not FILTERS.applies(examples(replace(IMAGES, shape=(12, 1, 1), input="bits"), Codes(nn.Linear(2, 3))))
    for picture in (FEATURE_MAPS, FILTERS):
        assert not picture.applies(examples(PLANE, conv))


def test_recurrent_layers() -> None:
    plain, gated = recurrent(), recurrent(GRU)
    both = recurrent(bidirectional=True)
    for picture, model, applies in [
        (GRADIENTS, plain, True),
        (ACTIVATIONS, plain, True),
        (ACTIVATIONS, Codes(nn.GRU(7, 2)), True),
        (GRADIENTS, Codes(nn.GRU(7, 2)), False),
        (GATES, plain, False),
        (GATES, gated, True),
        (AUTOMATON, plain, True),
        (AUTOMATON, both, False),
    ]:
        assert bool(picture.applies(examples(SETS, model))) == applies
        assert not picture.applies(examples(INPUT, model))
    for spec in (replace(SETS, vocabulary=()), replace(SETS, per_step=False), replace(SETS, input="real")):
        assert not AUTOMATON.applies(examples(spec, plain))
    assert not AUTOMATON.applies(examples(replace(SETS, target="real"), plain))


def test_codes_of_vectors_and_images() -> None:
    assert [encodes(examples(spec).task) for spec in (PLANE, IMAGES, SETS)] == [True, True, False]
    assert not encodes(examples(PLANE, nn.Linear(2, 2)).task)
    assert [reconstructs(spec) for spec in (INPUT, replace(INPUT, partial=True), REAL)] == [True, False, False]
    assert reconstructs(DataSpec("real", (1, 3, 4), "input", 12))


def test_outlier_scores_are_for_reconstructions_with_several_passes() -> None:
    """A network of another kind gives no scores, whatever the data."""
    assert not OUTLIERS.applies(examples(REAL))
    assert not OUTLIERS.applies(examples(INPUT))


def test_two_epochs_are_a_curve() -> None:
    one, two = {1: 0.5}, {1: 0.5, 2: 0.25}
    for picture, name in ((LEARNING_CURVES, "train/loss"), (GAME, "train/discriminator_loss")):
        assert [picture.applies(examples(PLANE, logged={name: values})) for values in (one, two)] == [False, True]
        assert not picture.applies(examples(PLANE, logged={"val/loss": two}))
    summed = examples(PLANE, logged={"train/loss": two, "train/kl": two})
    assert not LOSS_PARTS.applies(summed)
    summed.task.loss_parts = {"kl": 2.0}
    assert LOSS_PARTS.applies(summed)
    summed.task.loss_parts = {"kl": 2.0, "other": 1.0}
    assert not LOSS_PARTS.applies(summed)
    summed.logged["train/loss"] = one
    summed.task.loss_parts = {"kl": 2.0}
    assert not LOSS_PARTS.applies(summed)


@pytest.mark.parametrize(("names", "applies"), [(["a"], False), (["a", "b"], True)])
def test_errors_of_columns_are_for_several(monkeypatch: pytest.MonkeyPatch, names: list[str], applies: bool) -> None:
    monkeypatch.setattr(reconstructions, "columns", lambda examples: [(name, 1) for name in names])
    assert COLUMN_ERRORS.applies(examples(INPUT)) == applies
    assert not COLUMN_ERRORS.applies(examples(REAL))


@pytest.mark.parametrize(
    ("spec", "recorded", "applies"),
    [
        (IDS, {"kind": "ids"}, True),
        (replace(IDS, target="classes"), {"kind": "ids"}, False),
        (REAL, {"kind": "rating_rows", "axis": 0, "implicit": False}, True),
        (INPUT, {"kind": "rating_rows", "axis": 0, "implicit": False}, True),
        (REAL, {"kind": "rating_rows", "axis": 1, "implicit": False}, False),
        (REAL, {"kind": "rating_rows", "axis": 0, "implicit": True}, False),
        (REAL, {"kind": "table", "axis": 0, "implicit": False}, False),
    ],
)
def test_recommendations_are_for_ratings(
    tmp_path: Path, spec: DataSpec, recorded: dict[str, Any], applies: bool
) -> None:
    given = examples(spec)
    given.trainer = SimpleNamespace(default_root_dir=tmp_path)
    given.task.record = lambda: {"preprocessing": recorded}
    given.loader = SimpleNamespace(split=SimpleNamespace(x=torch.tensor([[0, 1], [2, 1]])))
    assert not RECOMMENDATIONS.applies(given)  # the run has no ratings
    RunDirectory(tmp_path).ratings_file.touch()
    assert RECOMMENDATIONS.applies(given) == applies
    given.loader.split.x = torch.tensor([[0, 1], [0, 2]])  # unknown users
    assert RECOMMENDATIONS.applies(given) == (applies and recorded["kind"] != "ids")
    given.task.record = None
    assert not RECOMMENDATIONS.applies(given)
