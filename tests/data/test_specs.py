"""The kind, shape, range and names of the examples of sampled and bundled data."""

from typing import Any

import pytest
from nnzoo.data.base import Data
from nnzoo.data.images.digits import Digits
from nnzoo.data.images.moving_shapes import MovingShapes
from nnzoo.data.points.bits import ConsecutiveOnes, Parity
from nnzoo.data.points.manifolds import NoisyCurve, Spiral3D, SwissRoll
from nnzoo.data.points.planes import FirstGreater, Gaussians, Spirals
from nnzoo.data.points.planted_outliers import PlantedOutliers
from nnzoo.data.points.ring import Ring
from nnzoo.data.points.waves import Wave
from nnzoo.data.sequences.adding import Adding
from nnzoo.data.sequences.latch import Latch
from nnzoo.data.sequences.mackey_glass import MackeyGlass
from nnzoo.data.sequences.reverse import Reverse
from nnzoo.data.sequences.sines import Sines
from nnzoo.data.sequences.string_rules import StringRule
from nnzoo.data.sequences.sums import Sums
from nnzoo.spec import DataSpec
from nnzoo.text.vocabulary import END

DIGITS = tuple("0123456789")
SERIES = DataSpec("real", (1,), "real", 1, sequence=True, seq_len=9, per_step=True, autoregressive=True)
FORECAST = DataSpec("real", (1,), "real", 1, sequence=True, seq_len=9)


@pytest.mark.parametrize(
    ("kind", "settings", "spec"),
    [
        (FirstGreater, {}, DataSpec("real", (2,), "classes", 2, low=0.0, high=1.0, labels=("no", "yes"))),
        (Gaussians, {}, DataSpec("real", (2,), "classes", 2, labels=("left", "right"))),
        (Spirals, {}, DataSpec("real", (2,), "classes", 2, labels=("one", "other"))),
        (PlantedOutliers, {"features": 4}, DataSpec("real", (4,), "classes", 2, labels=("inlier", "outlier"))),
        (Ring, {}, DataSpec("real", (2,), "none", 0)),
        (Wave, {"shape": "stairs"}, DataSpec("real", (1,), "real", 1, low=0.0, high=1.0)),
        (Parity, {"n": 1}, DataSpec("binary", (1,), "classes", 2, low=0.0, high=1.0, labels=("even", "odd"))),
        (ConsecutiveOnes, {"n": 3}, DataSpec("binary", (3,), "classes", 2, low=0.0, high=1.0, labels=("no", "yes"))),
        (SwissRoll, {}, DataSpec("real", (3,), "real", 1, labels=("position",))),
        (Spiral3D, {}, DataSpec("real", (3,), "real", 1, labels=("position",))),
        (NoisyCurve, {}, DataSpec("real", (2,), "real", 2, labels=("clean_1", "clean_2"))),
        (Adding, {"steps": 9}, DataSpec("real", (2,), "real", 1, low=0.0, high=1.0, sequence=True, seq_len=9)),
        (
            Latch,
            {"lag": 9},
            DataSpec("real", (1,), "classes", 2, sequence=True, seq_len=10, labels=("minus", "plus")),
        ),
        (
            StringRule,
            {"rule": "three_ones", "n": 9, "train": 9, "val": 9, "test": 9},
            DataSpec(
                "binary",
                (1,),
                "classes",
                2,
                low=0.0,
                high=1.0,
                sequence=True,
                seq_len=9,
                per_step=True,
                labels=("no", "yes"),
            ),
        ),
        (Sines, {"steps": 9}, SERIES),
        (Sines, {"steps": 9, "every_step": False}, FORECAST),
        (MackeyGlass, {"steps": 9}, SERIES),
        (
            Sums,
            {"digits": 2},
            DataSpec(
                "tokens",
                (),
                "sequence",
                11,
                sequence=True,
                vocabulary=(*DIGITS, "+"),
                labels=(END, *DIGITS),
                target_len=4,
            ),
        ),
        (
            Reverse,
            {"letters": 2, "max_length": 5, "train": 20, "val": 2, "test": 2},
            DataSpec(
                "tokens",
                (),
                "sequence",
                3,
                sequence=True,
                vocabulary=("a", "b"),
                labels=(END, "a", "b"),
                target_len=6,
            ),
        ),
        (
            Digits,
            {"size": 9},
            DataSpec("real", (1, 9, 9), "classes", 10, low=0.0, high=1.0, labels=DIGITS, classes=tuple(range(10))),
        ),
        (
            MovingShapes,
            {"frames": 2, "size": 8, "speed": 1.0},
            DataSpec("real", (2, 8, 8), "classes", 4, low=0.0, high=1.0, labels=("right", "down", "left", "up")),
        ),
    ],
    ids=lambda part: part.__name__ if isinstance(part, type) else "",
)
def test_spec(kind: type[Data], settings: dict[str, Any], spec: DataSpec) -> None:
    assert kind(**settings).spec == spec
