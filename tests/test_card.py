import pytest
from nnzoo import card
from nnzoo.card import ModelCard, register, registered
from nnzoo.errors import UserError

CARD = ModelCard(name="thing", title="", family="", sources=(), accepts=(), tasks=())


@pytest.fixture(autouse=True)
def empty(monkeypatch):
    monkeypatch.setattr(card, "_models", {})


def test_register():
    first = register(CARD)(type("First", (), {}))
    assert first.card is CARD
    assert registered() == {"thing": (CARD, first)}


def test_two_of_a_name():
    register(CARD)(type("First", (), {}))
    with pytest.raises(ValueError, match="two networks are called 'thing': First, Second"):
        register(CARD)(type("Second", (), {}))


def test_a_cell_that_is_run_again():
    register(CARD)(type("First", (), {}))
    again = register(CARD)(type("First", (), {}))
    assert registered()["thing"][1] is again


def made(accepts, **fields):
    return ModelCard(name="thing", title="", family="", sources=(), accepts=accepts, tasks=(), **fields)


@pytest.mark.parametrize("form", ["sequence", "tokens"])
def test_networks_that_read_sequences_say_whether_they_look_ahead(form):
    with pytest.raises(UserError, match=r"^the card of 'thing' lacks causal: True if no output depends on later steps"):
        made(("vector", form))
    assert made((form,), causal=True).is_causal({})
    assert not made((form,), causal=False).is_causal({})
    assert made((form,), causal=("window", 0)).is_causal({"window": 0})
    assert not made((form,), causal=("window", 0)).is_causal({"window": 2})
    with pytest.raises(UserError, match=r"has causal=\('window', 0\); there is no setting 'window'"):
        made((form,), causal=("window", 0)).is_causal({"hidden": 3})


def test_others_take_each_step_by_itself():
    assert made(("vector",)).is_causal({})
    with pytest.raises(UserError, match="it accepts no sequences"):
        made(("vector", "image"), causal=True)
