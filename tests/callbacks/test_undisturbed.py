import torch
from nnzoo.callbacks.undisturbed import undisturbed
from torch import nn

from .watched import PLANE, make_task


def test_modes_gradients_and_random_numbers_come_back() -> None:
    task = make_task(PLANE, nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 3), nn.Dropout(0.5)))
    task.net.model[2].eval()  # one layer is frozen by hand, and stays so
    before = [module.training for module in task.modules()]
    state = torch.get_rng_state()
    with undisturbed(task):
        assert not any(module.training for module in task.modules())
        assert not torch.is_grad_enabled()
        torch.rand(1)
    assert [module.training for module in task.modules()] == before
    assert True in before
    assert False in before
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), state)
