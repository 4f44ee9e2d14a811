"""Installed packages that add options: how they are found, listed, trusted, and what happens if they are faulty."""

import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import nnzoo
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from nnzoo.cli.commands import dispatch
from nnzoo.cli.descriptions import describe
from nnzoo.config.catalogue import cards
from nnzoo.config.compose import compose
from nnzoo.config.files import options
from nnzoo.config.instantiate import instantiate, is_allowed
from nnzoo.config.inventory import list_options
from nnzoo.config.plugins import configs_of, plugins
from nnzoo.errors import PluginWarning, UserError
from nnzoo.experiments import catalogue
from torch import nn

from tests.support.commands import exit_code
from tests.support.plugins import forget_plugins, install

NET = """
from torch import nn

class Shell:
    def __init__(self, command: str) -> None:
        raise SystemExit(command)

class Words(nn.Module):
    "Counts words."
    def __init__(self, vocab_size: int, out_features: int, width: int = 4) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Embedding(vocab_size, width), nn.Linear(width, out_features))

    def forward(self, x):
        return self.layers(x).mean(1)
"""
FILES = {
    "plugged/__init__.py": "",
    "plugged/net.py": NET,
    "plugged/conf/model/words.yaml": "_target_: plugged.net.Words\nwidth: 8\n_card_: {title: A bag of words}\n",
    "plugged/conf/optimizer/nadam.yaml": "_target_: torch.optim.NAdam\nlr: 0.5\n",
    "plugged/conf/experiment/plugged/first.yaml": "# @package _global_\nseed: 7\n",
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with a package, which `install` makes an installed one."""
    write(tmp_path, FILES)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("plugged", "faulty")]:
        del sys.modules[name]
    forget_plugins()


@pytest.fixture
def plugged(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install(site, "plugged", {"plugged": "plugged.conf"}, monkeypatch)
    return site


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_options_are_found_and_nothing_is_imported(plugged: Path) -> None:
    (plugin,) = plugins()
    assert (plugin.name, plugin.package, plugin.folder) == ("plugged", "plugged", plugged / "plugged" / "conf")
    assert "words" in nnzoo.list_models("w*")
    assert list(options("optimizer"))[-1] == "nadam"
    assert list_options("models", "words").split(maxsplit=1) == ["words", "A bag of words (plug-in plugged)\n"]
    config = compose(["model=words", "optimizer=nadam", "data=reuters", "experiment=plugged/first"])
    assert config.model == {"_target_": "plugged.net.Words", "width": 8}
    assert config.optimizer == {"_target_": "torch.optim.NAdam", "lr": 0.5, "_partial_": True}
    assert (config.seed, config.allow) == (7, [])
    assert "plugged" not in sys.modules


def test_the_card_of_a_plain_module_follows_from_its_constructor(plugged: Path) -> None:
    card = cards()["words"]
    assert (card.traits.inputs, card.causal, card.sources, card.package) == (("tokens",), False, (), "plugged")
    assert (card.family, card.command) == ("plugged", "nnzoo train model=words")
    text = describe("words")
    assert "plug-in   plugged, package plugged\n" in text
    assert "  model.width=8  int" in text
    assert "sources" not in text


def test_errors_suggest_options_of_plug_ins(plugged: Path) -> None:
    for overrides, message in (
        (["model=wordz"], "unknown model 'wordz'; did you mean 'words'"),
        (["model=words", "model.widht=3"], "did you mean 'model.width'"),
        (["model=words", "model.width=x"], "model.width is 'x'; it takes int"),
    ):
        with pytest.raises(UserError, match=message):
            compose(overrides)


def test_the_page_of_the_zoo_has_no_plug_ins(plugged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "experiments", dict)  # which takes a while
    page = catalogue.page()
    assert "A bag of words" not in page
    assert "| nadam" not in page


def test_only_classes_of_runs_are_trusted(plugged: Path) -> None:
    assert is_allowed("plugged.net.Words", ())
    assert not is_allowed("pluggedin.net.Words", ())
    words = {"_target_": "plugged.net.Words", "vocab_size": 3, "out_features": 2}
    assert isinstance(instantiate(words), nn.Module)
    with pytest.raises(UserError, match=r"'plugged\.net\.Shell' cannot be part of a run"):
        instantiate({"_target_": "torch.nn.Sequential", "inner": {"_target_": "plugged.net.Shell", "command": "rm"}})
    with pytest.raises(UserError, match=r"only classes of nnzoo, .*, optuna, plugged; if you trust it"):
        compose(["model=os.Net"])


def test_other_applications_of_hydra_have_no_plug_ins(plugged: Path, tmp_path: Path) -> None:
    write(tmp_path, {"app/main.yaml": "a: 1\n", "app/model/mine.yaml": "b: 2\n"})
    with initialize_config_dir(str(tmp_path / "app"), version_base="1.3"):
        assert hydra_compose("main") == {"a": 1}
        assert GlobalHydra.instance().config_loader().get_group_options("model") == ["mine"]


@pytest.mark.parametrize(
    ("files", "points", "message"),
    [
        ({}, {"faulty": "nowhere.conf"}, "plug-in faulty: its entry point 'nowhere.conf' is not an installed package"),
        ({}, {"faulty": "plugged.other"}, "plug-in faulty: its entry point 'plugged.other' is not"),
        ({}, {"faulty": "3 %"}, "plug-in faulty: its entry point '3 %' is not"),
        (
            {"plugged/conf/model/mlp.yaml": "_target_: plugged.net.Words\n"},
            {"plugged": "plugged.conf"},
            "plug-in plugged: model=mlp is left out, since nnzoo has an option of this name",
        ),
        (
            {"faulty/conf/model/words.yaml": "_target_: faulty.Net\n"},
            {"faulty": "faulty.conf", "plugged": "plugged.conf"},
            "plug-in plugged: model=words is left out, since plug-in faulty has an option of this name",
        ),
        (
            {"faulty/conf/model/broken.yaml": "_target_: [\n"},
            {"faulty": "faulty.conf"},
            "plug-in faulty: model=broken cannot be read: while parsing",
        ),
        (
            {"faulty/conf/model/broken.yaml": "_target_: faulty.net.Net\n", "faulty/net.py": "class Net(:\n"},
            {"faulty": "faulty.conf"},
            r"plug-in faulty: model=broken cannot be read: .*net.py cannot be read: .* \(line 1\)",
        ),
        (
            {"faulty/conf/model/broken.yaml": "width: 3\n"},
            {"faulty": "faulty.conf"},
            "plug-in faulty: model=broken cannot be read: .*broken.yaml has no _target_",
        ),
        (
            {"faulty/conf/model/broken.yaml": "- 3\n"},
            {"faulty": "faulty.conf"},
            "plug-in faulty: model=broken cannot be read: .*broken.yaml has no network",
        ),
        (
            {"faulty/conf/model/broken.yaml": "_target_: faulty.Net\n_card_: {titel: x}\n"},
            {"faulty": "faulty.conf"},
            "plug-in faulty: model=broken cannot be read: unknown key of the card in .* 'titel'",
        ),
        (
            {"faulty/conf/loss/broken.yaml": "_target_: [\n"},
            {"faulty": "faulty.conf"},
            "plug-in faulty: loss=broken cannot be read: while parsing",
        ),
    ],
)
def test_a_faulty_plug_in_is_one_note(
    site: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], points: dict[str, str], message: str
) -> None:
    write(site, files)
    install(site, "faulty", points, monkeypatch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert "\nmlp  " in list_options("models", "mlp")
        assert "cross_entropy" in list_options("losses")
    notes = {str(each.message) for each in caught}
    assert all(issubclass(each.category, PluginWarning) for each in caught)
    assert len(notes) == 1
    assert re.match(message, notes.pop(), re.DOTALL)


def test_two_packages_with_one_name(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, "plugged", {"plugged": "plugged.conf"}, monkeypatch)
    write(site, {"faulty/conf/model/net.yaml": "_target_: faulty.Net\n"})
    install(site, "second", {"plugged": "faulty.conf"}, monkeypatch)
    with pytest.warns(PluginWarning, match="plug-in plugged: its name is taken .*; 'plugged.conf' is left out"):
        assert [plugin.package for plugin in plugins()] == ["faulty"]


def test_nothing_else_fails_with_a_faulty_plug_in(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, {f"faulty/conf/{group}/broken.yaml": "_target_: [\n" for group in ("model", "loss", "metrics")})
    install(site, "faulty", {"faulty": "faulty.conf"}, monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        assert "cross_entropy" in describe("cross_entropy")
        assert compose(["model=mlp"]).model._target_ == "nnzoo.models.mlp.MLP"
        assert "(plug-in faulty)" in list_options("metrics")
        with pytest.raises(UserError, match="unknown name 'broken'"):
            describe("broken")
        with pytest.raises(UserError, match="while parsing"):
            compose(["model=broken"])


def test_the_command_prints_a_note_and_goes_on(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "faulty", {"faulty": "nowhere.conf"}, monkeypatch)
    assert exit_code("list", "models", "mlp") == 0
    printed = capsys.readouterr()
    assert "\nmlp  " in printed.out
    assert printed.err.startswith("nnzoo: note: plug-in faulty: its entry point 'nowhere.conf' is not ")
    assert printed.err.count("\n") == 1


def test_the_package_is_found_without_an_import(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, {"plugged/__init__.py": "raise SystemExit('imported')", "spaces/inner/conf/data/x.yaml": "a: 1"})
    monkeypatch.syspath_prepend(site)
    assert configs_of("plugged.conf") == site / "plugged" / "conf"
    assert configs_of("spaces.inner.conf") == site / "spaces" / "inner" / "conf"  # a namespace package
    for nothing in ("plugged", "plugged.net", "json", "", "..", "a-b"):
        assert configs_of(nothing) is None


def test_a_plug_in_is_trained_used_and_not_imported_by_other_runs(plugged: Path, tmp_path: Path) -> None:
    quick = ["~callbacks.figures", "trainer.max_epochs=1", "trainer.accelerator=cpu", f"output_dir={tmp_path}"]
    other = nnzoo.train("model=linear", "data=iris", *quick)
    nnzoo.load(other.directory)
    assert "plugged" not in sys.modules
    write(plugged, {"plugged/conf/model/plain.yaml": "_target_: plugged.net.Plain\n"})
    (plugged / "plugged" / "net.py").write_text(
        NET + "\nclass Plain(nn.Linear):\n    def __init__(self, in_features: int, out_features: int) -> None:\n"
        "        super().__init__(in_features, out_features)\n"
    )
    forget_plugins()
    run = nnzoo.train("model=plain", "data=iris", *quick)
    net = nnzoo.load(run.directory)
    assert type(net.network.model).__module__ == "plugged.net"
    again = nnzoo.resume(run.directory, "trainer.max_epochs=2")
    assert again.status == "done"


def test_an_error_in_a_plug_in_is_one_line(plugged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        plugged,
        {
            "plugged/conf/callbacks/bad.yaml": "defaults: [none]\nbad:\n  _target_: plugged.bad.Bad\n",
            "plugged/bad.py": "import pytorch_lightning as pl\n\n\nclass Bad(pl.Callback):\n"
            "    def on_train_start(self, trainer, task):\n        1 / 0\n",
        },
    )
    given = ["model=linear", "data=iris", "callbacks=bad", "trainer.accelerator=cpu", f"output_dir={tmp_path}"]
    assert exit_code("train", *given) == 2
    assert re.search(r"^nnzoo: ZeroDivisionError: .*bad.py, line 6; debug=true", capsys.readouterr().err, re.MULTILINE)


def test_help_reads_no_entry_points() -> None:
    code = (
        "import sys, importlib.metadata as m\n"
        "m.entry_points = lambda **_: sys.exit('read')\n"
        "from nnzoo.cli.commands import dispatch\n"
        "dispatch(['--help'])\n"
        "assert 'torch' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
    assert dispatch(["--version"]) == 0
