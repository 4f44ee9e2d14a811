import pytest


@pytest.fixture(autouse=True)
def alone(one_thread: None) -> None:
    """Let every test of this folder compute on one thread."""
