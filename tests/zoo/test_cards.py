"""What the card of every name says, against what the network does, the tests, the pages and the experiments."""

import re
import shlex
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.builders.tasks import assemble_task, build_task
from nnzoo.cli import hydra_app
from nnzoo.config.catalogue import cards, list_models
from nnzoo.config.compose import compose
from nnzoo.config.instantiate import locate
from nnzoo.config.inventory import list_options, options
from nnzoo.errors import UserError
from nnzoo.experiments import catalogue
from nnzoo.spec import DataSpec

from tests.support.catalogue import NEEDS_FILE, config_of, small_settings
from tests.support.paths import ROOT

TO_BE_FETCHED = (*NEEDS_FILE, "mnist")
LETTERS = tuple("abcde")
SIZES = {"classes": (2, 3, 10), "real": (1, 2), "multilabel": (4,), "next_token": (5,)}
SIZES |= {"input": (5,), "sequence": (5,), "context": (5,), "none": (0,), "counts": (1, 5), "signed_counts": (1,)}
SIZES |= {"class_map": (3,), "class_box": (3,)}
STEPS = {"sequence": True, "per_step": True, "vocabulary": LETTERS}


def specs(target):
    """Data of all forms with a target."""
    if target == "input":
        yield DataSpec("real", (5,), "input", 5, low=0.0, high=1.0)
        yield DataSpec("real", (1, 8, 8), "input", 64, low=0.0, high=1.0)
        yield DataSpec("real", (5,), "input", 5, sequence=True, per_step=True)
        yield DataSpec("real", (5,), "input", 5, blocks=((3,), (2,)))
        yield DataSpec("real", (5,), "input", 3, blocks=((3,), (2,)))
        return
    if target == "none":
        yield DataSpec("real", (5,), "none", 0)
        return
    if target in ("class_map", "class_box"):
        yield DataSpec("real", (1, 8, 8), target, 3)
        return
    if target == "context":
        yield DataSpec("ids", (1,), target, 5, sizes=(6,), labels=LETTERS, frequencies=(1.0,) * 5)
        return
    if target == "sequence":
        yield DataSpec("tokens", (), target, 5, sequence=True, vocabulary=LETTERS, labels=LETTERS, target_len=4)
        return
    for size in SIZES[target]:
        if target != "next_token":
            yield DataSpec("real", (5,), target, size)
            yield DataSpec("binary", (4,), target, size, low=0.0, high=1.0)
            yield DataSpec("real", (1, 28, 28), target, size, low=0.0, high=1.0)
            yield DataSpec("real", (2, 9, 9), target, size, low=0.0, high=1.0)
            yield DataSpec("ids", (2,), target, size, sizes=(60, 70))  # more than the default rank
            yield DataSpec("ids", (1,), target, size, sizes=(6,))
        yield DataSpec("onehot", (5,), target, size, **STEPS)
        yield DataSpec("tokens", (), target, size, **STEPS)
        if target == "classes":
            yield DataSpec("tokens", (), target, size, sequence=True, vocabulary=LETTERS)


def learns(config, spec):
    try:
        loss = build_loss(config, spec)
        assemble_task(config, spec, build_network(config, spec, loss), loss)
    except UserError:
        return False
    return True


def test_one_catalogue_for_all():
    names = list(options("model"))
    assert len(names) >= 40
    assert names == list(cards()) == list_models() == [row.split()[0] for row in list_options("models").splitlines()]


@pytest.mark.parametrize("name", cards())
def test_a_card_is_whole(name):
    card = cards()[name]
    assert card.traits == locate(card.target).traits
    assert len(card.title) < 110, "a title is one line"
    for source in card.sources:
        assert any(c.isdigit() for c in source), f"'{source}' names no section, equation or year"


NEEDY = [(name, setting) for name, card in cards().items() for setting in card.traits.needs]
NEEDY.remove(("pmi_svd", "init_std"))  # without vectors, it has nothing: it has no biases
NEEDY = [each for each in NEEDY if each not in (("fractalnet", "drop"), ("fractalnet", "global_share"))]  # no layers
OTHER = {"activation": "sigmoid", "norm": "layer", "dropout": 0.4, "pieces": 3, "connections": 2, "init_std": 0.7}
OTHER |= {"channels": 5, "kernel": 5, "stride": 2, "padding": "valid", "pool": 3, "pool_stride": 3, "hidden": 7}
OTHER |= {"compression": 0.3}


@pytest.mark.parametrize(("name", "setting"), NEEDY)
def test_a_setting_has_no_effect_without_those_it_needs(name, setting):
    """And it has one with them."""
    config, card = config_of(name), cards()[name]
    config = config | {"model": config["model"] | small_settings(name)}
    spec = next(spec for spec in specs(card.targets[0]) if learns(config, spec))
    off, on = {}, {}
    for need in card.traits.needs[setting]:
        match need:
            case (each, int()):
                off[each], on[each] = [2], [2, 2]
            case (each, str()):
                off[each], on[each] = {"C": "F", "P": "CF"}.get(need[1], "CF"), "CPFF"
            case each:
                off[each] = {list: [], int: 0}.get(type(config["model"][each]))
                on[each] = [3] if off[each] == [] else config["model"][each]
    assert layers_of(config, spec, off) == layers_of(config, spec, off | {setting: OTHER[setting]})
    assert layers_of(config, spec, on) != layers_of(config, spec, on | {setting: OTHER[setting]})


def layers_of(config, spec, settings):
    """Return the layers, and the initial weights from one seed."""
    changed = config | {"model": config["model"] | settings}
    torch.manual_seed(0)
    net = build_network(changed, spec, build_loss(changed, spec))
    return str(net), [weight.tolist() for weight in net.parameters()]


@pytest.mark.parametrize("name", cards())
def test_targets_are_those_it_learns(name):
    """With its own loss, rule or way of learning."""
    given = config_of(name)
    given = given | {"model": given["model"] | small_settings(name)}
    if not cards()[name].traits.trainable:
        given = given | {"loss": {"_target_": "nnzoo.losses.margin.logistic.Logistic"}}
    found = {target for target in SIZES if any(learns(given, spec) for spec in specs(target))}
    assert set(cards()[name].targets) == found, f"targets of the card in configs/model/{name}.yaml"


@pytest.mark.parametrize("name", cards())
def test_the_example_runs(name):
    """Its data is built in or drawn, and network, loss and task take it."""
    chosen = api.plain(compose(hydra_app.parse_flags(shlex.split(cards()[name].command)[2:]).overrides))
    assert chosen["choices"]["data"] not in TO_BE_FETCHED, "an example needs no file and no download"
    chosen["loader"]["batch_size"] = 4  # a step of a large network takes long
    task = build_task(chosen, data := build_data(chosen))
    assert task.compute(next(iter(data.train_loader()))).loss.isfinite()


@pytest.mark.parametrize("name", cards())
def test_it_has_a_test(name):
    module, _, network = cards()[name].target.rpartition(".")
    names = [f'"{other}"' for other, card in cards().items() if card.target == cards()[name].target]
    imported = re.compile(rf"\b{re.escape(module)} import .*\b{network}\b")
    texts = [file.read_text() for file in (ROOT / "tests" / "models").rglob("test_*.py")]
    found = any(imported.search(text) or any(each in text for each in names) for text in texts)
    assert found, f"no file of tests/models tests {module}.{network}: add tests/models/test_{name}.py"


@pytest.mark.parametrize("name", cards())
def test_it_has_an_experiment_or_a_reason(name):
    where = f"_card_ in configs/model/{name}.yaml"
    reason, users = cards()[name].without_experiment, catalogue.experiments().get(name)
    assert users or reason, (
        f"no experiment trains '{name}': add one with a published number (docs/configs.md), or to {where} a line "
        "without_experiment: and why there is none"
    )
    assert not (users and reason), f"{', '.join(users or ())} train '{name}': take without_experiment out of {where}"


@pytest.mark.parametrize("name", cards())
def test_it_is_on_the_page_of_its_family(name):
    card = cards()[name]
    page = Path("docs", "models", f"{card.family}.md")
    assert (ROOT / page).exists(), f"family '{card.family}' of the card in configs/model/{name}.yaml has no page {page}"
    chosen = set()
    for line in (ROOT / page).read_text().splitlines():
        if line.removeprefix("$ ").startswith("nnzoo "):
            values = [word.partition("=")[2] for word in line.split() if word.startswith(("model=", "experiment="))]
            chosen |= {each for value in values for each in value.split(",")}
    assert chosen & {name, *catalogue.experiments().get(name, ())}, (
        f"{page} has no command for '{name}': add a section with equations, sources and `nnzoo train model={name}`"
    )
