import pytest
from nnzoo import card
from nnzoo.card import ModelCard, register, registered

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
