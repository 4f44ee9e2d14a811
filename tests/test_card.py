from dataclasses import replace

import pytest
from nnzoo.card import Traits
from nnzoo.config.catalogue import cards
from nnzoo.errors import UserError


@pytest.mark.parametrize("form", ["sequence", "tokens"])
def test_networks_that_take_sequences_need_causal(form):
    with pytest.raises(UserError, match=rf"^traits of a network that takes vector and {form} need causal: True if no "):
        Traits(inputs=("vector", form))
    assert Traits(inputs=(form,), causal=True).is_causal({})
    assert not Traits(inputs=(form,), causal=False).is_causal({})
    window = Traits(inputs=(form,), causal=("window", 0))
    assert window.is_causal({"window": 0})
    assert not window.is_causal({"window": 2})
    with pytest.raises(UserError, match=r"have causal=\('window', 0\); the network has no setting 'window'$"):
        window.is_causal({"hidden": 3})


def test_networks_that_take_no_sequences_are_causal():
    assert Traits(inputs=("vector",)).is_causal({})
    with pytest.raises(UserError, match=r"^traits have causal=True, but the network takes vector and image, no "):
        Traits(inputs=("vector", "image"), causal=True)


def test_command_of_a_card():
    assert cards()["linear"].command == "nnzoo train model=linear data=digits"


@pytest.mark.parametrize(
    ("causal", "settings", "text"),
    [
        (True, {}, "yes"),
        (False, {}, "no"),
        (("window", 0), {"window": 0}, "yes, with model.window=0"),
        (("bidirectional", False), {"bidirectional": True}, "only with model.bidirectional=false"),
    ],
)
def test_causal_text(causal, settings, text):
    traits = Traits(inputs=("sequence",), causal=causal)
    card = replace(cards()["ar"], traits=traits, causal=traits.is_causal(settings))
    assert card.causal_text == text
