"""What every network of the catalogue must do, with every kind of data."""

import io
import json
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.builders.tasks import assemble_task
from nnzoo.config.catalogue import cards
from nnzoo.config.compose import compose
from nnzoo.config.files import model_config
from nnzoo.config.instantiate import instantiate, locate
from nnzoo.config.inventory import options, other_settings
from nnzoo.errors import UserError
from nnzoo.spec import Batch, DataSpec

from tests.support.catalogue import NEEDS_FILE, config_of, small_settings

WITH_SWITCHES = ("conv_autoencoder",)  # the code alone does not determine the output
WITH_REAL_DATA = ("linear", "mlp", "lenet5", "rnn", "gan", "matrix_factorization", "seq2seq", "fcn")
IN_PARTS = ("gan", "googlenet_side_heads")  # of parts, one of which gives the output
WITHOUT_HEAD = {
    "rbm": "goes back by the weights of its only layer",
    **dict.fromkeys(("matrix_factorization", "glove", "pmi_svd"), "multiplies two vectors"),
}
OF_ALL_STEPS = ("cbow",)  # has one output for a sequence
OVER_THE_BATCH = ("winner_take_all_autoencoder",)  # the examples of a training batch compete
FILES = options("model")
BY_CHOICES = sorted(cards(), key=lambda name: -len(list(other_settings("model", FILES[name]))))
NAMES = list({json.dumps(model_config(name) | small_settings(name)): name for name in BY_CHOICES}.values())
"""Of the names with the same network and settings, of the linear family say, the one that chooses nothing beside it.

Sizes of the same network, as ResNet-18 and ResNet-34, have the same settings here."""
LETTERS = tuple("abcde")
WRITTEN: dict[str, Any] = {"labels": (".", "x", "y", "z"), "target_len": 6}
SPECS = {
    "vector, classes": DataSpec("real", (5,), "classes", 3),
    "bits, two classes": DataSpec("binary", (4,), "classes", 2, low=0.0, high=1.0),
    "signs, labels": DataSpec("sign", (6,), "multilabel", 4, low=-1.0, high=1.0),
    "vector, real": DataSpec("real", (5,), "real", 2),
    "vector, itself": DataSpec("real", (5,), "input", 5),
    "bits, themselves": DataSpec("binary", (6,), "input", 6, low=0.0, high=1.0),
    "image, itself": DataSpec("real", (1, 8, 6), "input", 48, low=0.0, high=1.0),
    "steps, themselves": DataSpec("real", (3,), "input", 3, sequence=True, seq_len=6, per_step=True),
    "vector and class, themselves": DataSpec("real", (8,), "input", 8, blocks=((5,), (3,)), labels=tuple("abc")),
    "vector, given its class": DataSpec("real", (8,), "input", 5, blocks=((5,), (3,)), labels=tuple("abc")),
    "vector, partly known": DataSpec("real", (5,), "real", 4, partial=True),
    "ids, real": DataSpec("ids", (2,), "real", 1, sizes=(6, 5)),
    "ids, label": DataSpec("ids", (2,), "multilabel", 1, sizes=(6, 5)),
    "ids, count": DataSpec("ids", (2,), "counts", 1, sizes=(6, 5)),
    "ids, signed count": DataSpec("ids", (2,), "signed_counts", 1, sizes=(6, 5)),
    "index, counts": DataSpec("ids", (1,), "counts", 5, sizes=(6,)),
    "index, partly known": DataSpec("ids", (1,), "real", 5, sizes=(6,), partial=True),
    "index, labels": DataSpec("ids", (1,), "multilabel", 5, sizes=(6,), partial=True),
    "vector, itself, partly known": DataSpec("real", (5,), "input", 5, low=0.0, high=5.0, partial=True),
    "vector, nothing": DataSpec("real", (5,), "none", 0),
    "image, classes": DataSpec("real", (1, 28, 28), "classes", 10, low=0.0, high=1.0),
    "colours, classes": DataSpec("real", (3, 32, 32), "classes", 10, low=0.0, high=1.0),
    "oblong, three classes": DataSpec("real", (1, 16, 20), "classes", 3, low=0.0, high=1.0),
    "image, real": DataSpec("real", (1, 16, 16), "real", 1, low=0.0, high=1.0),
    "image, class map": DataSpec("real", (1, 12, 11), "class_map", 3, low=0.0, high=1.0),
    "image, class box": DataSpec("real", (3, 16, 20), "class_box", 3, low=0.0, high=1.0),
    "frames, classes": DataSpec("real", (3, 16, 12), "classes", 4, low=0.0, high=1.0),
    "sequence, classes": DataSpec("real", (3,), "classes", 4, sequence=True),
    "sequence, real": DataSpec("real", (3,), "real", 2, sequence=True, seq_len=7),
    "steps, classes": DataSpec("onehot", (5,), "classes", 3, sequence=True, per_step=True, vocabulary=LETTERS),
    "steps, labels": DataSpec("onehot", (5,), "multilabel", 5, sequence=True, per_step=True, vocabulary=LETTERS),
    "steps, real": DataSpec("real", (3,), "real", 2, sequence=True, seq_len=6, per_step=True),
    "steps, next": DataSpec("onehot", (5,), "next_token", 5, sequence=True, per_step=True, vocabulary=LETTERS),
    "tokens, classes": DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=LETTERS),
    "tokens, next": DataSpec(
        "tokens", (), "next_token", 5, sequence=True, seq_len=6, per_step=True, vocabulary=LETTERS
    ),
    "pairs of tokens, tags": DataSpec("tokens", (2,), "classes", 3, sequence=True, per_step=True, vocabulary=LETTERS),
    "token, context": DataSpec("ids", (1,), "context", 5, sizes=(6,), vocabulary=LETTERS, labels=LETTERS),
    "tokens, sequence": DataSpec("tokens", (), "sequence", 4, sequence=True, vocabulary=LETTERS, **WRITTEN),
    "sequence, sequence": DataSpec("real", (3,), "sequence", 4, sequence=True, **WRITTEN),
}


@cache
def data_sets():
    """The data sets of the catalogue that need no file."""
    needless = [name for name in options("data") if name not in NEEDS_FILE]
    nodes = {name: api.plain(compose(["model=mlp", f"data={name}"]))["data"] for name in needless}
    return {f"data={name}": instantiate(node).spec for name, node in nodes.items()}


def known():
    """All kinds of data."""
    return SPECS | data_sets()


def make(name, spec, seed=0, settings=None):
    """The task of a network with its own settings on a kind of data. Raises UserError if they do not fit.

    Questions about bits have one output, for networks with given weights have no more.
    """
    config = config_of(name)
    if spec.input == "binary" and spec.target == "classes" and not config["loss"] and not config["rule"]:
        config = config | {"loss": {"_target_": "nnzoo.losses.margin.logistic.Logistic"}}
    config = config | {"seed": seed, "model": config["model"] | small_settings(name) | (settings or {})}
    loss = build_loss(config, spec)
    return assemble_task(config, spec, build_network(config, spec, loss), loss)


@cache
def attempts(name):
    """Tasks with all kinds of data, or why there is none; of a few networks also with the data sets themselves."""
    kinds = dict(SPECS)
    if name in WITH_REAL_DATA:
        single_step = {kind for kind, spec in data_sets().items() if spec.shape == (1,) and not spec.sequence}
        skipped = single_step if name == "rnn" else ()  # a single step asks nothing of the memory
        kinds |= {kind: spec for kind, spec in data_sets().items() if kind not in skipped}
    made = {}
    for kind, spec in kinds.items():
        try:
            made[kind] = make(name, spec)
        except UserError as error:
            made[kind] = str(error)
    return made


def fitting(name):
    """The tasks of a network, by kind of data."""
    return {kind: task for kind, task in attempts(name).items() if not isinstance(task, str)}


def fitting_kinds(name):
    """The tasks of a network with kinds of data, without the data sets themselves."""
    return {kind: task for kind, task in fitting(name).items() if kind in SPECS}


def fitting_inputs(name):
    """The tasks of a network with one kind of data for each form of input."""
    forms = {}
    for kind, task in fitting_kinds(name).items():
        spec = task.spec
        forms.setdefault((spec.input, len(spec.shape), spec.sequence, spec.per_step), kind)
    return {kind: fitting(name)[kind] for kind in forms.values()}


def decodes(name):
    """Return whether the outputs of a network are functions of its codes."""
    network = locate(model_config(name)["_target_"])
    return name not in WITH_SWITCHES and hasattr(network, "encode") and hasattr(network, "decode")


LOOKS_AHEAD = {"bidirectional": True, "window": 1}
LOOKS_BACK = {"bidirectional": False, "window": 0}


@contextmanager
def named(kind, settings=()):
    """Start from the same random numbers for each kind of data, and name the kind in errors."""
    torch.manual_seed(0)
    try:
        yield
    except Exception as error:
        error.add_note(f"with data of the kind '{kind}'" + (f" and {settings}" if settings else ""))
        raise


def with_data(kinds, *, without=()):
    """Make the test of each network from a check of a network with one kind of data.

    A test for each network and kind would take longer to be collected and reported than to run. All checks get the same
    tasks, in training mode; one that changes the weights changes those of a copy. kinds: a function of the name of a
    network that returns its tasks; without: networks.
    """

    def decorate(check):
        @pytest.mark.parametrize("name", [name for name in NAMES if name not in without])
        def test(name):
            for kind, task in kinds(name).items():
                task.net.train()
                with named(kind):
                    check(name, kind, task)

        test.__doc__ = check.__doc__
        return test

    return decorate


@cache
def stepwise(name):
    """Kinds of data of a network that reads sequences, with each setting that decides whether it looks ahead.

    Targets are of every step; of networks that write sequences, sequences.
    """
    causal = cards()[name].traits.causal
    own = [causal[0]] if isinstance(causal, tuple) else []
    every = [{}, *({key: ways[key]} for key in own for ways in (LOOKS_AHEAD, LOOKS_BACK))]
    kinds = [
        "steps, classes",
        "tokens, sequence",
        *(["pairs of tokens, tags"] if own else []),
    ]
    return [(kind, settings) for kind in kinds if kind in fitting(name) for settings in every]


@cache
def masked(name):
    """Kinds of data of a network with padding, also with batch normalization if that is a setting of the network."""
    kinds = [kind for kind in fitting(name) if known()[kind].fake_batch(2).mask is not None]
    return [(kind, s) for s in ({}, *([{"norm": "batch"}] if "norm" in model_config(name) else [])) for kind in kinds]


def fake(spec, n=6, seed=1):
    return spec.fake_batch(n, torch.Generator().manual_seed(seed))


def outputs(net, x, mask=None):
    """Outputs in training, with the same noise every time."""
    torch.manual_seed(0)
    return net(x, mask)


def test_lists_are_not_empty():
    assert len(NAMES) >= 8
    assert len(known()) >= 40
    assert sum(len(fitting(name)) for name in NAMES) >= 70
    assert sum(len(attempts(name)) - len(fitting(name)) for name in NAMES) >= 50
    assert sum(len(masked(name)) for name in NAMES) >= 10
    for name in NAMES:
        assert fitting(name), f"{name} fits no data at all"
    assert not known().keys() - {kind for name in NAMES for kind in fitting(name)}, "kinds that no network takes"


@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_fit_is_refused_in_one_line(name):
    for kind, attempt in attempts(name).items():
        if isinstance(attempt, str):
            assert "\n" not in attempt, kind
            assert 20 < len(attempt) < 220, kind


@with_data(fitting)
def test_one_step(name, kind, task):
    task = deepcopy(task)
    batch, (optimizers, _) = fake(task.spec), task.configure_optimizers()
    if not optimizers:
        loss = task.compute(batch).loss
    else:
        before = [p.detach().clone() for p in task.net.parameters()]
        loss = task.update(batch, *optimizers).loss
        after = list(task.net.parameters())
        assert all(p.isfinite().all() for p in after)
        assert any(not torch.equal(p, q) for p, q in zip(before, after, strict=True))
    assert loss.isfinite()
    assert task.compute(batch)[0].isfinite()


@with_data(fitting)
def test_outputs(name, kind, task):
    spec, batch = task.spec, fake(task.spec)
    output = task.net(batch.x, batch.mask)
    of_parts = spec.target in ("sequence", "class_map")
    lead = batch.x.shape[:2] if spec.per_step else batch.y.shape if of_parts else batch.x.shape[:1]
    size = 1 if spec.target == "none" else task.loss.out_features(spec.target_size)
    assert output.shape == (*lead, size)
    assert output.isfinite().all()
    assert task.head.predict(output).shape == (lead if spec.target == "context" else batch.y.shape)


@with_data(fitting_kinds, without=IN_PARTS)
def test_a_gradient_reaches_every_parameter(name, kind, task):
    batch, net = fake(task.spec, n=16), deepcopy(task.net)
    for parameter in net.parameters():
        if not parameter.any():  # as output vectors at the start, through which no gradient passes
            torch.nn.init.normal_(parameter)
    output = net(batch.x, batch.mask)
    parameters = dict(net.named_parameters())
    assert bool(parameters) == cards()[name].traits.trainable
    assert all(p.requires_grad for p in parameters.values())
    if parameters:
        (output * torch.randn(output.shape)).sum().backward()
    for key, parameter in parameters.items():
        assert parameter.grad is not None, key
        assert parameter.grad.any(), key


@with_data(fitting_kinds)
def test_rows_do_not_mix(name, kind, task):
    batch, other = fake(task.spec), fake(task.spec, seed=2)
    normalizes = any(isinstance(layer, torch.nn.BatchNorm2d) for layer in task.net.modules())
    net = task.net.train(name not in OVER_THE_BATCH and not normalizes)
    mixed = batch.x.clone()
    mixed[1:] = other.x[1:]
    before, after = outputs(net, batch.x, batch.mask), outputs(net, mixed, batch.mask)
    torch.testing.assert_close(before[0], after[0], atol=1e-5, rtol=1e-5)


@with_data(fitting_kinds, without=WITHOUT_HEAD)
def test_the_head_takes_the_features(name, kind, task):
    batch, net = fake(task.spec), task.net.eval()  # an autoencoder corrupts inputs in training
    features = net.forward_features(batch.x, batch.mask)
    assert torch.equal(net.head(features), net(batch.x, batch.mask))
    assert net.head in set(net.model.modules()) - {net.model}


@with_data(fitting_kinds, without=[name for name in NAMES if not decodes(name)])
def test_the_decoder_takes_the_codes(name, kind, task):
    batch, net = fake(task.spec), task.net.eval()
    torch.testing.assert_close(net.decode(net.encode(batch.x, batch.mask)), net(batch.x, batch.mask))


@pytest.mark.parametrize("name", NAMES)
def test_causal_is_what_the_card_says(name):
    """Later steps of the input change; outputs of earlier steps stay, or the network may not predict what follows."""
    for kind, settings in stepwise(name):
        with named(kind, settings):
            check_causal(name, known()[kind], settings)


@cache
def without_choices():
    return api.plain(compose([]))


def check_causal(name, spec, settings):
    config = without_choices() | {"model": {**model_config(name), **settings}, "choices": {"model": name}}
    net = build_network(config, spec, build_loss(config, spec)).eval()
    batch = fake(spec, n=4)
    x = batch.x.clone()
    x[:, 3:] = (x[:, 3:] + 1) % len(LETTERS) if spec.input == "tokens" else x[:, 3:].roll(1, -1) + 0.5
    stay = torch.equal(net(batch.x, batch.mask)[:, :3], net(x, batch.mask)[:, :3])
    assert net.causal == stay
    assert settings or cards()[name].causal in (None, stay)
    if spec.target == "sequence":  # has no steps of the input
        return
    following = replace(spec, autoregressive=True)
    if stay:
        assert build_network(config, following, build_loss(config, following)).causal
    else:
        with pytest.raises(UserError, match=f"^model '{name}' is not causal and would see the targets "):
            build_network(config, following, build_loss(config, following))


def test_every_network_that_reads_sequences_is_tried():
    reading = {name for name in NAMES if {"sequence", "tokens"} & set(cards()[name].traits.inputs)} - set(OF_ALL_STEPS)
    assert len(reading) >= 10
    assert all(stepwise(name) for name in reading)


def test_every_setting_that_decides_is_tried_both_ways():
    deciding = {name: cards()[name].traits.causal for name in NAMES}
    deciding = {name: causal for name, causal in deciding.items() if isinstance(causal, tuple)}
    assert len(deciding) >= 10
    for name, (setting, value) in deciding.items():
        tried = [(model_config(name) | settings)[setting] for _, settings in stepwise(name)]
        assert value in tried
        assert any(other != value for other in tried)


def further(x):
    """Return sequences with 50 steps more."""
    return torch.cat([x, x[:, :1].expand(-1, 50, *x.shape[2:])], 1)


@pytest.mark.parametrize("name", NAMES)
def test_padding_does_not_matter(name):
    """Other numbers at the steps that are padding, and 50 further such steps."""
    for kind, settings in masked(name):
        with named(kind, settings):
            check_padding(make(name, known()[kind], settings=settings))


def check_padding(task):
    spec, batch = task.spec, fake(task.spec)
    assert not batch.mask.all()
    steps = batch.x.shape[1]
    x, y, mask = further(batch.x), further(batch.y) if spec.per_step else batch.y, further(batch.mask)
    mask[:, steps:] = False
    x[~mask] = 1 if spec.input == "tokens" else 7.0
    if spec.per_step:
        y[~mask] = 1
    longer = Batch(x, y, mask)
    for training in (True, False):
        task.net.train(training)
        output, dirty = task.net(batch.x, batch.mask), task.net(longer.x, longer.mask)
        if spec.per_step:
            output, dirty = output[batch.mask], dirty[longer.mask]
        torch.testing.assert_close(output, dirty)
        torch.testing.assert_close(task.compute(batch)[0], task.compute(longer)[0])


@with_data(fitting_inputs)
def test_weights_are_saved_and_seeded(name, kind, task):
    spec = task.spec
    net, same, other = (make(name, spec, seed).net for seed in (0, 0, 1))
    weights = net.state_dict()
    assert all(torch.equal(v, weights[k]) for k, v in same.state_dict().items())
    drawn = cards()[name].traits.trainable and config_of(name)["init"] == "default"
    assert drawn == any(not torch.equal(v, weights[k]) for k, v in other.state_dict().items())
    file = io.BytesIO()
    torch.save(weights, file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    batch = fake(spec)
    assert torch.equal(outputs(net, batch.x, batch.mask), outputs(other, batch.x, batch.mask))
