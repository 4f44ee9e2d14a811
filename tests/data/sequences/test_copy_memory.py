import math

import pytest
import torch
from nnzoo.data.sequences.copy_memory import Copy
from nnzoo.errors import UserError


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("symbols", "alphabet", "delay"), [(10, 8, 20), (1, 40, 1), (3, 4, 2), (30, 9, 4)])
def test_inputs_and_targets_of_the_problem(symbols, alphabet, delay, reverse):
    shape = {"symbols": symbols, "alphabet": alphabet, "delay": delay}
    data = Copy(**shape, reverse=reverse, train=20, val=4, test=5)
    for split in data.splits:
        batch = next(iter(data.eval_loader(split)))
        for x, y in zip(batch.x, batch.y, strict=True):
            words = [data.spec.vocabulary[i] for i in x.argmax(-1)]
            held = words[:symbols]
            assert all(1 <= int(word) <= alphabet for word in held)
            assert words[symbols:] == ["blank"] * (delay - 1) + ["cue"] + ["blank"] * symbols
            assert [data.spec.labels[i] for i in y] == ["blank"] * (delay + symbols) + (held[::-1] if reverse else held)


def test_every_symbol_at_every_place():
    x = Copy(symbols=25, alphabet=3, train=3000, val=0, test=1).splits["train"].x[:, :25]
    for symbol in (1, 2, 3):
        often = (x == symbol).float().mean(0)
        assert (often - 1 / 3).abs().max() < 5 * (2 / 9 / 3000) ** 0.5  # five standard deviations


def test_all_sequences_can_be_sampled():
    splits = Copy(symbols=2, alphabet=3, train=5, val=2, test=2).splits
    held = torch.cat([part.x[:, :2] for part in splits.values()])
    assert sorted(map(tuple, held.tolist())) == [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]


def test_without_memory():
    """S log K / (T + 2S): sure of the blanks, and equal chances for the symbols."""
    symbols, alphabet, delay = 10, 8, 20
    data = Copy(symbols=symbols, alphabet=alphabet, delay=delay, train=50, val=0, test=1)
    chances = torch.zeros(delay + 2 * symbols, alphabet + 1)
    chances[: delay + symbols, 0] = 1
    chances[delay + symbols :, 1:] = 1 / alphabet
    y = data.splits["train"].y
    logs = chances.log().expand(len(y), -1, -1)
    loss = torch.nn.functional.nll_loss(logs.flatten(0, 1), y.flatten())
    assert loss.item() == pytest.approx(symbols * math.log(alphabet) / (delay + 2 * symbols))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"symbols": 0}, "symbols is 0; it must be at least 1"),
        ({"alphabet": 1}, "alphabet is 1; it must be at least 2"),
        ({"delay": 0}, "delay is 0; it must be at least 1"),
        ({"symbols": 2}, "train=10000, val=1000, test=1000 is more than the 64 sequences of symbols=2 and alphabet=8"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(UserError, match=message):
        Copy(**wrong)
