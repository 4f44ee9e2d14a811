"""Networks that read tokens as counts: batches as large as their inputs allow."""

import pytest
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.data import base
from nnzoo.errors import UserError
from nnzoo.runs import memory
from nnzoo.training import checks
from nnzoo.training.plan import Plan


def plan(*overrides: str) -> Plan:
    config = api.plain(compose([*overrides, "trainer.max_epochs=1"]))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


@pytest.mark.parametrize(("model", "words_per_step"), [("ar", 20), ("linear", 1), ("gru", 0)])
def test_numbers_per_step(model: str, words_per_step: int) -> None:
    data = plan(f"model={model}", "data=word_text").data
    assert data.step_values == words_per_step * len(data.spec.vocabulary)  # ar has a window of 20 steps


def test_evaluation_batches_have_fewer_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "EVAL_VALUES", 100_000)
    ar, gru = (plan(f"model={model}", "data=corpus").data for model in ("ar", "gru"))
    fewer, usual = (data.eval_loader("test") for data in (ar, gru))
    assert fewer.batch_size * fewer.split.base.x.shape[1] * ar.step_values <= base.EVAL_VALUES
    assert fewer.batch_size < usual.batch_size


def test_a_batch_that_does_not_fit_names_one_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plan("model=ar", "data=corpus")
    one = 8 * built.train_loader().split.base.x.shape[1] * built.data.step_values  # bytes of a sequence
    for free, advice in ((3.5 * one, "use loader.batch_size=3$"), (0.5 * one, "such as model=gru, takes less$")):
        for module in (memory, checks):
            monkeypatch.setattr(module, "available_memory", lambda free=free: free)
        with pytest.raises(UserError, match=rf"^a batch of \d+ sequences of \d+ steps, .* {advice}"):
            checks.check(built)
    checks.check_memory_of_batch(plan("model=gru", "data=corpus"))
