import pytest
import torch
from nnzoo.data.tables.bundled import BreastCancer, Iris, Wine
from nnzoo.errors import UserError
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

TABLES = [
    (Iris, load_iris, (108, 12, 30)),
    (BreastCancer, load_breast_cancer, (409, 46, 114)),
    (Wine, load_wine, (128, 14, 36)),
]


@pytest.mark.filterwarnings("ignore::nnzoo.errors.DataWarning")  # wines are on very different scales
@pytest.mark.parametrize(("kind", "load", "sizes"), TABLES)
def test_the_examples_are_scikit_learns(kind, load, sizes):
    """Every one of them once, with its class."""
    data = kind(standardize=False)
    parts = data.splits
    assert tuple(len(parts[name].x) for name in ("train", "val", "test")) == sizes
    x, y = load(return_X_y=True)
    theirs = sorted((*row, label) for row, label in zip(torch.from_numpy(x).float().tolist(), y.tolist(), strict=True))
    ours = [(*row, label) for p in parts.values() for row, label in zip(p.x.tolist(), p.y.tolist(), strict=True)]
    assert sorted(ours) == theirs
    assert list(data.spec.labels) == list(load().target_names)
    assert data.spec.shape == x.shape[1:]


def test_standardized_by_the_training_set():
    plain, scaled = Iris(standardize=False).splits, Iris().splits
    train = plain["train"].x
    for name in plain:
        expected = (plain[name].x - train.mean(0)) / train.std(0, correction=0)
        torch.testing.assert_close(scaled[name].x, expected)


def test_the_test_set_is_fixed_and_classes_are_in_proportion():
    one, other = Iris(seed=0).splits, Iris(seed=1).splits
    assert torch.equal(one["test"].y, other["test"].y)
    assert one["test"].y.bincount().tolist() == [10, 10, 10]
    assert not torch.equal(
        Iris(seed=0, standardize=False).splits["val"].x, Iris(seed=1, standardize=False).splits["val"].x
    )
    assert "val" not in Iris(val=0.0).splits
    with pytest.raises(UserError, match=r"val is 1\.0"):
        Iris(val=1.0)
