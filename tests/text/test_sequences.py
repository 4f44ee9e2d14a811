import torch
from nnzoo.text.sequences import written


def test_symbols_up_to_the_end() -> None:
    sequences = torch.tensor([[1, 2, 2, 0, 1], [2, 0, -1, -1, -1], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]])
    assert written(sequences, ("<END>", "a", "b")) == ["abb", "b", "", "aaaaa"]


def test_a_space_between_words() -> None:
    assert written(torch.tensor([[1, 2, 1, 0]]), ("<END>", "ja", "o")) == ["ja o ja"]
