"""Environment variables in place of numbers."""

import pytest
from nnzoo.config.compose import compose
from nnzoo.errors import UserError


@pytest.mark.parametrize(
    ("override", "text", "key", "value"),
    [
        ("optimizer.lr=${oc.env:VALUE}", "1e-3", "optimizer.lr", 0.001),
        ("optimizer.lr=${oc.env:VALUE}", "1", "optimizer.lr", 1),
        ("model.hidden=${oc.env:VALUE}", "[8,4]", "model.hidden", [8, 4]),
        ("model.dropout=${oc.env:NOT_SET,0.25}", "", "model.dropout", 0.25),
        ("trainer.max_epochs=${oc.env:VALUE}", "3", "trainer.max_epochs", 3),
        ("model.activation=${oc.env:VALUE}", "tanh", "model.activation", "tanh"),
        ("output_dir=${oc.env:VALUE}", "2026", "output_dir", "2026"),  # a text stays a text
    ],
)
def test_the_text_becomes_what_the_setting_takes(monkeypatch, override, text, key, value):
    monkeypatch.setenv("VALUE", text)
    config = compose(["model=mlp", override])
    node = config
    for name in key.split("."):
        node = node[name]
    assert node == value
    assert isinstance(node, type(value)) or isinstance(value, list)


def test_another_text_is_one_line(monkeypatch):
    monkeypatch.setenv("VALUE", "fast")
    with pytest.raises(UserError, match=r"^optimizer.lr is 'fast'; it takes float$"):
        compose(["optimizer.lr=${oc.env:VALUE}"])
    with pytest.raises(UserError, match="Environment variable 'NOT_SET' not found"):
        compose(["optimizer.lr=${oc.env:NOT_SET}"])
