"""The devices of a run: how many processes train it, and whether that is possible."""

import torch

from ...config.schema import Trainer
from ...config.values import SHARDED
from ...errors import UserError
from ...runs.machine import available_cores
from ..trainers import accelerator


def num_processes(trainer: Trainer) -> int:
    """Return the number of processes that train a run, one for each device.

    Raises UserError for a strategy that splits the weights, and for more devices than there are.
    """
    number, kind = trainer.devices, accelerator(trainer)
    if trainer.strategy in SHARDED:
        reason = "needs GPUs" if kind == "cpu" else "splits the weights of a network that fits on no device alone"
        raise UserError(f"trainer.strategy={trainer.strategy} {reason}; trainer.strategy=ddp works on any devices")
    if kind == "mps" and number != 1:
        raise UserError(f"trainer.devices={number}: there is one MPS device; leave it out")
    if kind == "cpu":
        if number == -1:
            raise UserError("trainer.devices=-1 stands for all GPUs; on the CPU, give the number of processes")
        if number > (cores := available_cores()):
            raise UserError(f"trainer.devices={number}: there {counted(cores, 'CPU core')}, one at least per process")
        return number
    present = torch.cuda.device_count()
    if number > present:
        raise UserError(f"trainer.devices={number}: there {counted(present, 'GPU')}")
    return present if number == -1 else number


def counted(number: int, name: str) -> str:
    """Return a number of things in words: is 1 GPU, are 2 GPUs."""
    return f"is 1 {name}" if number == 1 else f"are {number} {name}s"
