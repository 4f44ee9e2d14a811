from functools import partial

import pytest
import torch
from nnzoo.config.instantiate import instantiate, locate, targets
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
