"""Composing many configs that share overrides equals composing each of them alone."""

import pytest
from nnzoo.config.compose import compose
from nnzoo.config.composer import Composer
from nnzoo.errors import UserError
from omegaconf import OmegaConf

COMMON = ["model=mlp", "data=iris", "trainer.max_epochs=3"]
MORE = [
    ["optimizer.lr=0.1", "model.hidden=[3,4]"],
    ["model=linear", "seed=4"],
    ["optimizer=sgd", "optimizer.momentum=0.5"],
    ["~callbacks.figures"],
    ["trainer.max_steps=5"],
    [],
]


def plain(config):
    return OmegaConf.to_container(config, resolve=True)


def test_equals_composing_each_alone():
    composer = Composer(COMMON)
    for more in [*MORE, *MORE[:3]]:  # in any order, and again
        assert plain(composer.compose(more)) == plain(compose([*COMMON, *more])), more


@pytest.mark.parametrize("wrong", ["optimizer.lr=x", "optimizer.lrr=1", "model=mlpp", "model.width=2"])
def test_errors_are_the_same(wrong):
    with pytest.raises(UserError) as alone:
        compose([*COMMON, wrong])
    with pytest.raises(UserError) as shared:
        Composer(COMMON).compose([wrong])
    assert str(shared.value) == str(alone.value)


@pytest.mark.parametrize("deleted", ["~optimizer.weight_decay", "~callbacks", "~callbacks.figures", "~logger"])
def test_deletions_delete(deleted):
    """A group, a setting of an option and one of several options; also a second time and beside others."""
    before, composer = plain(compose(COMMON)), Composer(COMMON)
    for more in ([deleted], ["seed=4", deleted], [deleted]):
        found = plain(composer.compose(more))
        assert found == plain(compose([*COMMON, *more]))
        whole, rest = before, found
        *path, last = deleted[1:].split(".")
        for part in path:
            whole, rest = whole[part], rest[part]
        assert whole[last] not in (None, {})
        assert rest.get(last) in (None, {})
    assert plain(composer.compose([])) == before
