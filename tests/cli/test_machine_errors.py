"""Errors of the machine are told apart from bugs."""

import errno
import os

import pytest
import torch
from nnzoo.cli.machine_errors import machine_error


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EFBIG, errno.ENAMETOOLONG])
def test_a_file_that_cannot_be_used(code):
    assert (
        machine_error(OSError(code, os.strerror(code), "x" * 100)) == f"cannot use {'x' * 80}...: {os.strerror(code)}"
    )
    assert machine_error(OSError(code, os.strerror(code))) == os.strerror(code)


def test_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert machine_error(caught.value) == f"there is not enough memory for {1 << 60} bytes; choose smaller sizes"
    assert machine_error(MemoryError()) == "there is not enough memory; choose smaller sizes"


@pytest.mark.parametrize("error", [OSError("x"), FileNotFoundError(errno.ENOENT, "no"), RuntimeError("x"), KeyError(1)])
def test_other_errors(error):
    assert machine_error(error) is None
