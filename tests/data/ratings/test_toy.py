import torch
from nnzoo.data.ratings.toy import RATINGS, ToyRatings


def test_pairs():
    data = ToyRatings(standardize_target=False)
    users, items = data.ids.ids
    assert (users, items) == (("Bob", "Sayani"), ("E.T.", "Gandhi", "Nero", "Nixon", "Shrek"))
    for split in data.splits.values():
        found = [(users[i - 1], items[j - 1]) for i, j in split.x.tolist()]
        assert [(*pair, rating) for pair, rating in zip(found, split.y[:, 0].tolist(), strict=True)] == list(RATINGS)
    assert set(data.splits) == {"train", "val", "test"}


def test_rows():
    """Aggarwal, figure 2.14: of Sayani two ratings are known, of Bob four."""
    x, y, *_ = ToyRatings(layout="rows", standardize_target=False).splits["train"].batch()
    assert x.tolist() == [[2, 4, 3, 5, 0], [4, 0, 0, 0, 5]]
    assert torch.equal(y.isnan(), x == 0)
    assert torch.equal(y.nan_to_num(0.0), x)
