import torch
from nnzoo.data.wine import Wine
from sklearn.datasets import load_wine


def test_the_examples_are_scikit_learns():
    """Every one of them once, with its class."""
    data = Wine(standardize=False)
    x, y = load_wine(return_X_y=True)
    theirs = sorted((*row, label) for row, label in zip(torch.from_numpy(x).float().tolist(), y.tolist(), strict=True))
    parts = data.splits.values()
    assert sorted((*r, c) for p in parts for r, c in zip(p.x.tolist(), p.y.tolist(), strict=True)) == theirs
    assert list(data.spec.labels) == list(load_wine().target_names)
