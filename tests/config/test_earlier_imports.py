import importlib
import sys

import nnzoo
import pytest
from nnzoo.config.earlier_imports import NAMES, EarlierNames, install


@pytest.mark.parametrize("name", ["nnzoo.losses.hinge", "nnzoo.data.tokenizers", "nnzoo.layers.partial_linear"])
def test_a_module_by_its_earlier_name_is_the_module_itself(name, monkeypatch):
    monkeypatch.delitem(sys.modules, name, raising=False)
    now = importlib.import_module(NAMES[name])
    spec = now.__spec__
    with pytest.warns(DeprecationWarning, match=f"^{name} is now {NAMES[name]}$"):
        found = importlib.import_module(name)
    assert found is now
    assert found.__spec__ is spec
    assert found.__name__ == NAMES[name]


@pytest.mark.parametrize("name", sorted(set(NAMES.values())))
def test_modules_are_where_they_are_said_to_be(name):
    importlib.import_module(name)


def test_other_names_are_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nnzoo.losses.hinges")


def test_installed_once():
    install()
    assert sum(isinstance(finder, EarlierNames) for finder in sys.meta_path) == 1
    assert nnzoo.__version__
