from dataclasses import replace

import pytest
from nnzoo.card import Traits
from nnzoo.config.catalogue import cards
from nnzoo.errors import UserError


@pytest.mark.parametrize("form", ["sequence", "tokens"])
def test_networks_that_read_sequences_say_whether_they_look_ahead(form):
    with pytest.raises(UserError, match=rf"^traits of a network that takes vector and {form} lack causal: True if no "):
        Traits(inputs=("vector", form))
    assert Traits(inputs=(form,), causal=True).is_causal({})
    assert not Traits(inputs=(form,), causal=False).is_causal({})
    window = Traits(inputs=(form,), causal=("window", 0))
    assert window.is_causal({"window": 0})
    assert not window.is_causal({"window": 2})
    with pytest.raises(UserError, match=r"have causal=\('window', 0\); the network has no setting 'window'$"):
        window.is_causal({"hidden": 3})


def test_others_take_each_step_by_itself():
    assert Traits(inputs=("vector",)).is_causal({})
    with pytest.raises(UserError, match=r"^traits have causal=True, but the network takes vector and image, no "):
        Traits(inputs=("vector", "image"), causal=True)


def test_the_command_of_a_card():
    assert cards()["linear"].command == "nnzoo train model=linear data=digits"


@pytest.mark.parametrize(
    ("causal", "settings", "text"),
    [
        (True, {}, "yes"),
        (False, {}, "no"),
        (("window", 0), {"window": 0}, "yes, while model.window=0"),
        (("bidirectional", False), {"bidirectional": True}, "only with model.bidirectional=false"),
    ],
)
def test_causal_in_words(causal, settings, text):
    traits = Traits(inputs=("sequence",), causal=causal)
    card = replace(cards()["ar"], traits=traits, causal=traits.is_causal(settings))
    assert card.causal_text == text
