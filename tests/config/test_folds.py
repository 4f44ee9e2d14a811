"""The settings of cross-validation."""

import pytest
from nnzoo import api
from nnzoo.config.compose import compose
from nnzoo.errors import UserError

from tests.support.commands import exit_code

IRIS = ("model=mlp", "data=iris")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("fold=2",), "fold=2 needs cv, the number of folds; cv=5 fold=2 validates on that fold of five"),
        (("cv=1",), "cv is 1; it is a number of folds, at least 2"),
        (("cv=-3", "fold=0"), "cv is -3; it is a number of folds, at least 2"),
        (("cv=5", "fold=5"), "fold is 5; with cv=5 it must be from 0 to 4"),
        (("cv=5", "fold=-1"), "fold is -1; with cv=5 it must be from 0 to 4"),
        (("cv=5", "fold=0", "data.val=0.2"), "data.val has no effect with cv=5: the validation split is one of"),
        (("cv=five", "fold=0"), "cv"),
        (("data=word_text", "cv=5", "fold=0"), "cv=5: word_text cannot be divided into folds: it is one contiguous"),
        (("data=embedded_reber", "cv=5"), "cannot be divided into folds: equal strings would be in different folds"),
    ],
)
def test_errors(overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compose([*IRIS, *overrides])


def test_a_run_needs_one_fold(tmp_path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert compose([*IRIS, "cv=5"]).fold is None  # one run for each fold
    assert exit_code("rerun", "run=nothing", "fold=2") == 2
    with pytest.raises(UserError, match="cv=5 needs fold, from 0 to 4: a run validates on one of the folds"):
        api.train(*IRIS, "cv=5", output_dir=tmp_path)


def test_folds_are_the_same_for_every_seed() -> None:
    assert compose([*IRIS, "seed=7"]).data.seed == 7
    assert compose([*IRIS, "seed=7", "cv=5", "fold=0"]).data.seed == 0
    assert compose([*IRIS, "seed=7", "cv=5", "fold=0", "data.seed=3"]).data.seed == 3


def test_numbers_of_generated_examples_have_an_effect() -> None:
    assert compose(["model=mlp", "data=spirals", "cv=5", "fold=0", "data.val=50", "data.train=100"]).data.val == 50
    for data in ("mnist", "ionosphere"):
        with pytest.raises(UserError, match=r"data\.val has no effect"):
            compose([f"data={data}", "cv=5", "fold=0", "data.val=0"])
