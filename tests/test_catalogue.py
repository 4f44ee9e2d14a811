import nnzoo
import pytest
from nnzoo.catalogue import find, list_models
from nnzoo.errors import UserError
from nnzoo.models.mlp import MLP


def test_find():
    card, network = find("mlp")
    assert (card.name, network) == ("mlp", MLP)
    with pytest.raises(UserError, match="unknown model 'mpl'; did you mean 'mlp'"):
        find("mpl")


def test_patterns():
    assert list_models("lenet5*") == ["lenet5", "lenet5_original"]
    assert list_models("nothing*") == []
    assert nnzoo.list_models is list_models
    assert len(list_models()) >= 7
