"""The checks of shape annotations, which fail every test that calls a function with wrong shapes."""

from typing import Any

import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import Float, TypeCheckError
from jaxtyping import config as jaxtyping_config
from nnzoo.layers.linear.tall import tall_linear
from torch import Tensor, nn

from tests.support.shapes import checked, kind

X = torch.ones(2, 3)
Rows = Float[Tensor, "B F"]
Column = Float[Tensor, " B"]


@checked(typechecker=beartype)
def column(x: Rows, given: Any = None, *, scale: float = 1.0) -> Column:
    return x[:, 0] * scale if given is None else given.entry


def test_functions_of_the_package_are_checked() -> None:
    for _ in range(2):
        with pytest.raises(TypeCheckError, match="tall_linear"):
            tall_linear(X, torch.ones(5, 4))  # type: ignore[arg-type]
        assert tall_linear(X, torch.ones(5, 3)).shape == (2, 5)


def test_arguments_and_results_of_new_kinds_are_checked_after_a_call_that_passed() -> None:
    for _ in range(2):
        assert column(X).shape == column(x=X, scale=2.0).shape == (2,)
        for wrong in (X[0], X.int(), X.numpy(), [X]):
            with pytest.raises(TypeCheckError, match="parameters of"):
                column(wrong)
        with pytest.raises(TypeCheckError, match="parameters of"):
            column(X, scale="2")  # type: ignore[arg-type]
        for result in (X, X[0], X[:, 0].int(), None, [X[:, 0]]):
            with pytest.raises(TypeCheckError, match="return value of"):
                column(X, Unknown(result))
        assert column(X, Unknown(X[:, 1])) is not None


def test_results_of_calls_with_equal_arguments_are_checked() -> None:
    results = iter([X[:, 0], X[:, 1], X, X[:, 0], X[0]])

    @checked(typechecker=beartype)
    def following(x: Rows) -> Column:
        return next(results)

    for is_wrong in (False, False, True, False, True):
        if is_wrong:
            with pytest.raises(TypeCheckError, match="following"):
                following(X)
        else:
            following(X)


def test_a_disabled_check_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaxtyping_config, "jaxtyping_disable", True)
    assert column(X[None]).shape == (1, 3)


class Unknown:
    """An object whose kind is unknown."""

    def __init__(self, entry: Any) -> None:
        self.entry = entry


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (X, X.T),
        (X, X.double()),
        (X, nn.Parameter(X)),
        (X, X.numpy()),
        (np.ones(2), np.ones(3)),
        (np.ones(2), np.ones(2, int)),
        (1, True),
        (1, 1.0),
        ("a", "b"),
        (None, 0),
        (None, ""),
        ((1,), (1, 1)),
        ((1,), [1]),
        ([X], [X.T]),
        ((("a", 1),), ("a", 1)),
        (nn.Linear(2, 2), nn.Tanh()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_kinds_that_differ(a: object, b: object) -> None:
    assert kind(a) != kind(b)
    assert kind(a) == kind(a)
    assert None not in (kind(a), kind(b))


def test_equal_and_unknown_kinds() -> None:
    assert kind((X, nn.Linear(2, 2), 1, 1.5)) == kind((X + 1, nn.Linear(3, 3), 2, 2.5))
    assert kind({}) is kind([X, {}]) is kind((1, object())) is None
