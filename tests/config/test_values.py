"""Mistakes in values that a config alone shows: one line, before torch is imported."""

import json
import math

import pytest
from nnzoo.config.composer import Composer
from nnzoo.config.values import (
    endless,
    factor_errors,
    optimizer_errors,
    period_errors,
    too_small,
    trainer_errors,
    weights_errors,
)
from nnzoo.errors import UserError

from tests.support.processes import python

COMPOSER = Composer([])  # which is faster than composing each config anew
BOUND = "it must be at least"
WRONG = {
    ("trainer.precision=16",): "unknown trainer.precision '16'; one of: 32-true, 64-true, bf16-mixed",
    ("trainer.precision=bf16",): "unknown trainer.precision 'bf16'; did you mean 'bf16-mixed'?",
    ("trainer.accelerator=tpu",): "unknown trainer.accelerator 'tpu'; did you mean 'cpu'?",
    ("trainer.strategy=dpp", "trainer.devices=2"): "unknown trainer.strategy 'dpp'; did you mean 'ddp'?",
    ("trainer.devices=0",): "trainer.devices is 0; it must be at least 1, or -1 for all GPUs",
    ("trainer.matmul_precision=hgh",): "unknown trainer.matmul_precision 'hgh'; did you mean 'high'?",
    ("trainer.gradient_clip_algorithm=nrom", "trainer.gradient_clip_val=1"): (
        "unknown trainer.gradient_clip_algorithm 'nrom'; did you mean 'norm'?"
    ),
    ("trainer.gradient_clip_val=-1",): "trainer.gradient_clip_val is -1.0; it must be above 0, or null",
    ("trainer.gradient_clip_val=nan",): "trainer.gradient_clip_val is nan; it must be above 0, or null",
    ("trainer.max_epochs=-2",): f"trainer.max_epochs is -2; {BOUND} -1",
    ("trainer.max_epochs=-1",): "trainer.max_epochs=-1 has no end; set it or trainer.max_steps",
    ("trainer.check_val_every_n_epoch=0",): f"trainer.check_val_every_n_epoch is 0; {BOUND} 1",
    ("trainer.limit_val_batches=-1",): f"trainer.limit_val_batches is -1; {BOUND} 0",
    ("trainer.overfit_batches=-1",): f"trainer.overfit_batches is -1; {BOUND} 0",
    ("trainer.threads=0",): f"trainer.threads is 0; {BOUND} 1",
    ("trainer.threads=100000",): "trainer.threads is 100000; it must be at most 1024",
    ("optimizer.betas=[]",): "optimizer.betas is []; it takes two numbers from 0 to below 1",
    ("trainer.accumulate_grad_batches=0",): f"trainer.accumulate_grad_batches is 0; {BOUND} 1",
    ("loader.batch_size=0",): f"loader.batch_size is 0; {BOUND} 1",
    ("seed=-1",): "seed is -1; it must be from 0 to 4294967295",
    ("data.seed=4294967296",): "data.seed is 4294967296; it must be from 0 to 4294967295",
    ("evaluate=[tset]",): "unknown split to evaluate 'tset'; did you mean 'test'?",
    ("optimizer.lr=-1",): f"optimizer.lr is -1; {BOUND} 0",
    ("optimizer.lr=inf",): "optimizer.lr is inf; it must be finite",
    ("optimizer.lr=nan",): f"optimizer.lr is nan; {BOUND} 0",
    ("optimizer=sgd", "optimizer.weight_decay=-0.1"): f"optimizer.weight_decay is -0.1; {BOUND} 0",
    ("optimizer.betas=[0.9,1.0]",): "optimizer.betas is [0.9, 1.0]; it takes two numbers from 0 to below 1",
    ("optimizer.betas=[0.9]",): "optimizer.betas is [0.9]; it takes two numbers from 0 to below 1",
    ("scheduler=step", "scheduler.step_size=0"): f"scheduler.step_size is 0; {BOUND} 1",
    ("scheduler=cosine", "scheduler.T_max=-5"): f"scheduler.T_max is -5; {BOUND} 1",
    ("scheduler=cosine", "trainer.max_epochs=-1", "trainer.max_steps=5"): (
        f"scheduler.T_max is -1; {BOUND} 1; set it, since trainer.max_steps determines the length of the run"
    ),
    ("lr_factors={layers.0: 0}",): (
        "lr_factors: layers.0 has 0; a factor must be above 0 and finite; freeze=[...] keeps layers as they are"
    ),
    ("lr_factors={layers.0: true}",): "lr_factors: layers.0 has True; a factor must be above 0 and finite",
    ("model=resnet18", "weights=torchvision"): (
        "weights=torchvision were trained with standardized channels, not without transforms; set "
        "transforms=standardize transforms.standardize.per=channel"
    ),
    ("model=resnet18", "weights=torchvision", "weights_by=name", "transforms=standardize"): (
        "weights_by=name has no effect: the layers of weights=torchvision have other names; leave it out; "
        "transforms.standardize.per is feature; weights=torchvision need transforms=standardize "
        "transforms.standardize.per=channel"
    ),
    ("scheduler=step", "scheduler.interval=day"): "unknown scheduler.interval 'day'; one of: epoch, step",
    ("callbacks.figures.every_n_epochs=0",): f"callbacks.figures.every_n_epochs is 0; {BOUND} 1",
    ("callbacks=ema", "callbacks.ema.every_n_steps=0"): f"callbacks.ema.every_n_steps is 0; {BOUND} 1",
    ("callbacks=early_stopping", "callbacks.early_stopping.monitor=null"): (
        "callbacks.early_stopping.monitor is None; it takes str"
    ),
    ("seed=-1", "trainer.precision=16"): (
        "seed is -1; it must be from 0 to 4294967295; unknown trainer.precision '16'; one of: 32-true, 64-true, "
        "bf16-mixed"
    ),
}


@pytest.mark.parametrize(("overrides", "message"), WRONG.items(), ids=str)
def test_a_wrong_value_is_one_line(overrides, message):
    with pytest.raises(UserError) as error:
        COMPOSER.compose(overrides)
    assert str(error.value) == message


def test_answers_come_before_torch_is_imported(tmp_path):
    code = (
        "import json, sys\n"
        "from nnzoo.cli.commands import dispatch\n"
        "from nnzoo.config.composer import Composer\n"
        "from nnzoo.errors import UserError\n"
        "try: dispatch(['train', 'trainer.precision=16'])\n"
        "except UserError: print('one line')\n"
        "composer = Composer([])\n"
        "for overrides in json.load(sys.stdin):\n"
        "    try: composer.compose(overrides)\n"
        "    except UserError: continue\n"
        "    sys.exit(f'accepted: {overrides}')\n"
        "print(sorted({'torch', 'pytorch_lightning', 'pandas'} & sys.modules.keys()))"
    )
    done = python("-c", code, cwd=tmp_path, input=json.dumps(list(WRONG)))
    assert (done.stdout, done.stderr) == ("one line\n[]\n", "")
    assert not list(tmp_path.iterdir())


def test_bounds_are_accepted():
    config = COMPOSER.compose(
        ["seed=4294967295", "optimizer.lr=0", "trainer.limit_val_batches=0", "loader.batch_size=1", "trainer.threads=1"]
    )
    assert config.seed == 4294967295


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        ({"gradient_clip_val": None}, []),
        ({"gradient_clip_val": 0.5, "devices": 1}, []),
        ({"gradient_clip_val": None, "devices": -1}, []),
        ({"gradient_clip_val": None, "devices": 8}, []),
        ({"gradient_clip_val": 0.0, "devices": 1}, ["trainer.gradient_clip_val is 0.0; it must be above 0, or null"]),
        (
            {"gradient_clip_val": None, "devices": -2},
            ["trainer.devices is -2; it must be at least 1, or -1 for all GPUs"],
        ),
    ],
)
def test_ranges_of_the_trainer(settings, errors):
    assert list(trainer_errors(settings)) == errors


@pytest.mark.parametrize(
    ("how", "valid"),
    [
        (None, True),
        ("name", True),
        ("order", True),
        ("nmae", False),
        ([4, 3], True),
        ([0, 3], True),
        ([4, 0], True),
        ([0, 0], False),
        ([-1, 3], False),
        ([4], False),
        ([4, 3, 2], False),
        ([4, 3.0], False),
        ([4, True], False),
    ],
)
def test_ways_to_find_layers(how, valid):
    assert (not [*weights_errors(how)]) == valid


@pytest.mark.parametrize(
    ("factors", "count"),
    [
        (None, 0),
        ({"a": 0.1, "b": 2}, 0),
        ({}, 1),
        ([0.1], 1),
        ({"a": -1, "b": math.inf, "c": "x", "d": 1}, 3),
        ({"a": math.nan}, 1),
    ],
)
def test_factors_of_learning_rates(factors, count):
    assert len([*factor_errors(factors)]) == count


def test_bounds_of_numbers_are_allowed():
    assert not [*too_small("a", 1, 1), *too_small("a", "0", 1), *too_small("a", None, 1)]
    assert [*too_small("a", 0.5, 1)] == ["a is 0.5; it must be at least 1"]
    assert [*endless({"trainer": {"max_epochs": -1, "max_steps": -1}})]
    assert not [*endless({"trainer": {"max_epochs": -1, "max_steps": 5}})]
    assert not [*endless({"trainer": {"max_epochs": 5, "max_steps": -1}})]
    assert not [*optimizer_errors({"lr": 1.0, "betas": [0, 0.999]})]
    assert [*optimizer_errors({"betas": [-0.1, 0.5]})] == [
        "optimizer.betas is [-0.1, 0.5]; it takes two numbers from 0 to below 1"
    ]
    assert not [*period_errors({"T_max": 1, "step_size": None})]
