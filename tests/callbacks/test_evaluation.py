import torch
from nnzoo.callbacks.evaluation import isolated_evaluation
from torch import nn

from .small_tasks import PLANE, make_task


def test_modes_gradients_and_random_numbers_are_restored() -> None:
    task = make_task(PLANE, nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 3), nn.Dropout(0.5)))
    task.net.model[2].eval()  # a layer in evaluation mode stays there
    before = [module.training for module in task.modules()]
    state = torch.get_rng_state()
    with isolated_evaluation(task):
        assert not any(module.training for module in task.modules())
        assert not torch.is_grad_enabled()
        torch.rand(1)
    assert [module.training for module in task.modules()] == before
    assert True in before
    assert False in before
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)
