"""What several devices cannot do: one line each."""

import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.config.schema import Trainer
from nnzoo.errors import DataWarning, UserError
from nnzoo.tasks.loop import check_processes
from nnzoo.training.checks import check
from nnzoo.training.distributed import devices
from nnzoo.training.distributed.devices import num_processes
from nnzoo.training.plan import Plan

from tests.support.ranks import rank_of


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"devices": 3}, "trainer.devices=3: there are 2 CPU cores, one at least per process"),
        ({"devices": -1}, "trainer.devices=-1 stands for all GPUs; on the CPU, give the number of processes"),
        ({"devices": 2, "strategy": "fsdp"}, "trainer.strategy=fsdp needs GPUs; trainer.strategy=ddp works"),
    ],
)
def test_settings_that_are_refused(settings: dict, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_cores", lambda: 2)
    with pytest.raises(UserError) as error:
        num_processes(Trainer(accelerator="cpu", **settings))
    assert str(error.value).startswith(message)


def test_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert num_processes(Trainer(devices=-1)) == 4
    assert num_processes(Trainer(devices=2, strategy="ddp")) == 2
    with pytest.raises(UserError, match=r"^trainer.devices=5: there are 4 GPUs$"):
        num_processes(Trainer(devices=5))
    with pytest.raises(UserError, match="splits the weights of a network that fits on no device alone"):
        num_processes(Trainer(devices=2, strategy="deepspeed"))


def distributed(*overrides: str, data: str = "iris") -> Plan:
    """Return the plan of one of two processes."""
    config = api.plain(compose([f"data={data}", "trainer.accelerator=cpu", *overrides]))
    data = build_data(config)
    task = build_task(config, data)
    task.ranks = rank_of(0, 2)
    return Plan(config, data, task)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model=perceptron"], "trainer.devices=2: a rule replaces the gradient; leave it out"),
        (["model=fisher"], "trainer.devices=2: a closed form uses all batches of an epoch; leave it out"),
        (
            ["model=mlp", "loader.batch_size=1"],
            "trainer.devices=2: more processes than examples in a batch (loader.batch_size=1)",
        ),
        (
            ["model=rnn", "trainer.gradient_clip_val=1", "trainer.gradient_clip_algorithm=temporal"],
            "trainer.devices=2: trainer.gradient_clip_algorithm=temporal clips in the backward pass",
        ),
    ],
)
def test_tasks_that_are_refused(overrides: list[str], message: str) -> None:
    with pytest.raises(UserError) as error:
        check(distributed(*overrides))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("rbm", "a local rule replaces the gradient"),
        ("patch_kmeans", "each process would find other centroids"),
        ("vae", "the noise of an evaluation depends on the place of an example in the whole split"),
    ],
)
def test_networks_for_images_that_are_refused(model: str, reason: str) -> None:
    with pytest.raises(UserError, match=rf"^trainer\.devices=2: {reason}; leave it out$"):
        check(distributed(f"model={model}", data="digits"))


def test_note_on_batch_normalization() -> None:
    with pytest.warns(DataWarning, match=r"the statistics of the 16 examples or so of a batch that a process has"):
        check(distributed("model=mlp", "model.norm=batch"))


def test_a_setting_without_effect() -> None:
    with pytest.raises(UserError, match=r"trainer.strategy=ddp has no effect with trainer.devices=1"):
        compose(["trainer.strategy=ddp"])
    with pytest.raises(UserError, match=r"trainer.devices=2 has no effect here: the test uses one device"):
        api.lr_find(model="mlp", data="iris", trainer={"devices": 2})


def test_a_state_inside_a_text_needs_the_same_processes() -> None:
    state = {"ranks": [{}, {}], "state": torch.zeros(1), "stream": {"done": 3}}
    check_processes(state, 2)
    check_processes({**state, "state": None}, 1)
    check_processes({**state, "stream": {"done": 0}}, 1)
    with pytest.raises(UserError, match=r"an epoch of 2 processes.*resume it with trainer.devices=2$"):
        check_processes(state, 1)
    del state["ranks"]
    with pytest.raises(UserError, match=r"an epoch of 1 process,.*resume it with trainer.devices=1$"):
        check_processes(state, 2)


def test_numbers_of_devices_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_cores", lambda: 1)
    assert num_processes(Trainer(accelerator="cpu", devices=1)) == 1
    with pytest.raises(UserError, match=r"^trainer\.devices=2: there is 1 CPU core, one at least per process$"):
        num_processes(Trainer(accelerator="cpu", devices=2))
    monkeypatch.setattr(devices, "available_cores", lambda: 2)
    assert num_processes(Trainer(accelerator="cpu", devices=2)) == 2
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert num_processes(Trainer(devices=1)) == 1
    with pytest.raises(UserError, match=r"^trainer\.devices=2: there is 1 GPU$"):
        num_processes(Trainer(devices=2))


def test_one_mps_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert num_processes(Trainer(accelerator="mps", devices=1)) == 1
    for number in (2, -1):
        with pytest.raises(UserError, match=rf"^trainer\.devices={number}: there is one MPS device; leave it out$"):
            num_processes(Trainer(accelerator="mps", devices=number))
