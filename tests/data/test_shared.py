"""Examples that data sets with different seeds share."""

import torch
from nnzoo.data.images.digits import Digits
from nnzoo.data.shared import reading_once


def test_data_sets_share_the_examples_in_a_context():
    with reading_once():
        first, second = (Digits(size=8, seed=seed) for seed in (0, 1))
        assert first.splits["train"].base.x is second.splits["train"].base.x
        assert not torch.equal(first.splits["train"].rows, second.splits["train"].rows)
    alone = Digits(size=8, seed=1)
    assert alone.splits["train"].base.x is not second.splits["train"].base.x
    for name, split in alone.splits.items():
        assert torch.equal(split.x, second.splits[name].x)
