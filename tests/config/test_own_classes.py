"""Classes of the user: how overrides name them, and how they are imported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nnzoo.config import own_classes
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.sweeps.plan import read_plan

NET = """
from torch import nn

class OwnNet(nn.Module):
    def __init__(self, in_features: int, out_features: int, width: int = 4) -> None:
        super().__init__()

class Fixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()

number = 3
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a module in the working directory that is not on the path."""
    (tmp_path / "ownpackage.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield "ownpackage"
    sys.modules.pop("ownpackage", None)


def test_overrides_with_a_class() -> None:
    given = ["model=my.pkg.Net", "model.width=3", "data=iris", "optimizer=torch.optim.NAdam", "optimizer.lr=0.1"]
    assert own_classes.with_targets(given) == [
        "++model._target_=my.pkg.Net",
        "++model.width=3",
        "data=iris",
        "++optimizer._target_=torch.optim.NAdam",
        "++optimizer.lr=0.1",
    ]
    for same in (["model=mlp", "model.width=3"], ["name=my.Net"], ["model=my.net"], ["model=a,my.Net"], ["-m"]):
        assert own_classes.with_targets(same) == same


def test_the_config_has_the_class_and_its_settings_only(package: str) -> None:
    config = compose([f"model={package}.OwnNet", "model.width=3", f"allow=[{package}]", "loss=cross_entropy"])
    assert config.model == {"_target_": "ownpackage.OwnNet", "width": 3}
    assert config.choices.model == "OwnNet"
    config = compose([f"model={package}.Fixed", f"allow=[{package}]"])
    assert config.model == {"_target_": "ownpackage.Fixed"}


def test_settings_of_a_class_vary_in_a_sweep(package: str) -> None:
    common = [f"model={package}.OwnNet", f"allow=[{package}]"]
    plans = [read_plan([*common, "model.width=3,5"]), read_plan([*common, "sweep.params={model.width: [3, 5]}"])]
    for plan in plans:
        (param,) = plan.space.params
        assert param.key == "++model.width"
        assert [plan.composer().compose(plan.space.overrides({param.key: v})).model.width for v in "35"] == [3, 5]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["model=ownpackage.OwnNet"],
            "'ownpackage.OwnNet' is not allowed; .*; if you trust it, add 'allow=.ownpackage.'",
        ),
        (["model=ownpackage.OwnNet", "model.widht=3", "allow=[ownpackage]"], "did you mean 'model.width'"),
        (["model=ownpackage.OwnNet", "model.width=a", "allow=[ownpackage]"], "model.width is 'a'; it takes int"),
    ],
)
def test_wrong_settings(package: str, overrides: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compose(overrides)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (None, "nowhere1.Net", "'nowhere1.Net' does not exist: module nowhere1 is neither installed nor in .*"),
        ("class Net: pass", "own2.Nett", "own2 has no 'Nett'; did you mean 'Net'?"),
        ("number = 3", "own3.number", "'own3.number' is not a class"),
        ("class Net(:", "own4.Net", r"own4.py cannot be read: .* \(line 1\)"),
        ("\nimport nothing_here", "own5.Net", r"own5 cannot be imported: .*nothing_here.* \(.*own5.py, line 2\)"),
        ("x = 1 / 0", "own6.Net", r"own6 cannot be imported: ZeroDivisionError: division by zero \(.*, line 1\)"),
        (None, "__main__.Net", "define the class Net again, or move it to a module"),
        (None, "..Net", "does not exist"),
    ],
)
def test_why_a_class_cannot_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str | None, target: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    module = target.partition(".")[0]
    if source is not None:
        (tmp_path / f"{module}.py").write_text(source)
    own_classes.make_importable([module])
    with pytest.raises(UserError, match=message):
        own_classes.import_class(target)


def test_only_allowed_packages_of_the_working_directory_are_importable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", before := [*sys.path])
    (tmp_path / "own7.py").touch()
    own_classes.make_importable(["other7", "torch", "a-b", "__main__"])
    assert sys.path == before
    assert str(tmp_path) not in sys.path
    own_classes.make_importable(["own7"])
    assert sys.path[-1] == str(tmp_path)


class Top:
    pass


def test_the_path_of_a_class() -> None:
    class Inner:
        pass

    assert own_classes.path_of(Top) == f"{__name__}.Top"
    for wrong in (Inner, int):
        with pytest.raises(UserError, match="at the top level of a module"):
            own_classes.path_of(wrong)
