from functools import partial
from numbers import Rational
from textwrap import dedent

import pytest
import torch
from nnzoo.config.instantiate import (
    check_allow,
    instantiate,
    instantiate_kind,
    is_within,
    locate,
    locate_callable,
    targets,
    why_not_allowed,
)
from nnzoo.errors import UserError

LINEAR = {"_target_": "torch.nn.Linear", "in_features": 2, "out_features": 3}


def test_builds_the_named_class():
    made = instantiate(LINEAR, bias=False)
    assert isinstance(made, torch.nn.Linear)
    assert (made.in_features, made.out_features, made.bias) == (2, 3, None)


def test_partial_node_gives_a_function_of_the_other_arguments():
    make = instantiate({"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.5})
    assert isinstance(make, partial)
    assert make([torch.zeros(1, requires_grad=True)]).param_groups[0]["lr"] == 0.5


def test_builds_inside_lists_and_mappings():
    made = instantiate({"a": [LINEAR, 3], "b": {"c": LINEAR}})
    assert isinstance(made["a"][0], torch.nn.Linear)
    assert made["a"][1] == 3
    assert isinstance(made["b"]["c"], torch.nn.Linear)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("os.system", "is not allowed; only classes of nnzoo, torch,"),
        ("torchless.Thing", "is not allowed, and its package torchless is neither installed nor in /"),
        (5, "'5' is not allowed"),
        ("torch.utils.model_dump.__main__.X", "is in a private module"),
        ("torch.testing._internal.common_utils.TestCase", "is in a private module"),
        ("nnzoo.__main__.X", "is in a private module"),
        ("torch.hub.load", "'torch.hub.load' is not a class; only classes are built"),
        ("nnzoo.models.mlp.MPL", "does not exist"),
        ("nnzoo.modles.mlp.MLP", "does not exist"),
        ("torch.utils.collect_env.subprocess.Popen", "does not exist"),
        ("nnzoo.runs.directory.Path", "'pathlib.Path' is not allowed"),
    ],
)
def test_refuses_other_targets(target, message):
    node = {"_target_": target, "args": ["true"]}
    for nested in (node, [node], {"_target_": "torch.nn.Linear", "in_features": [{"x": node}]}):
        with pytest.raises(UserError) as caught:
            instantiate(nested)
        assert message in str(caught.value)


def test_allow_permits_a_further_package():
    with pytest.raises(UserError, match="fractions"):
        locate("fractions.Fraction")
    half = {"_target_": "fractions.Fraction", "numerator": 1, "denominator": 2}
    assert instantiate(half, allow=["fractions"]) == 0.5
    with pytest.raises(UserError, match=r"only classes of .*, frac; .* 'allow=\[frac,fractions\]'"):
        locate("fractions.Fraction", allow=["frac"])


def test_allow_holds_inside_lists_and_mappings():
    half = {"_target_": "fractions.Fraction", "numerator": 1, "denominator": 2}
    assert instantiate({"a": [half], "b": {"c": half}}, allow=["fractions"]) == {"a": [0.5], "b": {"c": 0.5}}
    nested = {"_target_": "fractions.Fraction", "numerator": half}
    assert instantiate(nested, allow=["fractions"], denominator=2) == 0.25


def test_an_object_of_a_kind():
    half = {"_target_": "fractions.Fraction", "numerator": 1}
    assert instantiate_kind(half, Rational, "data.x", allow=["fractions"], denominator=2) == 0.5
    with pytest.raises(UserError, match=r"^data\.x is fractions\.Fraction, which is not derived from .*\.Module$"):
        instantiate_kind(half, torch.nn.Module, "data.x", allow=["fractions"])
    with pytest.raises(UserError, match="is not allowed"):
        instantiate_kind(half, Rational, "data.x")


def test_a_function_of_the_user_can_be_located():
    assert locate_callable("fractions.Fraction", allow=["fractions"]).__name__ == "Fraction"
    assert locate_callable("textwrap.dedent", allow=["textwrap"]) is dedent
    with pytest.raises(UserError, match=r"'torch\.hub\.load' is not a class"):
        locate_callable("torch.hub.load", allow=["torch"])


def test_allowed_targets_have_no_reason_against_them():
    for target in ("from_python.Net", "torch.nn.Linear", "mynets.Net"):
        assert why_not_allowed(target, ["mynets"]) is None


@pytest.mark.parametrize("allow", ["mynets", None, 3])
def test_allow_is_a_list(allow):
    check_allow(["mynets"])
    check_allow(())
    with pytest.raises(
        UserError, match=rf"^allow is {allow!r}; it takes a list of packages, such as allow=\[mynets\]$"
    ):
        check_allow(allow)


@pytest.mark.parametrize(
    ("name", "inside"), [("a.b", True), ("a.b.c", True), ("a", False), ("a.bc", False), ("c", True), ("cd", False)]
)
def test_names_within_packages(name, inside):
    assert is_within(name, ("a.b", "c.")) is inside


def test_strings_are_not_interpolated(monkeypatch):
    monkeypatch.setenv("SECRET", "x")
    bomb = "${oc.create:{_target_:os.system,command:false}}"
    assert instantiate({"a": "${oc.env:SECRET}", "b": bomb}) == {"a": "${oc.env:SECRET}", "b": bomb}


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({**LINEAR, "colour": 1}, "Linear: got an unexpected keyword argument 'colour'"),
        (
            {"_target_": "nnzoo.losses.regression.huber.Huber", "delta": -1.0},
            "Huber: delta is -1.0; it must be above 0",
        ),
        (
            {"_target_": "nnzoo.data.images.digits.Digits", "size": 3},
            "size is 3; it must be at least 8, the size of the original images",
        ),
    ],
)
def test_rejected_arguments_give_a_one_line_error(node, message):
    with pytest.raises(UserError) as caught:
        instantiate(node)
    assert str(caught.value) == message


def test_targets():
    tree = {"a": {"_target_": "x", "b": [1, {"c": {"_target_": "y"}}]}, "_target_": "z"}
    assert [(path, node["_target_"]) for path, node in targets(tree)] == [("", "z"), ("a", "x"), ("a.b[1].c", "y")]


def test_a_constructor_of_the_user_that_fails_gives_a_one_line_error(tmp_path, monkeypatch):
    (tmp_path / "failing.py").write_text("class Net:\n    def __init__(self):\n        {}['size']\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match=r"^Net: KeyError: 'size' \(.*failing.py, line 3\)$"):
        instantiate({"_target_": "failing.Net"}, allow=["failing"])
