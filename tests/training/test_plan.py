from types import SimpleNamespace
from typing import Any

import torch
from nnzoo.data.loader import Loader
from nnzoo.spec import Batch
from nnzoo.training.plan import FirstBatches, Plan


def test_the_first_batches_of_a_loader() -> None:
    """Those of its first epoch, each time that they are read."""
    loader = Loader(Batch(torch.arange(10.0)[:, None], torch.arange(10)), batch_size=4, shuffle=True, seed=1)
    expected = [batch.y.tolist() for batch in loader.epoch(0)]
    for number, count in ((2, 2), (3, 3), (100, 3)):
        batches = FirstBatches(loader, number)
        assert len(batches) == count
        for _ in range(2):
            assert [batch.y.tolist() for batch in batches] == expected[:count]


def test_their_data_is_moved() -> None:
    moved: list[torch.device] = []
    loader: Any = SimpleNamespace(steps=lambda epoch: 3, to=moved.append)
    FirstBatches(loader, 2).to(torch.device("cpu"))
    assert moved == [torch.device("cpu")]


def plan(splits: tuple[str, ...] = ("train", "val"), trainer: dict[str, Any] | None = None, **loader: Any) -> Plan:
    """Return a plan on data that tells what it is asked for."""
    data: Any = SimpleNamespace(
        batch_size=32, splits=splits, train_loader=lambda **settings: settings, eval_loader=lambda split: f"all {split}"
    )
    task: Any = None
    return Plan({"trainer": trainer or {}, "loader": loader}, data, task)


def test_training_batches_have_the_settings_of_the_config() -> None:
    assert (plan().batch_size, plan(batch_size=5).batch_size) == (32, 5)
    found = plan(batch_size=5, buckets=True, trainer={"truncated_bptt_steps": 7}).train_loader()
    assert found == {"batch_size": 5, "segment": 7, "buckets": True}
    assert plan().train_loader() == {"batch_size": 32, "segment": None, "buckets": False}
    assert plan(trainer={"max_epochs": 3}).max_epochs == 3
    made = plan()
    made.config.update(evaluations={}, allow=[])
    assert made.evaluations == {}


def test_validation_batches() -> None:
    for trainer in ({}, {"limit_val_batches": 1}, {"limit_val_batches": 0.5}):
        assert plan(trainer=trainer).validation() == "all val"
    assert plan(trainer={"limit_val_batches": 0}).validation() is None
    assert plan(("train", "test")).validation() is None


def test_overfitting_validates_on_what_is_trained_on() -> None:
    """In the order of the first epoch, if the loader cannot say which examples these are."""
    loader = Loader(Batch(torch.arange(10.0)[:, None], torch.arange(10)), batch_size=4, shuffle=True, seed=1)
    made = plan(trainer={"overfit_batches": 2})
    for beginning in (loader.beginning, lambda batches: None):
        loader.beginning = beginning
        made.data.train_loader = lambda **_: loader
        assert [batch.y.tolist() for batch in made.validation()] == [batch.y.tolist() for batch in loader.epoch(0)][:2]


def test_there_are_no_more_than_in_the_first_epoch() -> None:
    loader: Any = SimpleNamespace(steps=lambda epoch: 3 + epoch)
    assert [len(FirstBatches(loader, batches)) for batches in (2, 3, 4)] == [2, 3, 3]
