import pytest
import torch
from nnzoo.optim.linear_decay import LinearDecay
from torch.optim import SGD
from torch.optim.lr_scheduler import LinearLR


def rates(make: object, steps: int) -> list[float]:
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.025)
    schedule = make(optimizer)  # type: ignore[operator]
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_it_is_the_linear_schedule_of_torch() -> None:
    def decay(optimizer: SGD) -> LinearDecay:
        schedule = LinearDecay(optimizer, end_factor=0.2)
        schedule.over(5)
        return schedule

    expected = rates(lambda optimizer: LinearLR(optimizer, 1.0, 0.2, 5), 8)
    assert rates(decay, 8) == pytest.approx(expected)
    assert expected[-1] == pytest.approx(0.005)


@pytest.mark.parametrize("factor", [-0.1, 1.1])
def test_factors_out_of_range(factor: float) -> None:
    with pytest.raises(ValueError, match=f"end_factor is {factor}; it must be from 0 to 1"):
        rates(lambda optimizer: LinearDecay(optimizer, end_factor=factor), 1)
