"""Objects from Python in place of those that a config names."""

import collections
import threading
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from nnzoo.config.given import NOTHING, Given, copied, is_factory
from nnzoo.errors import UserError

NODE = {"_target_": "nnzoo.losses.regression.huber.Huber", "delta": 2.0}
HUBER: list[str] = []  # packages that are allowed in addition


class Made:
    """A class of the user."""

    def __init__(self, size: int = 1, *, name: str = "") -> None:
        self.size, self.name = size, name


class Module:
    """An instance with parameters."""

    def state_dict(self) -> dict[str, Any]:
        return {}

    def __call__(self) -> str:
        return "called"


def make(size: int = 1) -> Made:
    return Made(size)


def test_what_is_not_given_is_built_from_the_config() -> None:
    found = NOTHING.build("loss", NODE, allow=[])
    assert type(found).__name__ == "Huber"
    assert found.delta == 2.0
    assert NOTHING.kind("loss", NODE, []) is type(found)


def test_a_given_class_has_the_settings_of_the_node_and_further_arguments() -> None:
    given = Given({"loss": Made})
    found = given.build("loss", {"_target_": "x.Y", "size": 3}, allow=[], name="a")
    assert (type(found), found.size, found.name) == (Made, 3, "a")
    assert given.kind("loss", NODE, []) is Made


def test_a_partial_node_is_built_later() -> None:
    found = Given({"optimizer": Made}).build("optimizer", {"_target_": "x.Y", "_partial_": True, "size": 3}, allow=[])
    assert isinstance(found, partial)
    assert found(name="b").size == 3


@pytest.mark.parametrize("path", ["model", "optimizer", "scheduler"])
def test_functions_build_networks_optimizers_and_schedules(path: str) -> None:
    for function in (make, partial(make, size=4)):
        found = Given({path: function}).build(path, {"_target_": "x.y", "size": 5}, allow=[])
        assert (type(found), found.size) == (Made, 5)


def test_elsewhere_a_function_is_the_object() -> None:
    assert Given({"metrics.f1": make}).build("metrics.f1", {"_target_": "x.y"}, allow=[]) is make


def test_an_instance_is_the_object() -> None:
    module, made = Module(), Made()
    assert Given({"model": module}).build("model", {"_target_": "x.y", "size": 5}, allow=[]) is module
    assert Given({"loss": made}).build("loss", {"_target_": "x.y", "size": 5}, allow=[]) is made
    assert Given({"loss": made}).kind("loss", NODE, []) is Made


@pytest.mark.parametrize(
    ("path", "found", "expected"),
    [
        ("model", Made, True),
        ("metrics.f1", Made, True),
        ("metrics.f1", partial(Made, 2), True),
        ("model", make, True),
        ("model", partial(make, 2), True),
        ("loss", make, False),
        ("loss", partial(make, 2), False),
        ("model", Module(), False),
        ("scheduler", collections.Counter().most_common, True),  # another callable without parameters
    ],
)
def test_what_is_called(path: str, found: Any, expected: bool) -> None:
    assert is_factory(path, found) is expected


def test_copies_leave_the_instances_unchanged() -> None:
    made = Made(2)
    copy = Given({"loss": made, "model": Made}).copies()
    assert copy.objects["model"] is Made
    assert copy.objects["loss"] is not made
    assert copy.objects["loss"].size == 2
    with pytest.raises(UserError, match=r"^loss cannot be copied \(TypeError: .*\); pass a class or a function that"):
        copied("loss", threading.Lock())


def test_a_class_of_an_allowed_package() -> None:
    node = {"_target_": "fractions.Fraction", "numerator": 3}
    assert NOTHING.find("loss", node, ["fractions"]) is Fraction
    assert NOTHING.kind("loss", node, ["fractions"]) is Fraction
    assert NOTHING.build("loss", node, allow=["fractions"], denominator=4) == Fraction(3, 4)
    assert Given({"loss": Made}).build("loss", {"_target_": "x.Y", "size": node}, allow=["fractions"]).size == 3
    for ask in (NOTHING.find, NOTHING.kind):
        with pytest.raises(UserError, match=r"'fractions\.Fraction' is not allowed"):
            ask("loss", node, [])


def test_whether_anything_is_given() -> None:
    assert not NOTHING
    assert Given({"loss": Made})
