import torch
from nnzoo.text.sequences import decode_sequences


def test_decode_sequences_up_to_the_end_symbol() -> None:
    sequences = torch.tensor([[1, 2, 2, 0, 1], [2, 0, -1, -1, -1], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]])
    assert decode_sequences(sequences, ("<END>", "a", "b")) == ["abb", "b", "", "aaaaa"]


def test_decode_sequences_separates_words_by_spaces() -> None:
    assert decode_sequences(torch.tensor([[1, 2, 1, 0]]), ("<END>", "ja", "o")) == ["ja o ja"]
