"""For all tests: shape annotations are executed, and random numbers begin at the same place."""

import random

import numpy as np
import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook(["nnzoo.models", "nnzoo.layers", "nnzoo.losses"], "beartype.beartype")


@pytest.fixture(autouse=True)
def seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
