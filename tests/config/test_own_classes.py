"""Classes of the user: how overrides name them, and how they are imported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nnzoo.config import class_imports, own_classes
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


def test_settings_of_a_class_in_place_of_an_option_are_new_keys():
    given = ["++model._target_=mine.Net", "optimizer._target_=mine.Other", "++loss.delta=2", "seed=1"]
    assert own_classes.new_key("model.width", given) == "++model.width"
    for other in ("optimizer.lr", "loss.delta", "models.width", "seed"):
        assert own_classes.new_key(other, given) == other


def test_overrides_with_a_class() -> None:
    given = ["model=my.pkg.Net", "model.width=3", "data=iris", "optimizer=torch.optim.NAdam", "optimizer.lr=0.1"]
    assert own_classes.with_targets(given) == [
        "++model._target_=my.pkg.Net",
        "++model.width=3",
        "data=iris",
        "++optimizer._target_=torch.optim.NAdam",
        "++optimizer.lr=0.1",
    ]
    for same in (["model=mlp", "model.width=3"], ["name=my.Net"], ["data=my.csv"], ["model=a,my.Net"], ["-m"]):
        assert own_classes.with_targets(same) == same


def test_overrides_with_named_classes_functions_and_several_values() -> None:
    for given, expected in {
        "metrics.f1=my.F1 metrics.f1.average=macro": "++metrics.f1._target_=my.F1 ++metrics.f1.average=macro",
        "+callbacks.mine=my.Mine callbacks.best.monitor=val/f1": (
            "++callbacks.mine._target_=my.Mine callbacks.best.monitor=val/f1"
        ),
        "callbacks.figures.pictures.a=my.A": "++callbacks.figures.pictures.a._target_=my.A",
        "loss=my.loss metrics.gap=my.gap": "++loss._target_=my.loss ++metrics.gap._target_=my.gap",
        "callbacks.mine=my.mine head=my.head": "++callbacks.mine._target_=my.mine head=my.head",
        "model=mlp,my.Net model.width=3 seed=1": "model=mlp,my.Net ++model.width=3 seed=1",
        "metrics={a:{_target_:my.A},b:{_target_:my.B}}": "++metrics.a={_target_:my.A} ++metrics.b={_target_:my.B}",
        "callbacks.best.monitor=my.Loss metrics=f1": "callbacks.best.monitor=my.Loss metrics=f1",
    }.items():
        assert own_classes.with_targets(given.split()) == expected.split()


def test_the_config_has_the_class_and_its_settings_only(package: str) -> None:
    config = compose([f"model={package}.OwnNet", "model.width=3", f"allow=[{package}]", "loss=cross_entropy"])
    assert config.model == {"_target_": "ownpackage.OwnNet", "width": 3}
    assert config.choices.model == "OwnNet"
    config = compose([f"model={package}.Fixed", f"allow=[{package}]"])
    assert config.model == {"_target_": "ownpackage.Fixed"}


def test_a_class_has_its_own_defaults(package: str) -> None:
    """Nothing remains of the default optimizer, nor of the default data, except the seed that every data set has."""
    config = compose(["optimizer=torch.optim.NAdam", "data=ownpackage.OwnNet", f"allow=[{package}]", "model=linear"])
    assert config.optimizer == {"_target_": "torch.optim.NAdam", "_partial_": True}
    assert config.data == {"_target_": "ownpackage.OwnNet"}
    config = compose(["data=nnzoo.data.tables.bundled.Iris", "data.val=0.2", "data.standardize=true", "model=linear"])
    assert config.data == {"_target_": "nnzoo.data.tables.bundled.Iris", "val": 0.2, "standardize": True, "seed": 0}
    stop = compose(["callbacks.stop=pytorch_lightning.callbacks.EarlyStopping", "callbacks.stop.monitor=val/loss"])
    assert stop.callbacks.stop == {
        "_target_": "pytorch_lightning.callbacks.EarlyStopping",
        "monitor": "val/loss",
    }
    kept = compose(["optimizer._target_=torch.optim.NAdam"]).optimizer
    assert kept == {"_target_": "torch.optim.NAdam", "_partial_": True, "lr": 0.001, **kept}
    assert "amsgrad" not in kept


def test_classes_and_options_are_values_of_one_sweep(package: str) -> None:
    plan = read_plan(["model=linear,ownpackage.OwnNet,ownpackage.Fixed", f"allow=[{package}]"])
    (param,) = plan.space.params
    configs = [plan.composer().compose([f"model={value}"]) for value in param.values]
    assert [config.model._target_.rpartition(".")[2] for config in configs] == ["Linear", "OwnNet", "Fixed"]
    assert [config.choices.model for config in configs] == ["linear", "OwnNet", "Fixed"]


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
        ("class Net: pass", "mine2.Nett", "mine2 has no 'Nett'; did you mean 'Net'?"),
        ("class Net(:", "mine4.Net", r"mine4.py cannot be read: .* \(line 1\)"),
        ("\nimport nothing_here", "mine5.Net", r"mine5 cannot be imported: .*nothing_here.* \(.*mine5.py, line 2\)"),
        ("x = 1 / 0", "mine6.Net", r"mine6 cannot be imported: ZeroDivisionError: division by zero \(.*, line 1\)"),
        ("raise SystemExit(3)", "mine7.Net", r"mine7 cannot be imported: SystemExit: 3 \(.*, line 1\)"),
        ("x = 'ÿ'", "mine8.Net", r"mine8.py.*cannot be read: .*codec can't decode byte 0xff"),
        ("x\0", "mine9.Net", "mine9 cannot be read: source code string cannot contain null bytes"),
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
        (tmp_path / f"{module}.py").write_text(source, encoding="latin-1")
    class_imports.make_importable([module])
    with pytest.raises(UserError, match=message):
        class_imports.import_object(target)


def test_only_allowed_packages_of_the_working_directory_are_importable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", before := [*sys.path])
    (tmp_path / "own7.py").touch()
    class_imports.make_importable(["other7", "torch", "a-b", "__main__"])
    assert sys.path == before
    assert str(tmp_path) not in sys.path
    class_imports.make_importable(["own7"])
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


def test_a_derived_class_has_the_settings_of_its_base(package: str, tmp_path: Path) -> None:
    """Its base may be in another module, or be a class of torch."""
    (tmp_path / "ownderived.py").write_text(
        "import torch\nfrom ownpackage import OwnNet\nclass Net(OwnNet): pass\nclass Mine(torch.optim.SGD): pass\n"
        "class Decay(torch.optim.lr_scheduler.ExponentialLR): pass\n"
    )
    chosen = ["model=ownderived.Net", "optimizer=ownderived.Mine", "scheduler=ownderived.Decay", "scheduler.gamma=0.5"]
    try:
        config = compose([*chosen, "allow=[ownpackage,ownderived]"])
    finally:
        sys.modules.pop("ownderived", None)
    assert config.model == {"_target_": "ownderived.Net"}
    assert config.optimizer == {"_target_": "ownderived.Mine", "_partial_": True}
    assert config.scheduler == {"_target_": "ownderived.Decay", "_partial_": True, "gamma": 0.5}


def test_an_installed_module_hides_one_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    for target, reason in (
        ("json.OwnNet", "json has no 'OwnNet'"),
        ("json.inner.OwnNet", "json has no module 'inner'"),
    ):
        with pytest.raises(UserError, match=rf"{reason}; .*__init__.py has the same name as .*json.py, which must be"):
            class_imports.import_object(target)
    with pytest.raises(UserError, match="JSONEncoder is a class of json; a class inside"):
        class_imports.import_object("json.JSONEncoder.Inner")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("rule=ownpackage.net", "unknown rule 'ownpackage.net'; the name of a class begins with a capital letter"),
        ("data=ownpackage.py", "unknown data 'ownpackage.py'; for a file or folder, set data.path, for example"),
        ("allow=ownpackage", r"allow is 'ownpackage'; it takes a list, such as 'allow=\[a,b\]'"),
        ("evaluate=test", "evaluate is 'test'; it takes a list"),
        ("choices=3", "choices is 3; it takes a mapping, such as 'choices={name: value}'"),
    ],
)
def test_hints(package: str, override: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        compose([override])
