import importlib
import sys

import nnzoo
import pytest
from nnzoo.config.earlier_imports import EARLIER_NAMES, EarlierModuleFinder, install


@pytest.mark.parametrize("name", ["nnzoo.losses.hinge", "nnzoo.data.tokenizers", "nnzoo.layers.partial_linear"])
def test_import_by_earlier_name_gives_the_moved_module(name, monkeypatch):
    monkeypatch.delitem(sys.modules, name, raising=False)
    now = importlib.import_module(EARLIER_NAMES[name])
    spec = now.__spec__
    with pytest.warns(DeprecationWarning, match=f"^{name} is now {EARLIER_NAMES[name]}$"):
        found = importlib.import_module(name)
    assert found is now
    assert found.__spec__ is spec
    assert found.__name__ == EARLIER_NAMES[name]


@pytest.mark.parametrize("name", sorted(set(EARLIER_NAMES.values())))
def test_current_names_can_be_imported(name):
    importlib.import_module(name)


def test_other_names_are_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nnzoo.losses.hinges")


def test_finder_is_installed_once():
    install()
    assert sum(isinstance(finder, EarlierModuleFinder) for finder in sys.meta_path) == 1
    assert nnzoo.__version__
